"""The doors of the desk as staff go through them: a password alone opens nothing, and power wants the factor anew."""

import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.core.context import request_context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone
from structlog.testing import capture_logs

from cases.casework.members import open_sessions
from cases.models import AuditEntry, Case, Membership, OpenSession, Operator, Session, User
from cases.web.signing_in.session_store import row_of

pytestmark = pytest.mark.django_db
PASSWORD = "min egen hemliga mening"
Staff = Callable[..., User]
Stale = Callable[[Client], Client]


def code(secret: str, ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


@pytest.fixture
def maja(staff: Staff) -> User:
    user = staff("caseworker", name="maja")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def secret(maja: User) -> str:
    """Maja's app has this secret."""
    made = generate_totp_secret()
    TOTP.activate(maja, made)
    RecoveryCodes.activate(maja)
    return made


def password(client: Client, word: str = PASSWORD, **headers: str) -> str:
    typed = {"login": "maja", "password": word}
    return client.post(reverse("account_login"), typed, follow=True, **headers).content.decode()


def by_two(secret: str, ahead: int = 0) -> Client:
    client = Client()
    password(client)
    client.post(reverse("mfa_authenticate"), {"code": code(secret, ahead)})
    return client


def opens(client: Client, url: str = "/desk/") -> bool:
    return client.get(url).status_code == 200


def test_a_password_alone_leads_to_setting_up_the_second_step_and_no_further(maja: User) -> None:
    client = Client()
    assert "Turn on two-step sign-in" in password(client)
    for url in ("/desk/", "/desk/tasks/", "/accounts/address/"):
        assert client.get(url)["Location"].startswith("/accounts/2fa/totp/activate/"), url
    assert client.post("/desk/find/", {"q": "x"}).status_code == 302


def test_setting_it_up_opens_the_desk_and_gives_spare_codes(maja: User) -> None:
    client = Client()
    password(client)
    client.get("/accounts/2fa/totp/activate/")
    made = client.session["mfa.totp.secret"]
    done = client.post("/accounts/2fa/totp/activate/", {"code": code(made)}, follow=True)
    assert "Spare codes" in done.content.decode()
    assert len(RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()) == 10
    assert opens(client)
    assert AuditEntry.objects.filter(action="factor.set-up", actor="maja").exists()


def test_afterwards_the_code_is_asked_for_before_the_first_page(secret: str) -> None:
    client = Client()
    assert "Second step" in password(client)
    assert not opens(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not opens(client)
    client.post(reverse("mfa_authenticate"), {"code": code(secret)})
    assert opens(client)


def test_a_spare_code_opens_it_once(maja: User, secret: str) -> None:
    spare = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes()[0]
    for expected in (True, False):
        client = Client()
        password(client)
        client.post(reverse("mfa_authenticate"), {"code": spare})
        assert opens(client) is expected


def test_a_code_is_good_once(secret: str) -> None:
    by_two(secret)
    assert not opens(by_two(secret))


def test_each_try_to_sign_in_is_a_line_in_the_log(maja: User, secret: str) -> None:
    """With the number of the account where it is known, and nothing that was typed."""
    with capture_logs() as lines:
        password(Client(), "a wrong one")
        by_two("A" * 32)
        by_two(secret)
    told = [line for line in lines if line["event"].startswith("sign-in")]
    assert [(line["event"], line.get("by"), line.get("user")) for line in told] == [
        ("sign-in.refused", "password", None),
        ("sign-in.password", None, maja.pk),
        ("sign-in.refused", "code", maja.pk),
        ("sign-in.password", None, maja.pk),
        ("sign-in.factor", "code", maja.pk),
    ]
    assert not [word for word in ("maja", PASSWORD, "a wrong one", code(secret)) if word in str(told)]


@pytest.mark.parametrize(
    "url",
    ["/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/",
     "/accounts/2fa/recovery-codes/download/", "/accounts/address/"],
)  # fmt: skip
def test_a_password_typed_again_changes_no_second_factor(
    url: str, secret: str, before_a_while: Stale
) -> None:
    client = before_a_while(by_two(secret))
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get(url)["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert client.post(url).status_code == 302
    assert Authenticator.objects.filter(type="totp").exists()
    client.post("/accounts/2fa/reauthenticate/", {"code": code(secret, 1)})
    assert opens(client, url)


def test_another_phone_shuts_the_desk_until_it_is_set_up(secret: str) -> None:
    client, elsewhere = by_two(secret), by_two(secret, 1)
    client.post("/accounts/2fa/totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert client.get("/desk/")["Location"].startswith("/accounts/2fa/totp/activate/")
    assert elsewhere.get("/desk/")["Location"].startswith("/accounts/login/")


def test_roles_are_not_even_listed_with_an_old_factor(
    signed_in: Callable[..., Client], before_a_while: Stale
) -> None:
    client, page = signed_in("admin"), "/desk/members/tele2-se/"
    assert opens(client, page)
    assert before_a_while(client).get(page)["Location"].startswith("/accounts/2fa/")


def test_an_identifier_is_not_shown_with_an_old_factor(
    review_case: Case, signed_in: Callable[..., Client], before_a_while: Stale
) -> None:
    one = review_case.identifiers.all()[0]
    url = reverse("desk:reveal", args=[review_case.reference, "identifier", one.pk])
    client = signed_in("caseworker")
    assert client.post(url).status_code == 200
    answered = before_a_while(client).post(url, headers={"HX-Request": "true"})
    assert (answered.status_code, answered["HX-Redirect"].split("?")[0]) == (
        204,
        "/accounts/2fa/totp/activate/",
    )
    assert AuditEntry.objects.filter(action="identifier.read").count() == 1


@pytest.mark.parametrize(
    ("role", "page"),
    [("approver", "exports:approve"), ("approver", "exports:send-back"), ("caseworker", "exports:download")],
)
def test_no_answer_goes_out_or_is_opened_with_an_old_factor(
    role: str, page: str, review_case: Case, signed_in: Callable[..., Client], before_a_while: Stale
) -> None:
    client = before_a_while(signed_in(role))
    url = reverse(page, args=[review_case.reference, 1])
    method = client.get if page == "exports:download" else client.post
    assert method(url)["Location"].startswith("/accounts/2fa/")


def test_what_shows_contents_or_papers_and_what_releases_the_desk_want_a_fresh_factor(
    review_case: Case, signed_in: Callable[..., Client], before_a_while: Stale
) -> None:
    case, run = review_case.reference, review_case.runs.all()[0].pk
    client = before_a_while(signed_in("caseworker", "approver", "auditor", "admin"))
    pages = [
        ("exports:answer", case, 1), ("exports:preview", case, 1), ("exports:receipt", case, 1),
        ("exports:cut-file", case, 1, 0), ("exports:mask", case, run, 0), ("desk:correct", case, run, 0),
        ("desk:paper", case, 1),
    ]  # fmt: skip
    for name, *which in pages:
        led = client.get(reverse(name, args=which))
        assert led.get("Location", "").startswith("/accounts/2fa/"), name
    buttons = [
        ("desk:release",), ("exports:record", case), ("exports:posted-code", case),
        ("desk:rows", case, run),
    ]  # fmt: skip
    for name, *which in buttons:
        led = client.post(reverse(name, args=which), {"reason": "Because."})
        assert led.get("Location", "").startswith("/accounts/2fa/"), name
    assert client.get(reverse("desk:rows", args=[case, run])).status_code == 200
    assert not AuditEntry.objects.filter(action__in=["rows.read", "record.taken", "code.written"]).exists()


def test_a_button_leads_back_to_its_page(
    review_case: Case, secret: str, maja: User, before_a_while: Stale
) -> None:
    Membership.objects.create(user=maja, operator=review_case.operator, role="approver")
    client = before_a_while(by_two(secret))
    page = review_case.get_absolute_url()
    url = reverse("exports:approve", args=[review_case.reference, 1])
    sent = client.post(url, headers={"Referer": f"http://testserver{page}"})
    assert sent["Location"].endswith("?next=" + page.replace("/", "%2F"))
    back = client.post(sent["Location"], {"code": code(secret, 1), "next": page}, follow=True)
    assert back.redirect_chain[-1][0] == page
    assert "Nothing has been done yet" in back.content.decode()


def test_what_only_cleared_officers_see_goes_with_an_old_factor(
    review_case: Case, signed_in: Callable[..., Client], before_a_while: Stale
) -> None:
    client = signed_in("cleared")
    page = review_case.get_absolute_url()
    assert "Judge with everything" in client.get(page).content.decode()
    shown = before_a_while(client).get(page).content.decode()
    assert "Judge with everything" not in shown
    assert "what only cleared officers see is left out here" in shown
    annex = reverse("exports:cleared-annex", args=[review_case.reference])
    assert client.get(annex)["Location"].startswith("/accounts/2fa/")


def test_a_session_ends_after_a_while_without_a_page(signed_in: Callable[..., Client]) -> None:
    client = signed_in("caseworker")
    assert opens(client)
    earlier(client, seen=settings.SESSION_IDLE + 1)
    assert client.get("/desk/")["Location"].startswith("/accounts/login/")


def test_a_session_ends_after_a_day_whatever_was_done(signed_in: Callable[..., Client]) -> None:
    client = signed_in("caseworker")
    earlier(client, began=settings.SESSION_LIFE + 1, seen=0)
    assert client.get("/desk/")["Location"].startswith("/accounts/login/")


def test_a_page_that_asks_by_itself_keeps_no_session(signed_in: Callable[..., Client]) -> None:
    client = signed_in("caseworker")
    earlier(client, seen=settings.SESSION_IDLE - 5)
    seen = client.session["staff"]["seen"]
    client.get("/desk/", headers={"HX-Request": "true"})
    assert client.session["staff"]["seen"] == seen
    client.get("/desk/")
    assert client.session["staff"]["seen"] > seen


def earlier(client: Client, **ago: float) -> None:
    session = client.session
    session["staff"] = {**session["staff"], **{name: time.time() - by for name, by in ago.items()}}
    session.save()


def test_ones_own_sessions_are_listed_and_ended(secret: str) -> None:
    one, other = by_two(secret), by_two(secret, 1)
    assert opens(one)
    assert opens(other)
    page = one.get("/accounts/sessions/").content.decode()
    assert page.count("last page") == 2
    there = OpenSession.objects.get(session_key=row_of(other.session))
    one.post(reverse("account_session_end", args=[there.pk]))
    assert opens(one)
    assert not opens(other)
    assert AuditEntry.objects.filter(action="session.ended", actor="maja").exists()


def test_nobody_ends_anothers_session(secret: str, signed_in: Callable[..., Client]) -> None:
    mine = by_two(secret)
    assert opens(mine)
    url = reverse("account_session_end", args=[OpenSession.objects.get(user__username="maja").pk])
    assert signed_in("admin").post(url).status_code == 404
    assert opens(mine)


def test_a_role_that_goes_ends_them_at_once(
    secret: str, maja: User, signed_in: Callable[..., Client], operator: Operator
) -> None:
    client = by_two(secret)
    assert opens(client)
    pk = Membership.objects.get(user=maja).pk
    signed_in("admin").post(reverse("desk:member-remove", args=[operator.pk, pk]))
    assert not OpenSession.objects.filter(user=maja).exists()
    assert client.get("/desk/")["Location"].startswith("/accounts/login/")


def test_a_person_who_goes_is_out_at_once(secret: str, maja: User) -> None:
    client = by_two(secret)
    User.objects.filter(pk=maja.pk).update(is_active=False)
    assert client.get("/desk/")["Location"].startswith("/accounts/login/")


def test_what_has_run_out_is_forgotten(secret: str) -> None:
    client = by_two(secret)
    assert opens(client)
    open_sessions.forget()
    assert OpenSession.objects.exists()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    open_sessions.forget()
    assert not OpenSession.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    ("host", "of"),
    [
        ("desk.example", "desk.example"),
        ("cleared.desk.example:8443", "desk.example"),
        ("cleared.example", "cleared.example"),
        ("otherdesk.example", "otherdesk.example"),
    ],
)
def test_a_passkey_of_the_desks_host_opens_the_cleared_one_below_it(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch, host: str, of: str
) -> None:
    monkeypatch.setattr(settings, "BASE_URL", "https://desk.example")
    monkeypatch.setattr(settings, "ALLOWED_HOSTS", ["*"])
    with request_context(rf.get("/", headers={"host": host})):
        assert get_adapter().get_public_key_credential_rp_entity()["id"] == of
