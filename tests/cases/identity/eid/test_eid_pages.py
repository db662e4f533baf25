"""BankID at the form and on the status page, against a provider in a process of its own: every way it can end."""

import html
import re
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from joserfc.jwk import RSAKey

from cases.casework import audit
from cases.casework.workflow import Refusal, close
from cases.identity import matching
from cases.identity.claimed import add_by_hand, confirm_claimed, name_person, reject_claimed
from cases.identity.eid import login
from cases.identity.mandates.deciding import Acceptance, accept
from cases.models import AuditEntry, Case, Operator, Proof, Submission, User
from cases.models.case import Outcome
from cases.sealed.vault import digest
from tests.cases.identity.eid.conftest import FACE
from tests.cases.identity.eid.provider import ANNA, BERTIL, Provider, new_provider
from tests.cases.public.public_person import Person, at, mails, text
from tests.operators.by_hand import gather, vouched, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(operator: Operator) -> Person:
    return Person(operator)


@pytest.fixture
def eid(person: Person, provider: Provider) -> "Eid":
    return Eid(person, provider)


class Eid:
    """Somebody at the desk's pages who goes to the provider and comes back."""

    def __init__(self, person: Person, provider: Provider) -> None:
        self.person, self.provider = person, provider

    def go(self, door: str = "code") -> str:
        """Where the button leads."""
        page = self.person.do("eid", face="bankid", door=door)
        found = re.search(r'content="0; url=([^"]+)"', page.content.decode())
        assert found, page.content.decode()
        return html.unescape(found[1])

    def come_back(self, address: str) -> HttpResponse:
        parts = urlsplit(address)
        return self.person.client.get(f"{parts.path}?{parts.query}")

    def through(self, door: str = "code", **signing_in: str) -> HttpResponse:
        return self.come_back(self.provider.sign_in(self.go(door), **signing_in))

    def ended(self, answer: HttpResponse) -> str:
        assert at(answer, self.person.url("eid_ended")), answer["Location"]
        return text(self.person.see("eid_ended"))


def what_is_kept() -> str:
    return repr(list(Proof.objects.values()) + list(AuditEntry.objects.values()))


def test_who_shows_who_they_are_is_found_by_their_number(eid: Eid) -> None:
    submission = eid.person.send()
    assert "BankID" in text(eid.person.see("code"))
    assert at(eid.through(), eid.person.url("receipt"))
    case, proof = submission.cases.get(), submission.proofs.get()
    assert (proof.level, proof.method, proof.issuer) == ("high", "bankid", eid.provider.issuer)
    case = work(case)
    known = {(one.kind, one.origin, one.tied_by) for one in case.identifiers.all()}
    # What was proven stays proven, and the source ties it to the customer besides.
    assert {("national_id", "proof:bankid", "crm/identity"), ("customer_no", "crm/identity", "")} <= known
    assert case.runs.get(collection="identity").rows == 1


def test_the_status_page_confirms_no_address_that_nobody_confirmed(eid: Eid) -> None:
    case = eid.person.send().cases.get()
    eid.through()
    assert "We work on it without the code too" in text(eid.person.see("code"))
    assert "nothing happens" not in text(eid.person.see("code"))
    eid.person.do("status", reference=case.reference)
    eid.through("status")
    page = text(eid.person.see("requests"))
    assert "We know who asks" in page
    assert "E-mail address confirmed" not in page


