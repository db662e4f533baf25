"""Protected identity: said by the asker, a caseworker or a system; from then on for named staff, and no address."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.assessment.situations import situation_of
from cases.casework.members import named
from cases.casework.workflow import Refusal
from cases.execution.amendments.corrections import propose
from cases.identity import matching
from cases.identity.claimed import name_person
from cases.identity.eid.outcomes import Outcome, Shown
from cases.identity.eid.proving import prove_by_eid
from cases.identity.mandates.addressing import may_get
from cases.identity.mandates.deciding import Acceptance, accept
from cases.identity.people import protection
from cases.identity.people.protection import mark_protected, opens_by_eid, unprotect
from cases.models import AuditEntry, Case, Operator, Proof, Task, User
from cases.models.case import AuthorityKind
from cases.models.keys import KeyUse
from cases.models.proof import Level
from cases.sealed import vault
from exports import delivery
from exports.answer import building
from exports.answer.given_rows import GivenRows
from exports.answer.snapshot import facts_of
from exports.letter.plain import plain
from exports.models import Answer
from tests.exports.unpacked import texts
from tests.operators import line
from tests.operators.by_hand import answer, carry_out, mails, prepare, read_and_approve, work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
Staff, Ask = Callable[..., User], Callable[..., Case]
MARKED = SMALL.connectors.replace(
    'link = ["email"]',
    'link = ["email"]\nprotected = { column = "secret", equals = 1 }\naddress = ["street"]',
)


@pytest.fixture
def streets(crm: sqlite3.Connection, configured: Callable[[str], None], operator: Operator) -> None:
    crm.execute("ALTER TABLE customer ADD COLUMN street TEXT DEFAULT 'Hemliga gatan 7'")
    crm.execute("ALTER TABLE customer ADD COLUMN secret INTEGER DEFAULT 0")
    configured(MARKED)


@pytest.fixture
def protected(streets: None, ask: Ask, staff: Staff) -> Case:
    """Anna's access, judged; she has said that she is protected. "lawyer" and "second" know of it."""
    lawyer, second = staff("legal", name="lawyer"), staff("approver", name="second")
    case = ask("access", protected=True)
    named.name(case, user=second, by=lawyer)
    return work(case)


@pytest.mark.usefixtures("streets")
def test_the_asker_says_so_and_is_believed(ask: Ask, staff: Staff) -> None:
    staff("legal", name="lawyer")
    case = ask("access", protected=True)
    assert (case.protected_by, case.named_only) == ("asker", True)


