"""Signing in at a provider that nobody here wrote: it takes what the desk asks, and its answers are held to rules."""

import json
import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from joserfc.jwk import RSAKey

from cases.identity.eid import broker as brokers
from cases.models import Operator, Proof
from demo.servers.processes import free_port
from tests.cases.identity.eid.conftest import FACE
from tests.cases.identity.eid.node_provider import NodeProvider, installed
from tests.cases.identity.eid.provider import ANNA, LEVELS, SECRET
from tests.cases.identity.eid.test_eid_pages import Eid
from tests.cases.public.public_person import Person, at
from tests.operators.by_hand import work

pytestmark = [pytest.mark.django_db, pytest.mark.engines, pytest.mark.node]
KEY = RSAKey.generate_key(2048, {"kid": "of-the-tests"})
OURS = FACE.replace('client_id = "the-desk"', 'client_id = "the-desk"\nscopes = ["openid", "ssn"]').replace(
    "number_claim", 'acr_values = ["urn:demo:bankid:high", "urn:demo:bankid:substantial"]\nnumber_claim'
)
BY_KEY = OURS.replace('"the-desk"', '"the-desk-by-key"').replace(
    'client_secret = "env:BANKID_SECRET"', 'private_key = "env:BANKID_KEY"\nkey_id = "of-the-tests"'
)


@pytest.fixture(scope="module")
def node() -> Iterator[NodeProvider]:
    back = f"{settings.BASE_URL}/tele2-se/identity/back/"
    provider = NodeProvider(free_port(), back, KEY.as_dict(private=False))
    provider.start(installed())
    yield provider
    provider.stop()


@pytest.fixture
def provider(node: NodeProvider, monkeypatch: pytest.MonkeyPatch) -> NodeProvider:
    """In place of the demo's: the operator's folder points at it."""
    monkeypatch.setenv("BANKID_ISSUER", node.issuer)
    monkeypatch.setenv("BANKID_SECRET", SECRET)
    monkeypatch.setenv("BANKID_KEY", KEY.as_pem(private=True).decode())
    brokers.forget()
    node.fresh()
    return node


@pytest.fixture
def eid(operator: Operator, provider: NodeProvider, faces: Callable[[str], None]) -> Eid:
    faces(OURS)
    return Eid(Person(operator), provider)


def receipt(eid: Eid) -> str:
    return eid.person.url("receipt")


@pytest.mark.parametrize("face", [OURS, BY_KEY], ids=["client secret", "private_key_jwt"])
def test_who_signs_in_there_is_found_by_their_number(
    eid: Eid, faces: Callable[[str], None], face: str
) -> None:
    faces(face)
    submission = eid.person.send()
    assert at(eid.through(), receipt(eid))
    proof = submission.proofs.get()
    assert (proof.level, proof.method, proof.issuer) == ("high", "bankid", eid.provider.issuer)
    case = work(submission.cases.get())
    assert case.identifiers.filter(kind="customer_no", origin="crm/identity").exists()