def test_neither_number_nor_token_is_kept_or_written_anywhere(
    eid: Eid, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(0):
        eid.person.send()
        back = eid.provider.sign_in(eid.go())
        eid.come_back(back)
    secrets = [ANNA, ANNA[2:], *parse_qs(urlsplit(back).query)["code"], "eyJ"]
    for where in (what_is_kept(), caplog.text.replace(back, ""), repr(dict(eid.person.client.session))):
        assert [one for one in secrets if one in where] == []


def test_the_record_tells_level_and_issuer(eid: Eid) -> None:
    case = eid.person.send().cases.get()
    eid.through(level="substantial")
    entry = next(one for one in audit.timeline(case) if one.action == "proof.given")
    assert entry.data == {"level": "substantial", "method": "bankid", "issuer": eid.provider.issuer}


def test_it_asks_as_it_should(eid: Eid) -> None:
    eid.person.send()
    asked = {name: value[0] for name, value in parse_qs(urlsplit(eid.go()).query).items()}
    assert asked["prompt"] == "login"
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == (
        "code",
        "S256",
        "openid",
    )
    assert asked["redirect_uri"].endswith(eid.person.url("eid_back"))
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43


@pytest.mark.parametrize(
    ("signing_in", "outcome", "says"),
    [
        ({"choice": "cancel"}, "cancelled", "You stopped at BankID"),
        ({"number": ""}, "no-number", "We were not told your national identity number"),
        ({"number": "123"}, "no-number", "We were not told your national identity number"),
        ({"level": "urn:unheard-of"}, "too-low", "We need a safer way of signing in"),
    ],
)
def test_what_proves_nothing_loses_nothing(
    eid: Eid, signing_in: dict[str, str], outcome: str, says: str
) -> None:
    case = eid.person.send().cases.get()
    page = eid.ended(eid.through(**signing_in))
    assert says in page
    assert "Enter the mailed code instead" in page
    entry = next(one for one in audit.timeline(case) if one.action == "proof.not-given")
    assert (entry.data["ended"], Proof.objects.count()) == (outcome, 0)
    assert at(eid.person.prove(), eid.person.url("receipt"))


def test_a_level_below_what_the_operator_takes_is_too_low(eid: Eid, least_substantial: None) -> None:
    eid.person.send()
    assert "We need a safer way" in eid.ended(eid.through(level="low"))
    assert at(eid.through(level="substantial"), eid.person.url("receipt"))


def test_a_provider_that_is_away_when_the_button_is_pressed(eid: Eid) -> None:
    eid.person.send()
    eid.provider.stop()
    page = eid.ended(eid.person.do("eid", face="bankid", door="code"))
    assert "BankID can't be reached just now" in page
    assert "Enter the mailed code instead" in page


def test_a_provider_that_goes_away_meanwhile(eid: Eid) -> None:
    eid.person.send()
    back = eid.provider.sign_in(eid.go())
    eid.provider.stop()
    assert "BankID can't be reached just now" in eid.ended(eid.come_back(back))


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://elsewhere.example"},
        {"aud": "another-client"},
        {"aud": ["the-desk", "another-client"]},
        {"azp": "another-client"},
        {"exp": int(time.time()) - 90},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
    ],
    ids=lambda claims: " ".join(claims),
)
def test_a_token_that_does_not_hold_proves_nothing(eid: Eid, claims: dict[str, object]) -> None:
    eid.person.send()
    eid.provider.spoil(**claims)
    assert "We could not rely on the answer" in eid.ended(eid.through())
    assert Proof.objects.count() == 0


def test_clocks_may_differ_by_a_little(eid: Eid) -> None:
    eid.person.send()
    eid.provider.spoil(exp=int(time.time()) - 20, iat=int(time.time()) + 20)
    assert at(eid.through(), eid.person.url("receipt"))


def test_a_code_without_its_verifier_is_worth_nothing(eid: Eid) -> None:
    eid.person.send()
    back = eid.provider.sign_in(eid.go())
    session = eid.person.client.session
    session[f"eid:{eid.person.operator.pk}"]["attempt"]["verifier"] = "x" * 64
    session.save()
    assert "We could not rely on the answer" in eid.ended(eid.come_back(back))


def test_an_answer_counts_once(eid: Eid) -> None:
    eid.person.send()
    back = eid.provider.sign_in(eid.go())
    eid.come_back(back)
    assert "This sign-in is over" in eid.ended(eid.come_back(back))
    assert Proof.objects.count() == 1


