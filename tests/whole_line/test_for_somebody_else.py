"""Anna proves her mailbox and asks for Bo: nothing of Anna's is found or touched, and nothing of Bo's before a person
has checked that she may. Both are customers."""

import sqlite3
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from cases import tasks
from cases.casework import case_clock
from cases.casework.operators import register_of_case
from cases.casework.workflow import Refusal, close, stalled
from cases.execution.erasure import second_pass
from cases.execution.objections.suppressing import due_interim, take_interim_measure
from cases.execution.recipients.notices import _content
from cases.execution.recipients.received import Received
from cases.identity.claimed import confirm_claimed, name_person, open_claims, reject_claimed
from cases.identity.known import identifiers_of
from cases.identity.mandates.deciding import Acceptance, accept
from cases.identity.unproven import close_unidentified
from cases.models import (
    AuditEntry,
    Case,
    Identifier,
    LaterRows,
    Operator,
    Submission,
    Suppression,
    Task,
    User,
)
from cases.models.case import Outcome, Stage
from cases.request.asked import IntakeProblem
from cases.request.intake import submit
from cases.sealed.typed import read_file
from dsar.scratch.proving import prove
from exports.answer.snapshot import facts_of
from exports.letter.document import Document
from exports.letter.plain import plain
from exports.retention import purge_files
from tests.operators.by_hand import answer, decide, long_ago, mails, request, vouched, work
from tests.operators.line import answered
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
RIGHTS = ("access", "portability", "erasure", "marketing-objection", "consent-withdrawal", "restriction")


@pytest.fixture
def ask_for_bo(ask: Callable[..., Case]) -> Callable[..., Case]:
    """Anna asks for Bo, and has entered her code."""

    def make(right: str, **typed: str) -> Case:
        return ask(right, standing="proxy", on_behalf_of="Bo Test", **typed)

    return make


def authorise(case: Case, by: User, *rights: str, **more: Any) -> None:
    """The authority is accepted, for this case's right or for those named."""
    found = {"kind": "attorney", "checked": "Seen", "rights": frozenset(rights or (case.right,)), **more}
    accept(case, Acceptance(**found), by=by)


def checked(case: Case, by: User, *, person: str = "C2") -> Case:
    """A caseworker has seen a power of attorney, and says who it is about."""
    tasks.match(case.pk)
    authorise(case, by, checked="Power of attorney of 2 November")
    tasks.match(case.pk)
    name_person(case, kind="customer_no", value=person, by=by)
    case.refresh_from_db()
    return case


def found(case: Case) -> set[str]:
    return {one.value for one in identifiers_of(case)}


def allowed(crm: sqlite3.Connection) -> dict[str, int]:
    return dict(crm.execute("SELECT name, marketing_allowed FROM customer"))


def letter(case: Case) -> Document:
    return answered(facts_of(case))


def said(document: Document) -> str:
    return " ".join(plain(document).split())


def audited(case: Case) -> Iterable[str]:
    entries = AuditEntry.objects.filter(case=case.reference).order_by("number")
    return list(entries.values_list("action", flat=True))


