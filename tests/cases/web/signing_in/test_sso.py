"""Single sign-on against a provider in a process of its own: who comes in, how far, and who does not."""

from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings

from cases.identity.eid import broker as brokers
from cases.models import AuditEntry, Elsewhere, User
from tests.cases.identity.eid.provider import SECRET, Provider, new_provider
from tests.cases.web.signing_in.test_second_factor import code, opens, password

pytestmark = pytest.mark.django_db
CODE, WORD = "urn:demo:office:code", "urn:demo:office:password"
MAJA = "maja@example.org"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    provider = new_provider()
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running: Provider) -> Iterator[Provider]:
    office = running.issuer.replace("bankid", "office")
    brokers.forget()
    with override_settings(
        SSO_ISSUER=office, SSO_CLIENT_ID="the-desk", SSO_CLIENT_SECRET=SECRET, SSO_NAME="Office",
        SSO_STRONG=frozenset({CODE, "hwk"}),
    ):  # fmt: skip
        yield running


@pytest.fixture
def maja(staff: Callable[..., User]) -> User:
    user = staff("caseworker", name="maja")
    user.email = MAJA
    user.save()
    return user


def through(
    client: Client, provider: Provider, email: str = MAJA, level: str = CODE, onward: str = ""
) -> HttpResponse:
    """Sign in there; the answer to coming back."""
    address = client.get("/accounts/sso/", {"next": onward} if onward else {})["Location"]
    assert address.startswith(settings.SSO_ISSUER), address
    there = provider.sign_in(address, number=email, level=level)
    return client.get(there.removeprefix(settings.BASE_URL))


def test_the_button_is_there_where_there_is_a_provider(provider: Provider) -> None:
    assert "Sign in with Office" in Client().get("/accounts/login/").content.decode()
    with override_settings(SSO_ISSUER=""):
        assert "Sign in with Office" not in Client().get("/accounts/login/").content.decode()
        assert Client().get("/accounts/sso/").status_code == 404


def test_who_showed_two_factors_there_is_at_the_desk_at_once(provider: Provider, maja: User) -> None:
    client = Client()
    assert through(client, provider, onward="/desk/tasks/")["Location"] == "/desk/tasks/"
    assert opens(client)
    assert Elsewhere.objects.get().user == maja
    assert AuditEntry.objects.filter(action="factor.tied", actor="maja").exists()


def test_who_showed_one_sets_up_the_other_here(provider: Provider, maja: User) -> None:
    client = Client()
    through(client, provider, level=WORD)
    assert client.get("/desk/")["Location"].startswith("/accounts/2fa/totp/activate/")


def test_who_has_set_it_up_is_asked_for_it(provider: Provider, maja: User) -> None:
    made = generate_totp_secret()
    TOTP.activate(maja, made)
    client = Client()
    assert through(client, provider, level=WORD)["Location"].startswith("/accounts/2fa/authenticate/")
    assert not opens(client)
    client.post("/accounts/2fa/authenticate/", {"code": code(made)})
    assert opens(client)


@pytest.mark.parametrize(
    ("amr", "strong"), [(["pwd", "hwk"], True), (["pwd"], False), ("hwk", False), ([{}], False)]
)
def test_methods_count_by_the_setting(amr: object, strong: bool, provider: Provider, maja: User) -> None:
    provider.office_spoil(amr=amr)
    client = Client()
    through(client, provider, level=WORD)
    assert opens(client) is strong


def test_a_sign_in_there_long_ago_opens_the_desk_and_carries_no_power(
    provider: Provider, maja: User, staff: Callable[..., User]
) -> None:
    staff("admin", name="maja")
    client, page = Client(), "/desk/members/tele2-se/"
    provider.office_spoil(auth_time=1_700_000_000)
    through(client, provider)
    assert opens(client)
    anew = client.get(page)["Location"]
    assert anew.startswith("/accounts/sso/?next=")
    asked = client.get(anew)["Location"]
    assert "prompt=login" in asked
    client.get(provider.sign_in(asked, number=MAJA, level=CODE).removeprefix(settings.BASE_URL))
    assert opens(client, page)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"email_verified": False},
        {"email_verified": None},
        {"email": "nobody@example.org"},
        {"email": ""},
        {"sub": ""},
    ],
)
def test_who_has_no_account_gets_none(spoilt: dict[str, object], provider: Provider, maja: User) -> None:
    provider.office_spoil(**spoilt)
    client = Client()
    assert through(client, provider)["Location"] == "/accounts/login/"
    assert not opens(client)
    assert User.objects.count() == 1
    assert not Elsewhere.objects.exists()


def test_an_address_that_passed_on_leads_into_nobodys_account(provider: Provider, maja: User) -> None:
    through(Client(), provider)
    provider.office_spoil(sub="another person")
    client = Client()
    through(client, provider)
    assert not opens(client)


def test_who_was_tied_once_is_known_under_a_new_address(provider: Provider, maja: User) -> None:
    through(Client(), provider)
    provider.office_spoil(email="maja.new@example.org")
    client = Client()
    through(client, provider)
    assert opens(client)


def test_who_has_left_does_not_come_in(provider: Provider, maja: User) -> None:
    through(Client(), provider)
    User.objects.update(is_active=False)
    client = Client()
    through(client, provider)
    assert not opens(client)


def test_an_answer_that_was_not_asked_for_signs_nobody_in(provider: Provider, maja: User) -> None:
    asked = Client().get("/accounts/sso/")["Location"]
    there = provider.sign_in(asked, number=MAJA, level=CODE).removeprefix(settings.BASE_URL)
    client = Client()
    client.get("/accounts/sso/")
    assert client.get(there)["Location"] == "/accounts/login/"
    assert not opens(client)


def test_nobody_is_led_elsewhere_by_a_link(provider: Provider, maja: User) -> None:
    assert through(Client(), provider, onward="https://evil.example/")["Location"] == "/desk/"


def test_guesses_hold_nobody_up_who_comes_this_way(provider: Provider, maja: User) -> None:
    for _ in range(15):
        password(Client(), "gissning")
    client = Client()
    through(client, provider)
    assert opens(client)