def test_an_answer_to_another_browser_counts_for_nothing(eid: Eid) -> None:
    """Nobody can be signed in as somebody else by a link (login CSRF)."""
    eid.person.send()
    mine = eid.provider.sign_in(eid.go())
    other = Eid(Person(eid.person.operator), eid.provider)
    other.person.send()
    assert "This sign-in is over" in other.ended(other.come_back(mine))
    other.go()
    assert "This sign-in is over" in other.ended(other.come_back(mine))
    assert Proof.objects.count() == 0
    # And what was begun is not spoilt by an answer that is none.
    assert at(eid.come_back(mine), eid.person.url("receipt"))


def test_an_answer_that_comes_too_late_is_over(eid: Eid, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "LIFE", -1)
    eid.person.send()
    assert "This sign-in is over" in eid.ended(eid.through())


def test_an_answer_in_another_issuers_name_is_not_redeemed(eid: Eid) -> None:
    eid.person.send()
    back = eid.provider.sign_in(eid.go()).replace("bankid&", "mitid&").removesuffix("bankid") + "mitid"
    assert "We could not rely on the answer" in eid.ended(eid.come_back(back))


def test_a_new_key_of_the_provider_is_fetched(eid: Eid) -> None:
    eid.person.send()
    eid.through()
    eid.provider.rotate()
    again = Eid(Person(eid.person.operator), eid.provider)
    again.person.send()
    assert at(again.through(), again.person.url("receipt"))


def test_the_button_leads_nowhere_else(eid: Eid) -> None:
    eid.person.send()
    for sent in ({"face": "mitid", "door": "code"}, {"face": "bankid", "door": "elsewhere"}, {}):
        assert eid.person.do("eid", **sent).status_code == 404
    assert eid.person.see("eid").status_code == 405


def test_without_a_request_there_is_nothing_to_prove(eid: Eid) -> None:
    for door in ("code", "requests"):
        assert at(eid.person.do("eid", face="bankid", door=door), eid.person.url("status"))


def test_another_number_than_the_one_typed_proves_nothing(eid: Eid) -> None:
    case = eid.person.send(find={"national_id": BERTIL}).cases.get()
    assert case.claimed.filter(kind="national_id").exists()
    assert "This is not the number you gave in the form" in eid.ended(eid.through(number=ANNA))
    assert Proof.objects.count() == 0
    assert at(eid.through(number=BERTIL), eid.person.url("receipt"))
    assert case.claimed.get(kind="national_id").confirmed_at


def opened(eid: Eid, case: Case) -> None:
    eid.person.do("status", reference=case.reference)


def test_only_who_proved_a_request_so_opens_it_so(eid: Eid) -> None:
    case = eid.person.send().cases.get()
    eid.through()
    visitor = Eid(Person(eid.person.operator), eid.provider)
    opened(visitor, case)
    assert "This opens no request" in visitor.ended(visitor.through("status", number=BERTIL))
    assert at(visitor.person.see("requests"), visitor.person.url("status"))
    opened(visitor, case)
    assert at(visitor.through("status"), visitor.person.url("requests"))
    assert case.reference in text(visitor.person.see("requests"))


def test_an_unknown_reference_ends_as_another_person_does(eid: Eid) -> None:
    visitor = Eid(Person(eid.person.operator), eid.provider)
    visitor.person.do("status", reference="26-22222-22")
    assert "This opens no request" in visitor.ended(visitor.through("status"))


def test_a_mailbox_nobody_confirmed_does_not_open_what_was_proven_by_eid(eid: Eid) -> None:
    """The address may be mistyped, and its owner a stranger who has the code and the reference."""
    case = eid.person.send().cases.get()
    eid.through()
    stranger = Person(eid.person.operator)
    assert at(stranger.open_status(case), stranger.url("status"))
    assert mails("receipt") == []
    # Who has shown who they are may confirm the address, and the mailed code opens it from then on.
    eid.person.do("code_again")
    eid.person.prove()
    assert len(mails("receipt")) == 1
    assert case.reference in text(Person(eid.person.operator).open_status(case))