@pytest.mark.parametrize("right", RIGHTS)
def test_the_askers_proof_finds_and_touches_nothing(
    right: str, ask_for_bo: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    before = "\n".join(crm.iterdump())
    case = ask_for_bo(right, phone="0701740605", customer_no="C1")
    for _again in range(2):
        tasks.match(case.pk)
        tasks.collect(case.pk)
        take_interim_measure(case.pk)
        tasks.sweep()
    case.refresh_from_db()
    assert (case.stage, case.blocked_by, case.interim_at) == ("matching", "authority-to-check", None)
    assert not case.identifiers.exists()
    assert not case.runs.exists()
    assert not Suppression.objects.exists()
    assert not due_interim()
    assert "\n".join(crm.iterdump()) == before


def test_a_task_says_what_to_do_once_and_beat_leaves_the_case_alone(ask_for_bo: Callable[..., Case]) -> None:
    case = ask_for_bo("marketing-objection")
    tasks.match(case.pk)
    tasks.match(case.pk)
    case.refresh_from_db()
    task = Task.objects.get(case=case)
    assert (task.kind, task.due_on) == ("check-authority", case.act_by)
    Case.objects.update(kicked_at="2020-01-01T00:00Z")
    assert not stalled(Stage.MATCHING)


def test_the_clock_runs_from_receipt(ask_for_bo: Callable[..., Case]) -> None:
    case = ask_for_bo("marketing-objection")
    due, act_by = case.due_on, case.act_by
    tasks.match(case.pk)
    case.refresh_from_db()
    assert [event.kind for event in case.clock_events.all()] == ["received"]
    assert not case_clock.is_paused(case)
    assert (case.due_on, case.act_by) == (due, act_by) == (case_clock.first_due(case), act_by)
    assert act_by is not None


def test_nor_does_a_proof_that_a_caseworker_vouches_for(ask: Callable[..., Case], staff: Staff) -> None:
    case = ask("access", proven=False, standing="proxy", on_behalf_of="Bo Test")
    vouched(case.submission, staff)
    tasks.match(case.pk)
    case.refresh_from_db()
    assert (case.blocked_by, case.identifiers.count()) == ("authority-to-check", 0)


def test_nobody_is_confirmed_before_the_authority_is_checked(
    ask_for_bo: Callable[..., Case], staff: Staff
) -> None:
    case, worker = ask_for_bo("access", customer_no="C2"), staff("caseworker")
    tasks.match(case.pk)
    with pytest.raises(Refusal, match="authority-first"):
        confirm_claimed(open_claims(case)[0], by=worker)
    with pytest.raises(Refusal, match="authority-first"):
        name_person(case, kind="customer_no", value="C2", by=worker)
    reject_claimed(open_claims(case)[0], by=worker)
    tasks.match(case.pk)
    case.refresh_from_db()
    assert (case.blocked_by, case.identifiers.count()) == ("authority-to-check", 0)


def test_the_authority_says_what_was_checked_and_by_whom(
    ask_for_bo: Callable[..., Case], staff: Staff
) -> None:
    case, worker = ask_for_bo("access"), staff("caseworker")
    tasks.match(case.pk)
    with pytest.raises(PermissionDenied):
        authorise(case, staff("auditor"), checked="Seen")
    with pytest.raises(Refusal, match="reason-needed"):
        authorise(case, worker, checked="  ")
    authorise(case, worker, checked="Called Bo back on his own number")
    case.refresh_from_db()
    assert case.authority is not None
    assert (case.authority.checked, case.authority.by) == ("Called Bo back on his own number", worker)
    assert "authority.checked" in audited(case)
    assert Task.objects.get(case=case).done_by == worker
    with pytest.raises(Refusal, match="already-decided"):
        authorise(case, worker, checked="Again")


def test_the_authority_alone_finds_nobody(ask_for_bo: Callable[..., Case], staff: Staff) -> None:
    case = ask_for_bo("access")
    tasks.match(case.pk)
    authorise(case, staff("caseworker"), checked="Seen")
    tasks.match(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("matching", "person-to-confirm")


def test_the_search_begins_with_whom_the_caseworker_named(
    ask_for_bo: Callable[..., Case], staff: Staff
) -> None:
    """Bo had the number first and Anna has it now: what is from her time stays out."""
    case = work(checked(ask_for_bo("access"), staff("caseworker")))
    assert found(case) == {"C2", "+46701740605"}
    assert set(case.identifiers.filter(wave=0).values_list("origin", flat=True)) == {"caseworker"}
    rows = {run.collection: run.rows for run in case.runs.all()}
    assert rows == {"customer": 1, "subscription": 1, "invoice": 1, "calls": 1}


def test_what_was_typed_of_the_person_can_be_confirmed(ask_for_bo: Callable[..., Case], staff: Staff) -> None:
    case, worker = ask_for_bo("access", customer_no="C2"), staff("caseworker")
    tasks.match(case.pk)
    authorise(case, worker, checked="Seen")
    confirm_claimed(open_claims(case)[0], by=worker)
    assert "C2" in found(work(case))


def test_the_askers_mailbox_finds_nobody_even_where_a_source_knows_it_as_the_others(
    configured: Callable[[str], None], ask_for_bo: Callable[..., Case], staff: Staff, crm: sqlite3.Connection
) -> None:
    """A guardian's address on the ward's card."""
    told = '{ kind = "customer_no", column = "customer_no" }'
    configured(SMALL.connectors.replace(told, told + ', { kind = "email", column = "email" }'))
    crm.execute("UPDATE customer SET email = 'anna@example.com' WHERE name = 'Bo Test'")
    case, worker = checked(ask_for_bo("access"), staff("caseworker")), staff("caseworker")
    work(case)
    assert found(case) == {"C2", "+46701740605"}
    assert case.runs.get(collection="customer").rows == 1
    with pytest.raises(Refusal, match="askers-mailbox"):
        name_person(case, kind="email", value="Anna@example.com ", by=worker)


@pytest.mark.parametrize(
    ("kind", "value"), [("msisdn", "hundred"), ("shoe_size", "42"), ("customer_no", " ")]
)
def test_the_person_is_named_by_something_that_can_be_read(
    kind: str, value: str, ask_for_bo: Callable[..., Case], staff: Staff
) -> None:
    case = ask_for_bo("access")
    tasks.match(case.pk)
    authorise(case, staff("caseworker"), checked="Seen")
    with pytest.raises(Refusal, match="not-an-identifier"):
        name_person(case, kind=kind, value=value, by=staff("caseworker"))


def test_whoever_asks_for_themselves_is_not_named_by_hand(ask: Callable[..., Case], staff: Staff) -> None:
    case = ask("access")
    with pytest.raises(Refusal, match="asks-for-themselves"):
        name_person(case, kind="customer_no", value="C2", by=staff("caseworker"))


def test_what_is_erased_is_the_other_persons(
    ask_for_bo: Callable[..., Case], staff: Staff, crm: sqlite3.Connection
) -> None:
    case = work(checked(ask_for_bo("erasure"), staff("caseworker")))
    answer(case, staff("caseworker"), staff("approver"))
    assert crm.execute("SELECT name FROM customer WHERE name LIKE 'Anna%'").fetchall() == [("Anna Test",)]
    assert crm.execute("SELECT id FROM calls ORDER BY id").fetchall() == [(2,), (3,)]
    assert "+46701740605" not in {one.digest for one in Suppression.objects.all()}


@pytest.mark.parametrize("right", ["marketing-objection", "consent-withdrawal"])
def test_what_stops_stops_for_the_other_and_not_before(
    right: str, ask_for_bo: Callable[..., Case], staff: Staff, crm: sqlite3.Connection
) -> None:
    case = ask_for_bo(right)
    tasks.match(case.pk)
    authorise(case, staff("caseworker"), checked="Seen")
    tasks.match(case.pk)
    take_interim_measure(case.pk)
    assert allowed(crm) == {"Anna Test": 1, "Bo Test": 1}
    name_person(case, kind="customer_no", value="C2", by=staff("caseworker"))
    tasks.match(case.pk)
    take_interim_measure(case.pk)
    assert allowed(crm) == {"Anna Test": 1, "Bo Test": 0}
    digests = set(Suppression.objects.values_list("kind", "digest"))
    assert digests == set(Identifier.objects.filter(kind="customer_no").values_list("kind", "digest"))


def test_the_letter_is_to_the_person_care_of_whoever_asked(
    ask_for_bo: Callable[..., Case], staff: Staff
) -> None:
    case = work(checked(ask_for_bo("access"), staff("caseworker")))
    decide(case, staff("caseworker"))
    written = letter(case)
    assert written.recipient == ("Bo Test", "c/o Anna Test")
    assert "Hej Bo Test!" in said(written)
    assert "Anna Test har vänt sig till oss för din räkning" in said(written)


def test_who_asks_for_themselves_is_written_to_as_before(ask: Callable[..., Case], staff: Staff) -> None:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    assert letter(case).recipient == ("Anna Test",)
    assert "Hej Anna Test!" in said(letter(case))
    assert "har vänt sig till oss för din räkning" not in said(letter(case))


def test_the_asker_is_not_named_to_a_recipient_as_the_person(
    ask_for_bo: Callable[..., Case], staff: Staff
) -> None:
    """Whom we mean, a caseworker has to say then: the address we have is the asker's."""
    case = work(checked(ask_for_bo("erasure"), staff("caseworker")))
    knows_contact = next(
        one for one in register_of_case(case).recipients.values() if "contact" in one.receives
    )
    assert _content(case, Received("x", knows_contact), frozenset({"contact"}))["person"] == []


@pytest.mark.parametrize("authority", [False, True])
def test_closed_where_it_is_not_shown_and_the_asker_learns_nothing_of_the_other(
    authority: bool, ask_for_bo: Callable[..., Case], staff: Staff
) -> None:
    case = ask_for_bo("access", customer_no="C2")
    tasks.match(case.pk)
    if authority:
        authorise(case, staff("caseworker"), checked="Seen")
    close_unidentified(long_ago(case), reason="Nothing came.", by=staff("caseworker"))
    case.refresh_from_db()
    assert (case.stage, case.outcome) == ("closed", "unidentified")
    (mail,) = mails(case.submission, "closed")
    assert mail["to"] == "anna@example.com"
    assert "vi kunde inte försäkra oss om att du får det" in mail["body"]
    assert "koden vi skickade" not in mail["body"]
    assert "Bo" not in mail["body"]
    assert not Task.objects.filter(case=case, done_at=None).exists()


def test_a_case_for_oneself_is_not_closed_at_matching(ask: Callable[..., Case], staff: Staff) -> None:
    with pytest.raises(Refusal, match="wrong-stage"):
        close_unidentified(ask("access"), reason="Nothing came.", by=staff("caseworker"))


def test_the_receipt_promises_no_search(ask_for_bo: Callable[..., Case]) -> None:
    (mail,) = mails(ask_for_bo("marketing-objection").submission, "receipt")
    assert "Till dess samlar vi inte in och ändrar ingenting" in mail["body"]
    assert "vi har börjat" not in mail["body"]
    assert "I kraft" not in mail["body"]


def test_the_database_lets_no_such_case_past_matching_without_an_authority(
    ask_for_bo: Callable[..., Case],
) -> None:
    case = ask_for_bo("access")
    for stage in ("collection", "holds", "decisions", "answer", "approval", "execution", "delivery"):
        with pytest.raises(IntegrityError, match="case_for_other_needs_authority"), transaction.atomic():
            Case.objects.filter(pk=case.pk).update(stage=stage)


def test_who_names_another_says_so(operator: Operator) -> None:
    """A system that hands in a name without the standing would have the asker searched for."""
    with pytest.raises(IntakeProblem) as problem:
        submit(request(operator, "access", on_behalf_of="Bo Test"))
    assert set(problem.value.errors) == {"standing"}


def test_one_decision_is_about_everything_asked_together(operator: Operator, staff: Staff) -> None:
    typed = {"standing": "proxy", "on_behalf_of": "Bo Test"}
    submission = submit(
        request(operator, "access", "erasure", "marketing-objection", authority="attorney", **typed)
    )
    prove(submission)
    access, erasure, marketing = (
        submission.cases.get(right=right) for right in ("access", "erasure", "marketing-objection")
    )
    for case in (access, erasure, marketing):
        tasks.match(case.pk)
    with pytest.raises(Refusal, match="authority-rest-why"):
        authorise(access, staff("caseworker"), "access", "marketing-objection")
    why = "Fullmakten gäller inte radering."
    authorise(access, staff("caseworker"), "access", "marketing-objection", refused_why=why)
    for case in (access, erasure, marketing):
        case.refresh_from_db()
    assert (access.authority, erasure.authority) == (marketing.authority, None)
    assert [one.blocked_by for one in (access, marketing)] == ["person-to-confirm"] * 2
    assert (erasure.stage, erasure.outcome) == ("closed", "refused")
    assert erasure.authority_refusal.reason == why


def test_a_second_pass_keeps_whom_it_is_for(ask_for_bo: Callable[..., Case], staff: Staff) -> None:
    case = work(checked(ask_for_bo("erasure"), staff("caseworker")))
    answer(case, staff("caseworker"), staff("approver"))
    LaterRows.objects.filter(case=case, collection="calls").update(rows=1)
    again = second_pass.start(case, by=staff("caseworker"))
    assert (again.for_other, again.authority) == (True, case.authority)
    assert read_file(again).person == "Bo Test"
    work(again)
    assert found(again) == {"C2", "+46701740605"}


def test_what_was_written_of_the_authority_goes_with_the_file(
    ask_for_bo: Callable[..., Case], staff: Staff
) -> None:
    case = checked(ask_for_bo("access"), staff("caseworker"))
    close(case, Outcome.WITHDRAWN, by=staff("caseworker"))
    Case.objects.update(closed_at="2010-01-01T00:00Z")
    assert purge_files() == 1
    case.refresh_from_db()
    assert case.authority is not None
    assert "attorney" not in case.authority.checked


def test_requests_under_way_when_this_came_are_stopped_too(ask: Callable[..., Case]) -> None:
    """They had found the asker, and stood anywhere on the line."""
    case = work(ask("access"))
    Submission.objects.filter(pk=case.submission_id).update(standing="proxy")
    migration = import_module("cases.migrations.0015_for_others")
    with connection.schema_editor() as editor:
        migration.stop_what_found_the_asker(apps, editor)
    tasks.match(case.pk)
    case.refresh_from_db()
    assert (case.for_other, case.stage, case.blocked_by) == (True, "matching", "authority-to-check")
    assert not any(found.exists() for found in (case.identifiers, case.runs, case.decisions))