def test_the_client_is_known_by_its_secret_and_its_key(
    eid: Eid, faces: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    eid.person.send()
    monkeypatch.setenv("BANKID_SECRET", "another")
    assert "We could not rely on the answer" in eid.ended(eid.through())
    faces(BY_KEY)
    monkeypatch.setenv("BANKID_KEY", RSAKey.generate_key(2048).as_pem(private=True).decode())
    assert "We could not rely on the answer" in eid.ended(eid.through())
    assert not Proof.objects.exists()


def test_it_takes_no_request_without_a_proof_key(eid: Eid) -> None:
    eid.person.send()
    address = re.sub(r"&code_challenge(_method)?=[^&]*", "", eid.go())
    answer = eid.provider.browser.get(address)
    assert "invalid_request" in answer.headers["location"]


def test_a_code_without_its_verifier_is_worth_nothing(eid: Eid) -> None:
    eid.person.send()
    back = eid.provider.sign_in(eid.go())
    session = eid.person.client.session
    session[f"eid:{eid.person.operator.pk}"]["attempt"]["verifier"] = "x" * 64
    session.save()
    assert "We could not rely on the answer" in eid.ended(eid.come_back(back))


def test_another_key_signs_from_now_on(eid: Eid) -> None:
    eid.person.send()
    assert at(eid.through(), receipt(eid))
    eid.provider.rotate()
    eid.provider.browser.cookies.clear()
    other = Eid(Person(eid.person.operator), eid.provider)
    other.person.send()
    assert at(other.through(), receipt(other))


def test_who_was_signed_in_there_signs_in_again(eid: Eid) -> None:
    eid.person.send()
    address = eid.go()
    assert parse_qs(urlsplit(address).query)["prompt"] == ["login"]
    assert at(eid.come_back(eid.provider.sign_in(address)), receipt(eid))
    other = Eid(Person(eid.person.operator), eid.provider)
    other.person.send()
    asked = other.go()
    assert eid.provider.asks_who(asked)
    assert not eid.provider.asks_who(asked.replace("&prompt=login", ""))


def test_the_levels_are_those_that_were_asked_for(eid: Eid) -> None:
    eid.person.send()
    address = eid.go()
    assert parse_qs(urlsplit(address).query)["acr_values"] == [f"{LEVELS['high']} {LEVELS['substantial']}"]
    assert at(eid.come_back(eid.provider.sign_in(address, level="substantial")), receipt(eid))
    assert Proof.objects.get().level == "substantial"


def test_a_level_that_means_nothing_proves_nothing(eid: Eid) -> None:
    eid.person.send()
    assert "We need a safer way" in eid.ended(eid.through(level="urn:unheard-of"))


def test_who_stops_there_loses_nothing(eid: Eid) -> None:
    eid.person.send()
    assert "You stopped at BankID" in eid.ended(eid.through(choice="cancel"))
    assert at(eid.person.prove(), receipt(eid))


def test_without_a_number_nobody_is_found(eid: Eid) -> None:
    eid.person.send()
    assert "We were not told your national identity number" in eid.ended(eid.through(number=""))


@pytest.mark.parametrize("seconds", [-30, 30])
def test_its_clock_may_be_off_by_a_little(eid: Eid, seconds: int) -> None:
    eid.person.send()
    eid.provider.clock(seconds)
    assert at(eid.through(), receipt(eid))


@pytest.mark.parametrize("seconds", [-7200, 7200], ids=["expired", "not yet issued"])
def test_its_clock_may_not_be_off_by_hours(eid: Eid, seconds: int) -> None:
    eid.person.send()
    back = eid.provider.sign_in(eid.go())
    # Its own cookies and codes hold; the token alone is out of time.
    eid.provider.clock(seconds)
    assert "We could not rely on the answer" in eid.ended(eid.come_back(back))
    assert not Proof.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"aud": ["the-desk", "another-client"]},
        {"exp": int(time.time()) - 90},
        {"exp": None},
        {"nonce": "another"},
        {"nonce": None},
    ],
    ids=json.dumps,
)
def test_a_token_that_does_not_hold_proves_nothing_whoever_signed_it(
    eid: Eid, claims: dict[str, object]
) -> None:
    eid.person.send()
    eid.provider.spoil(**claims)
    assert "We could not rely on the answer" in eid.ended(eid.through())
    assert not Proof.objects.exists()


def test_an_answer_that_names_another_issuer_is_not_redeemed(eid: Eid) -> None:
    eid.person.send()
    back = eid.provider.sign_in(eid.go())
    assert parse_qs(urlsplit(back).query)["iss"] == [eid.provider.issuer]
    mixed = re.sub(r"iss=[^&]*", "iss=https%3A%2F%2Felsewhere.example", back)
    assert "We could not rely on the answer" in eid.ended(eid.come_back(mixed))


def test_no_number_stands_in_what_comes_back(eid: Eid) -> None:
    eid.person.send()
    assert ANNA not in eid.provider.sign_in(eid.go())