def test_a_stranger_who_confirmed_the_mistyped_address_is_not_joined_by_who_sent_it(eid: Eid) -> None:
    case = eid.person.send().cases.get()
    back = eid.provider.sign_in(eid.go())
    Person(eid.person.operator).open_status(case)
    assert "This sign-in is over" in eid.ended(eid.come_back(back))
    assert at(eid.person.do("eid", face="bankid", door="code"), eid.person.url("status"))
    assert [one.method for one in Proof.objects.all()] == ["mailed-code"]


def test_another_person_than_before_proves_nothing(eid: Eid) -> None:
    case = eid.person.send().cases.get()
    eid.through(level="substantial")
    opened(eid, case)
    eid.through("status")
    assert "This seems to be another person" in eid.ended(eid.through("requests", number=BERTIL))
    assert [one.level for one in Proof.objects.all()] == ["substantial"]
    assert at(eid.through("requests", level="high"), eid.person.url("requests"))


def test_a_stronger_proof_on_the_status_page_gathers_the_rest(eid: Eid) -> None:
    case = stepped_up(eid, "anna@example.com")
    assert case.runs.get(collection="identity").status == "not-proven"
    assert at(eid.through("requests"), eid.person.url("requests"))
    case = work(case)
    assert (case.stage, case.runs.get(collection="identity").rows) == ("decisions", 1)
    assert "Show who you are here" not in text(eid.person.see("requests"))


def stepped_up(eid: Eid, email: str) -> Case:
    """A case proven by mail and worked, its status page open."""
    submission: Submission = eid.person.send(find={"name": "Anna", "email": email, "phone": ""})
    eid.person.prove()
    case = work(submission.cases.get())
    eid.person.open_status(case)
    return case


def test_who_the_sources_know_by_another_number_proves_nothing(eid: Eid) -> None:
    """A mailbox that two people share leads to the one; the other cannot raise the proof for those rows."""
    case = stepped_up(eid, "anna@example.com")
    assert "This seems to be another person" in eid.ended(eid.through("requests", number=BERTIL))
    assert work(case).runs.get(collection="identity").status == "not-proven"


def test_whom_the_number_does_not_find_waits_for_a_person(
    eid: Eid, crm: sqlite3.Connection, staff: Callable[..., User]
) -> None:
    """The mailbox leads to a customer whose number no source tells: nothing says that it is who showed another."""
    crm.execute("delete from identity")
    case = stepped_up(eid, "anna@example.com")
    eid.through("requests")
    case = work(case)
    assert (case.stage, case.blocked_by) == ("matching", "number-to-confirm")
    add_by_hand(case, kind="national_id", value=ANNA, by=staff("caseworker"))
    assert work(case).stage == "decisions"


NOBODY = "198507099805"


def strange(eid: Eid, staff: Callable[..., User]) -> Case:
    """Somebody whose number no source knows asks in Anna's name, and a caseworker believes what they typed."""
    find = {"name": "Anna", "email": "anna@example.com", "phone": "", "customer_no": "C1"}
    case = eid.person.send(find=find).cases.get()
    eid.through(number=NOBODY)
    assert work(case).blocked_by == "claims-to-check"
    confirm_claimed(case.claimed.get(kind="customer_no"), by=staff("caseworker"))
    return work(case)