@pytest.mark.usefixtures("streets")
def test_a_system_says_so_while_the_person_is_looked_for(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    lawyer = staff("legal", name="lawyer")
    crm.execute("UPDATE customer SET secret = 1 WHERE customer_no = 'C1'")
    ask("access", "bo@example.com")
    anna = ask("access")
    for case in Case.objects.all():
        matching.match(case.pk)
    anna.refresh_from_db()
    assert (anna.protected_by, [one.user for one in anna.named.all()]) == ("source", [lawyer])
    assert Case.objects.exclude(pk=anna.pk).get().protected_by == ""


def test_a_caseworker_says_so_of_all_that_was_asked_together(
    ask_together: Callable[..., list[Case]], staff: Staff
) -> None:
    access, erasure = ask_together("access", "erasure")
    mark_protected(erasure, by=staff("caseworker", name="worker"))
    access.refresh_from_db()
    assert access.protected_by == "staff"
    with pytest.raises(Refusal, match="still-protected"):
        named.for_everybody(access, reason="Why not", by=staff("caseworker", name="worker"))
    unprotect(access, reason="The marking has ended", by=staff("caseworker", name="worker"))
    access.refresh_from_db()
    assert (access.protected_by, access.named_only) == ("", True)


def test_the_address_is_on_no_page_masked_or_in_full(
    protected: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("legal", name="lawyer")
    run = protected.runs.get(collection="customer")
    path = f"/desk/cases/{protected.reference}/runs/{run.pk}/"
    for page in (client.get(path), client.post(path)):
        text = page.content.decode()
        assert "Hemliga" not in text
        assert "H••" not in text
        assert "protected" in text
    assert "anna@example.com" in client.post(path).content.decode()


def test_where_no_column_is_named_nothing_of_the_card_is_shown(
    protected: Case, configured: Callable[[str], None], signed_in: Callable[..., Client]
) -> None:
    configured(MARKED.replace('address = ["street"]', ""))
    run = protected.runs.get(collection="customer")
    text = signed_in("legal", name="lawyer").post(f"/desk/cases/{protected.reference}/runs/{run.pk}/")
    assert "Hemliga" not in text.content.decode()
    assert "anna@example.com" not in text.content.decode()


@pytest.mark.usefixtures("streets")
def test_others_see_the_street_as_ever(ask: Ask, signed_in: Callable[..., Client]) -> None:
    case = work(ask("access"))
    run = case.runs.get(collection="customer")
    page = signed_in("caseworker").post(f"/desk/cases/{case.reference}/runs/{run.pk}/").content.decode()
    assert "Hemliga gatan 7" in page


def test_the_letter_that_staff_read_has_no_address_and_the_persons_file_has(protected: Case) -> None:
    facts = facts_of(protected)
    contact = next(one for one in facts.categories if one.key == "contact")
    [row] = contact.collections[0].inline or ()
    assert "street" not in row
    assert row["email"] == "anna@example.com"
    run = protected.runs.get(collection="customer")
    run.case = protected
    situation = situation_of(protected, protected.received_on)
    assert b"Hemliga gatan 7" in b"".join(GivenRows(protected, run, situation).lines())


def answered(case: Case, staff: Staff) -> Answer:
    return answer(case, staff("legal", name="lawyer"), staff("approver", name="second"))


def test_without_electronic_identity_a_task_says_how_it_is_sent(
    protected: Case, staff: Staff, signed_in: Callable[..., Client]
) -> None:
    done = answered(protected, staff)
    task = Task.objects.get(case=protected, kind="send-through-tax-agency")
    client = signed_in("legal", name="lawyer")
    assert "Box 2820, 403 20 Göteborg" in client.get("/desk/tasks/").content.decode()
    [mail] = mails(protected.submission, "ready")
    assert f"/{protected.operator_id}/status/" in mail["body"]
    assert str(done.expires_at) not in mail["body"]
    download = f"/desk/cases/{protected.reference}/answer/{done.version}/package/"
    assert client.get(download).status_code == 200
    assert "We send it through the Swedish Tax Agency" in followed(protected)
    client.post(f"/desk/tasks/{task.pk}/done/")
    assert client.get(download).status_code == 404
    assert "we sent the answer to the Swedish Tax Agency" in followed(protected)


def followed(case: Case) -> str:
    """What they read on the page, by a mailed code."""
    client = Client(headers={"accept-language": "en"})
    session = client.session
    until = (timezone.now() + timedelta(hours=1)).timestamp()
    session["status"] = {"submission": str(case.submission_id), "until": until, "eid": False}
    session.save()
    return client.get(f"/{case.operator_id}/status/requests/").content.decode()


@pytest.mark.parametrize("by_eid", [False, True])
def test_after_its_days_nothing_is_said_to_have_been_fetchable_that_was_not(
    protected: Case, staff: Staff, by_eid: bool
) -> None:
    if by_eid:
        proof = {"level": "high", "method": "bankid", "issuer": "https://broker.example"}
        Proof.objects.create(submission=protected.submission, **proof)
    answered(protected, staff)
    Answer.objects.update(expires_at=timezone.now() - timedelta(days=1))
    page = followed(protected)
    assert ("The answer could be fetched until" in page) is by_eid
    assert ("If it has not reached you, make the request again" in page) is not by_eid
    assert "The answer is ready" not in page


def test_a_task_is_recorded_as_opened_once_and_one_about_a_letter_is_not_the_answers(protected: Case) -> None:
    protection.past_the_asker(protected, about="a letter", due_on=protected.due_on)
    for _ in range(2):
        protection.send_on(protected)
    assert sorted(protected.tasks.values_list("detail", flat=True)) == ["", "a letter"]
    assert AuditEntry.objects.filter(action="task.opened", case=protected.reference).count() == 2


def test_with_electronic_identity_it_opens_there_and_by_no_mailed_code(
    protected: Case, staff: Staff, client: Client
) -> None:
    Proof.objects.create(
        submission=protected.submission, level="high", method="bankid", issuer="https://broker.example"
    )
    done = answered(protected, staff)
    assert not Task.objects.filter(case=protected, kind__startswith="send-").exists()
    page = f"/{protected.operator_id}/status/package/{done.pk}/"
    for by_eid, status in ((False, 404), (True, 200)):
        session = client.session
        until = (timezone.now() + timedelta(hours=1)).timestamp()
        session["status"] = {"submission": str(protected.submission_id), "until": until, "eid": by_eid}
        session.save()
        assert client.get(page).status_code == status
        text = client.get(f"/{protected.operator_id}/status/requests/").content.decode()
        assert (page in text) is by_eid


@pytest.mark.parametrize("tied", [False, True])
def test_whoever_reads_the_mail_does_not_open_it_with_an_electronic_identity_of_their_own(
    protected: Case, staff: Staff, client: Client, tied: bool
) -> None:
    """Shown too late for a search anew, and not tied to whoever was found; tied, it is the person's."""
    lawyer = staff("legal", name="lawyer")
    read_and_approve(prepare(protected, lawyer), by=staff("approver", name="second"))
    carry_out(protected, lawyer)
    shown = Shown("bankid", "https://broker.example", Level.HIGH, "196712112397")
    if tied:
        digest = vault.digest(protected.operator_id, "national_id", shown.number)
        sealed = vault.seal(protected, KeyUse.FILE, shown.number.encode())
        told = {"digest": digest, "sealed": sealed, "origin": "crm/customer"}
        protected.identifiers.create(kind="national_id", wave=1, **told)
    assert prove_by_eid(protected.submission, shown) == Outcome.PROVEN
    protected.refresh_from_db()
    assert (protected.stage, opens_by_eid(protected)) == ("delivery", tied)
    building.write_receipt(protected.pk)
    delivery.deliver(protected.pk)
    assert Task.objects.filter(case=protected, kind="send-through-tax-agency").exists() is not tied
    answer_id = Answer.objects.get(case=protected).pk
    session = client.session
    until = (timezone.now() + timedelta(hours=1)).timestamp()
    session["status"] = {"submission": str(protected.submission_id), "until": until, "eid": True}
    session.save()
    page = f"/{protected.operator_id}/status/package/{answer_id}/"
    assert client.get(page).status_code == (200 if tied else 404)
    status = client.get(f"/{protected.operator_id}/status/requests/").content.decode()
    assert (page in status) is tied


def test_staff_do_not_open_what_they_need_not_send(protected: Case, staff: Staff) -> None:
    lawyer = staff("legal", name="lawyer")
    prepared = prepare(protected, lawyer)
    with pytest.raises(Refusal, match="protected-package"):
        delivery.fetch(prepared, who=delivery.STAFF, by=lawyer)
    read_and_approve(prepared, by=staff("approver", name="second"))


@pytest.mark.parametrize(
    ("slug", "kind"), [("tele2-se", "send-through-tax-agency"), ("telenor-dk", "send-by-digital-post")]
)
def test_each_country_has_a_way_without_the_address(
    slug: str, kind: str, protected: Case, staff: Staff
) -> None:
    answered(protected, staff)
    assert Task.objects.filter(case=protected, kind=kind).count() == 1


# Somebody else asks for a protected person, and may be whom they hide from.


@pytest.fixture
def for_protected(streets: None, ask: Ask, staff: Staff) -> Callable[[str], Case]:
    """for_protected("asker"): Anna has shown an electronic identity, and asks for Bo, who is protected."""

    def make(answer_to: str) -> Case:
        lawyer, second = staff("legal", name="lawyer"), staff("approver", name="second")
        case = ask("access", standing="proxy", on_behalf_of="Bo Test", authority="custody", protected=True)
        named.name(case, user=second, by=lawyer)
        Proof.objects.create(
            submission=case.submission, level="high", method="bankid", issuer="https://b.example"
        )
        matching.match(case.pk)
        found = Acceptance(
            kind="guardian", checked="Seen.", rights=frozenset({"access"}), answer_to=answer_to
        )
        accept(case, found, by=lawyer)
        matching.match(case.pk)
        name_person(case, kind="customer_no", value="C2", by=lawyer)
        return work(case)

    return make


@pytest.mark.parametrize(
    ("answer_to", "asker_opens", "sent_on"),
    [("person", 404, True), ("both", 200, True), ("asker", 200, False)],
)
def test_somebody_gets_the_answer_whoever_it_goes_to_and_the_asker_no_address(
    answer_to: str,
    asker_opens: int,
    sent_on: bool,
    for_protected: Callable[[str], Case],
    staff: Staff,
    client: Client,
    signed_in: Callable[..., Client],
) -> None:
    case = for_protected(answer_to)
    done = answered(case, staff)
    session = client.session
    until = (timezone.now() + timedelta(hours=1)).timestamp()
    session["status"] = {"submission": str(case.submission_id), "until": until, "eid": True}
    session.save()
    assert client.get(f"/{case.operator_id}/status/package/{done.pk}/").status_code == asker_opens
    assert Task.objects.filter(case=case, kind="send-through-tax-agency").exists() is sent_on
    assert not Task.objects.filter(case=case, kind="hand-to-person").exists()
    download = f"/desk/cases/{case.reference}/answer/{done.version}/package/"
    assert signed_in("legal", name="lawyer").get(download).status_code == (200 if sent_on else 404)
    packed = b"".join(delivery.open_package(done))
    told = "".join(texts(packed).values())
    assert ("Hemliga gatan 7" in told) is (answer_to == "person")
    assert ("var du bor" in " ".join(plain(line.answered(facts_of(case))).split())) is (answer_to != "person")


def test_what_is_proposed_goes_to_the_protected_person_and_of_the_dead_to_the_estate() -> None:
    proposed = {kind: may_get(kind, protected=True)[0] for kind in AuthorityKind}
    assert proposed.pop(AuthorityKind.ESTATE) == "asker"
    assert set(proposed.values()) == {"person"}


def test_a_new_address_is_in_no_letter_that_staff_read(streets: None, ask: Ask, staff: Staff) -> None:
    lawyer = staff("legal", name="lawyer")
    case = work(ask("rectification", protected=True))
    run = case.runs.get(collection="customer")
    propose(run, key=("C1",), column="street", new="Nya gatan 8", by=lawyer)
    [told] = facts_of(case).corrections
    assert "Nya gatan" not in told.new_value
    assert "skyddad" in told.new_value
