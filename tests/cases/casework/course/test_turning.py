"""A case is taken back with what shows it, and opened again where it was closed without an answer."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from cases.casework import audit, case_clock
from cases.casework.course.turning import reopen, withdraw
from cases.casework.workflow import Refusal
from cases.identity.unproven import ask_for_proof, close_unidentified
from cases.models import AuditEntry, Case, User
from dsar.scratch.proving import prove
from exports.retention import purge_expired
from tests.operators.by_hand import long_ago, mails, prepare, work

pytestmark = pytest.mark.django_db
Ask, Staff = Callable[..., Case], Callable[..., User]


def test_taking_back_needs_what_shows_it_and_a_day_of_the_request(ask: Ask, staff: Staff) -> None:
    case, worker = ask("access"), staff("caseworker")
    tomorrow = case_clock.today(case) + timedelta(days=1)
    for reason, on, code in (
        (" ", None, "reason-needed"),
        ("By phone.", tomorrow, "day-outside"),
        ("By phone.", case.received_on - timedelta(days=1), "day-outside"),
    ):
        with pytest.raises(Refusal, match=code):
            withdraw(case, reason=reason, on=on, by=worker)
    withdraw(case, reason="By phone.", by=worker)
    assert [(turn.kind, turn.reason, turn.by) for turn in case.turns.all()] == [
        ("withdrawn", "By phone.", worker)
    ]


def test_opened_again_it_is_gathered_anew_though_its_keys_are_destroyed(ask: Ask, staff: Staff) -> None:
    case, worker = work(ask("access")), staff("caseworker")
    withdraw(case, by=audit.DATA_SUBJECT)
    assert purge_expired() == 1
    reopen(case, kind="ours", reason="Another Anna took hers back.", by=worker)
    case.refresh_from_db()
    assert (case.stage, case.outcome, case.closed_at) == ("matching", "", None)
    assert case.reference in mails(case.submission, "reopened")[0]["body"]
    assert work(case).stage == "decisions"
    last = AuditEntry.objects.filter(case=case.reference, data__reopened="ours").get()
    assert (last.action, last.actor) == ("stage.matching", worker.username)


def test_closed_by_mistake_the_clock_has_run_and_asked_for_again_it_stood_still(
    ask: Ask, staff: Staff
) -> None:
    worker = staff("caseworker")
    for kind, moved in (("ours", 0), ("asked-again", 4)):
        case = long_ago(ask("marketing-objection", f"{kind}@example.com"), 10)
        case_clock.set_dates(case)
        case.save()
        act_by, today = case.act_by, case_clock.today(case)
        withdraw(case, reason="By phone.", on=today - timedelta(days=5), by=worker)
        reopen(case, kind=kind, reason="By phone.", on=today - timedelta(days=1), by=worker)
        steps = [step for step in case_clock.clock_of(case).steps if step.code == "clock.pause"]
        assert [dict(step.params)["days"] for step in steps] == ([moved] if moved else [])
        case.refresh_from_db()
        assert (case.act_by != act_by) is bool(moved)


def test_what_waited_for_proof_waits_for_it_again(ask: Ask, staff: Staff) -> None:
    case, worker = ask("access", proven=False), staff("caseworker")
    ask_for_proof(case, by=worker)
    close_unidentified(long_ago(case), reason="Nothing came.", by=worker)
    reopen(case, kind="asked-again", reason="They came to the shop.", by=worker)
    case.refresh_from_db()
    assert (case.stage, case_clock.is_paused(case), case_clock.clock_of(case).due) == (
        "verification",
        True,
        None,
    )
    prove(case.submission)
    case.refresh_from_db()
    assert (case.stage, case_clock.is_paused(case)) == ("matching", False)


def test_nobody_is_closed_out_while_they_may_still_answer(ask: Ask, staff: Staff) -> None:
    case, worker = ask("access", proven=False), staff("caseworker")
    with pytest.raises(Refusal, match="still-asked"):
        close_unidentified(case, reason="Nothing came.", by=worker)
    ask_for_proof(long_ago(case), by=worker)
    with pytest.raises(Refusal, match="still-asked"):
        close_unidentified(case, reason="Nothing came.", by=worker)
    with pytest.raises(Refusal, match="reason-needed"):
        close_unidentified(long_ago(case), reason="", by=worker)


def test_an_answered_or_open_case_is_not_opened_again(ask: Ask, staff: Staff) -> None:
    case, worker = work(ask("access")), staff("caseworker")
    prepare(case, worker)
    with pytest.raises(Refusal, match="not-closed"):
        reopen(case, kind="ours", reason="Why not.", by=worker)
    with pytest.raises(PermissionDenied):
        reopen(case, kind="ours", reason="Why not.", by=staff("approver"))
    Case.objects.filter(pk=case.pk).update(stage="closed", outcome="granted", closed_at=case.received_at)
    with pytest.raises(Refusal, match="answered-stays-closed"):
        reopen(case, kind="ours", reason="Why not.", by=worker)