def test_whom_the_sources_know_by_another_number_is_another_in_whatever_order(
    eid: Eid, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    """Neither what was typed and confirmed, nor the number by hand, opens Anna's rows to the stranger."""
    case = strange(eid, staff)
    assert (case.stage, case.blocked_by) == ("matching", "another-shown")
    assert "it seems to be another person" in text(signed_in("caseworker").get(case.get_absolute_url()))
    for word in (
        lambda: add_by_hand(case, kind="national_id", value=NOBODY, by=staff("caseworker")),
        lambda: add_by_hand(case, kind="customer_no", value="C1", by=staff("caseworker")),
    ):
        with pytest.raises(Refusal, match="another-shown"):
            word()
    assert (work(case).stage, case.runs.count()) == ("matching", 0)


def test_what_led_to_another_can_be_taken_back(
    eid: Eid, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    """What is left is what the stranger's own number finds: nothing of Anna's."""
    case = strange(eid, staff)
    said = case.claimed.get(kind="customer_no")
    signed_in("caseworker").post(reverse("desk:claim-reject", args=[case.reference, said.pk]))
    case = work(case)
    assert {one.origin for one in case.identifiers.all()} == {"proof:bankid"}
    assert (case.blocked_by, case.runs.count()) == ("claims-to-check", 0)
    with pytest.raises(Refusal, match="already-decided"):
        reject_claimed(said, by=staff("caseworker"))


def test_two_people_tie_a_number_that_has_changed(eid: Eid, staff: Callable[..., User]) -> None:
    case = strange(eid, staff)
    vouched(case.submission, staff, level="substantial")
    assert work(case).blocked_by == "another-shown"
    vouched(case.submission, staff)
    case = work(case)
    assert (case.stage, case.runs.get(collection="identity").rows) == ("decisions", 1)


def test_a_customer_is_not_led_to_another_by_what_a_caseworker_believes(
    eid: Eid, staff: Callable[..., User]
) -> None:
    """The number that was shown is a customer's as well: it opens no rows of whom the sources know by another."""
    find = {"name": "Anna", "email": "anna@example.com", "phone": "", "customer_no": "C1"}
    case = eid.person.send(find=find).cases.get()
    eid.through(number=BERTIL)
    work(case)
    confirm_claimed(case.claimed.get(kind="customer_no"), by=staff("caseworker"))
    assert work(case).blocked_by == "another-shown"


def test_a_number_added_by_hand_before_it_is_shown_ties_nobody(eid: Eid, staff: Callable[..., User]) -> None:
    case = stepped_up(eid, "anna@example.com")
    add_by_hand(case, kind="national_id", value=NOBODY, by=staff("caseworker"))
    work(case)
    assert "This seems to be another person" in eid.ended(eid.through("requests", number=NOBODY))


def test_a_shared_mailbox_leads_to_whom_the_number_names(eid: Eid, crm: sqlite3.Connection) -> None:
    """The number is looked for first, whichever collection stands first: what else the mailbox finds stays open."""
    crm.execute("update customer set email = 'anna@example.com' where customer_no = 'C2'")
    crm.execute("delete from customer where customer_no = 'C1'")
    submission: Submission = eid.person.send(find={"name": "Anna", "email": "anna@example.com", "phone": ""})
    eid.person.prove()
    case = submission.cases.get()
    eid.person.open_status(case)
    assert at(eid.through("requests"), eid.person.url("requests"))
    case = work(case)
    assert {one.digest for one in case.identifiers.filter(kind="customer_no")} == {
        digest(case.operator_id, "customer_no", "C1")
    }
    assert case.claimed.filter(
        digest=digest(case.operator_id, "customer_no", "C2"), confirmed_at=None
    ).exists()


def test_who_asks_for_another_is_not_looked_for_by_their_own_number(
    eid: Eid, staff: Callable[..., User]
) -> None:
    case = eid.person.send_for("Bertil Öhman").cases.get()
    eid.through(number=ANNA)
    work(case)
    seen = Acceptance(kind="attorney", checked="Seen.", rights=frozenset({case.right}))
    accept(case, seen, by=staff("caseworker"))
    with pytest.raises(Refusal, match="askers-number"):
        name_person(case, kind="national_id", value=ANNA, by=staff("caseworker"))


def test_a_proof_while_the_rows_are_judged_is_used(eid: Eid, staff: Callable[..., User]) -> None:
    case = eid.person.send(find={"name": "Anna", "email": "anna@example.com", "phone": ""}).cases.get()
    eid.person.prove()
    matching.match(case.pk)
    gather(case)
    case.refresh_from_db()
    assert case.stage == "holds"
    vouched(case.submission, staff)
    assert work(case).runs.get(collection="identity").status == "done"


def test_the_desk_shows_level_issuer_and_no_number(eid: Eid, signed_in: Callable[..., Client]) -> None:
    case = eid.person.send().cases.get()
    eid.through(level="substantial")
    page = signed_in("caseworker").get(case.get_absolute_url()).content.decode()
    assert f"BankID (substantial, {eid.provider.issuer})" in page
    assert ANNA not in page


def test_a_client_that_signs_in_with_its_own_key(
    eid: Eid, faces: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = RSAKey.generate_key(2048)
    (tmp_path / "own.pem").write_bytes(key.as_pem(private=True))
    (tmp_path / "public.pem").write_bytes(key.as_pem(private=False))
    faces(FACE.replace('client_secret = "env:BANKID_SECRET"', f'private_key = "file:{tmp_path}/own.pem"'))
    taking = new_provider(EID_CLIENT_KEY=str(tmp_path / "public.pem"))
    taking.start()
    monkeypatch.setenv("BANKID_ISSUER", taking.issuer)
    try:
        eid.person.send()
        assert at(Eid(eid.person, taking).through(), eid.person.url("receipt"))
    finally:
        taking.stop()


@pytest.mark.parametrize("fields", [{"issuer": "https://x.example"}, {"number_digest": "0" * 64}])
def test_the_database_takes_issuer_and_number_of_electronic_identities_only(
    eid: Eid, fields: dict[str, str]
) -> None:
    with pytest.raises(IntegrityError, match="proof_"), transaction.atomic():
        Proof.objects.create(submission=eid.person.send(), level="low", method="mailed-code", **fields)


def test_who_asks_for_somebody_else_proves_who_asks_and_no_more(eid: Eid) -> None:
    case = eid.person.send_for("Bertil Öhman", national_id=BERTIL).cases.get()
    assert case.for_other
    assert at(eid.through(number=ANNA), eid.person.url("receipt"))
    case = work(case)
    assert (case.identifiers.count(), case.blocked_by) == (0, "authority-to-check")
    assert case.submission.proofs.get().level == "high"


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_every_end_is_told_in_three_languages(eid: Eid, language: str, operator: Operator) -> None:
    pages = set()
    for outcome in ("cancelled", "away", "no-number", "too-low", "another", "differs", "untrusted", "stale"):
        session = eid.person.client.session
        session[f"eid-ended:{operator.pk}"] = {"outcome": outcome, "door": "code", "face": "bankid"}
        session.save()
        headers = {"accept-language": language}
        pages.add(text(eid.person.client.get(eid.person.url("eid_ended"), headers=headers)))
    assert len(pages) == 8


def test_a_status_page_knows_whether_it_was_opened_by_electronic_identity(eid: Eid) -> None:
    """What a protected person is given opens then alone (`exports.views`)."""
    case = eid.person.send().cases.get()
    eid.person.prove()
    eid.person.open_status(case)
    assert not eid.person.client.session["status"]["eid"]
    eid.through("requests")
    assert eid.person.client.session["status"]["eid"]
    visitor = Eid(Person(eid.person.operator), eid.provider)
    opened(visitor, case)
    visitor.through("status")
    assert visitor.person.client.session["status"]["eid"]


def test_whoever_shows_themselves_where_nothing_is_left_to_prove_has_not_opened_it_so(eid: Eid) -> None:
    case = eid.person.send().cases.get()
    eid.person.prove()
    close(case, Outcome.WITHDRAWN, by=audit.SYSTEM)
    eid.person.open_status(case)
    eid.through("requests", number=BERTIL)
    assert not eid.person.client.session["status"]["eid"]
