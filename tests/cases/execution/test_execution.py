"""What was approved is carried out at the sources: tried dry, page by page, and checked by asking the source again."""

import re
import sqlite3
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.assessment import deciding
from cases.casework.operators import register_of_case
from cases.casework.workflow import Refusal
from cases.execution import failed_actions
from cases.execution.carrying_out import execute
from cases.execution.erasure import erasing
from cases.execution.objections import suppressing
from cases.execution.objections.suppressing import due_interim, take_interim_measure
from cases.identity import matching
from cases.models import Action, AuditEntry, Case, Operator, Order, Suppression, User
from cases.request.intake import submit
from cases.sealed.vault import digest
from connectors.contract.base import SourceDown
from connectors.sql.connector import SqlConnector
from dsar.scratch.proving import prove
from tests.operators.by_hand import approve, carry_out, gather, prepare, request, work
from tests.operators.looked_at import allowed
from tests.operators.scenes import SMALL
from tests.operators.sealed import forget_orders, registered, scheduled

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(ask: Callable[..., Case], staff: Callable[..., User]) -> Callable[..., Case]:
    """approved("erasure", "bo@example.com"): judged, decided and approved; the letter is none of this stage's."""

    def make(right: str, email: str = "anna@example.com") -> Case:
        case = work(ask(right, email))
        return approve(case, staff("caseworker"))

    return make


def left(crm: sqlite3.Connection) -> dict[str, list[object]]:
    keys = {"customer": "customer_no", "subscription": "id", "invoice": "no", "calls": "id"}
    return {
        table: [row[0] for row in crm.execute(f"SELECT {key} FROM {table} ORDER BY 1")]
        for table, key in keys.items()
    }


BEFORE = {"customer": ["C1", "C2"], "subscription": [1, 2], "invoice": ["F1", "F2"], "calls": [1, 2, 3]}


def test_it_is_tried_dry_before_anything_is_touched(
    approved: Callable[..., Case], crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, bool]] = []
    erase = SqlConnector.erase

    def listen(self: SqlConnector, collection: str, keys: object, *, dry_run: bool, whose: object) -> int:
        asked.append((collection, dry_run))
        return erase(self, collection, keys, dry_run=dry_run, whose=whose)

    monkeypatch.setattr(SqlConnector, "erase", listen)
    execute(approved("erasure", "bo@example.com").pk)
    dry = [place for place, is_dry in asked if is_dry]
    assert [is_dry for _place, is_dry in asked] == [True] * len(dry) + [False] * len(dry)
    assert dry == [place for place, is_dry in asked if not is_dry] != []


def test_only_this_persons_rows_go(approved: Callable[..., Case], crm: sqlite3.Connection) -> None:
    case = approved("erasure", "bo@example.com")
    execute(case.pk)
    case.refresh_from_db()
    assert case.stage == "delivery"
    assert left(crm) == {**BEFORE, "subscription": [2], "calls": [2, 3]}
    assert set(case.actions.values_list("kind", "collection", "expected", "done", "remaining")) == {
        ("erase", "subscription", 1, 1, 0), ("erase", "calls", 1, 1, 0), ("suppress", "customer", 1, 1, 0),
    }  # fmt: skip


def test_carrying_out_twice_does_nothing_more(approved: Callable[..., Case], crm: sqlite3.Connection) -> None:
    case = approved("erasure", "bo@example.com")
    execute(case.pk)
    after = left(crm)
    for action in case.actions.filter(kind="erase"):
        erasing.carry_out(action.pk)
    execute(case.pk)
    assert left(crm) == after
    assert sum(case.actions.filter(kind="erase").values_list("done", flat=True)) == 2
    assert AuditEntry.objects.filter(action="rows.erased").count() == 2


def test_a_worker_that_comes_late_to_an_error_undoes_no_receipt(approved: Callable[..., Case]) -> None:
    case = approved("erasure", "bo@example.com")
    execute(case.pk)
    for action in case.actions.filter(kind="erase"):
        for late in (SourceDown("unreachable"), erasing.SourceStillAnswers("still-there", "1 rows")):
            failed_actions.note_failure(action.pk, late)
        erasing.carry_out(action.pk)
    assert set(case.actions.values_list("status", "error", "attempts")) == {("done", "", 0)}
    assert AuditEntry.objects.filter(action="rows.erased").count() == 2
    assert not AuditEntry.objects.filter(action="action.failed").exists()


def test_a_source_that_is_down_is_tried_again_where_it_stopped(
    approved: Callable[..., Case], away: Callable[[bool], None], crm: sqlite3.Connection
) -> None:
    case = approved("erasure", "bo@example.com")
    away(True)
    execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by, left(crm)) == ("execution", "source-down", BEFORE)
    assert set(case.actions.values_list("status", "attempts")) == {("retrying", 1)}
    execute(case.pk)
    assert set(case.actions.values_list("attempts", flat=True)) == {1}
    away(False)
    Action.objects.update(next_try_at=timezone.now())
    assert [one.case_id for one in failed_actions.due_actions()] == [case.pk]
    execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("delivery", "")


def test_rows_that_remain_are_a_failure_a_person_sees(
    approved: Callable[..., Case], crm: sqlite3.Connection, staff: Callable[..., User]
) -> None:
    """The source takes the order and keeps the row: a trigger of its own puts it back."""
    crm.executescript("CREATE TRIGGER keeps BEFORE DELETE ON calls BEGIN SELECT RAISE(IGNORE); END;")
    case = approved("erasure", "bo@example.com")
    execute(case.pk)
    case.refresh_from_db()
    action = case.actions.get(collection="calls")
    assert (action.status, action.remaining, action.done, case.blocked_by) == (
        "failed",
        1,
        0,
        "source-failed",
    )
    assert case.stage == "execution"
    execute(case.pk)
    action.refresh_from_db()
    assert action.attempts == 1
    crm.execute("DROP TRIGGER keeps")
    with pytest.raises(PermissionDenied):
        failed_actions.retry(action, by=staff("approver"))
    failed_actions.retry(action, by=staff("caseworker"))
    execute(case.pk)
    case.refresh_from_db()
    assert case.stage == "delivery"


def test_done_means_the_source_says_so_also_in_the_database(approved: Callable[..., Case]) -> None:
    case = approved("erasure", "bo@example.com")
    with pytest.raises(IntegrityError, match="action_erased_means_source_says_so"), transaction.atomic():
        Action.objects.create(
            case=case, kind="erase", source="crm", collection="calls", status="done", remaining=1
        )


def test_an_erasure_waits_for_the_access_answer_asked_with_it(
    operator: Operator, staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    submission = submit(request(operator, "access", "erasure", email="bo@example.com"))
    prove(submission)
    access, wiping = (work(submission.cases.get(right=right)) for right in ("access", "erasure"))
    wiping = approve(wiping, staff("caseworker"))
    execute(wiping.pk)
    wiping.refresh_from_db()
    assert (wiping.stage, wiping.blocked_by, left(crm)) == ("execution", "waits-for-access", BEFORE)
    Case.objects.filter(pk=access.pk).update(stage="closed", outcome="granted", closed_at=timezone.now())
    execute(wiping.pk)
    wiping.refresh_from_db()
    assert wiping.stage == "delivery"


def test_a_hold_that_a_legal_officer_lifted_is_erased_and_not_scheduled(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    deciding.override(
        case.decisions.get(subject="invoices"), outcome="erase", reason="Court decision.", by=staff("legal")
    )
    execute(approve(case, staff("caseworker")).pk)
    assert left(crm)["invoice"] == ["F1"]
    assert set(case.scheduled.values_list("collection", flat=True)) == {"customer"}


def secret_order(operator: Operator, by: User, number: str) -> Order:
    return registered(
        operator,
        rule="SE-LEK-ORDER",
        identifier_kind="msisdn",
        identifier_digest=digest(operator.pk, "msisdn", number),
        categories=["usage"],
        decided_on="2026-11-01",
        days=90,
        registered_by=by,
    )


def test_a_secret_order_keeps_its_rows_and_shows_in_no_number(
    approved: Callable[..., Case], operator: Operator, staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    def shown(case: Case) -> tuple[object, ...]:
        told = [
            (one.collection, one.expected, one.done, one.remaining, one.status) for one in case.actions.all()
        ]
        steps = list(
            AuditEntry.objects.filter(case=case.reference, stream="open").values_list("action", "data")
        )
        steps = [(action, {k: v for k, v in data.items() if k != "due_on"}) for action, data in steps]
        return told, steps, list(case.scheduled.values_list("collection", "rule", "until", "rows"))

    secret_order(operator, staff("cleared"), "+46701740605")
    kept = approved("erasure", "bo@example.com")
    execute(kept.pk)
    assert left(crm)["calls"] == [1, 2, 3]
    assert {one.case_id for one in scheduled(operator)} == {kept.pk}
    forget_orders()
    Suppression.objects.all().delete()
    crm.execute("INSERT INTO subscription VALUES (1, 'C2', '+46701740605', '2025-01-01', '2026-01-01')")
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    open_case = approved("erasure", "bo@example.com")
    execute(open_case.pk)
    assert left(crm)["calls"] == [2, 3]
    assert shown(kept) == shown(open_case)


# Objections


def test_marketing_stops_once_matched_and_stopping_twice_is_the_same(
    ask: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    case = ask("marketing-objection")
    take_interim_measure(case.pk)
    assert allowed(crm) == {"C1": 1, "C2": 1}
    matching.match(case.pk)
    assert not due_interim()
    Case.objects.update(stage_since="2026-01-01T00:00:00Z")
    assert list(due_interim()) == [case]
    for _ in range(2):
        take_interim_measure(case.pk)
        suppressing.suppress(case)
    assert allowed(crm) == {"C1": 0, "C2": 1}
    assert set(case.actions.values_list("detail", flat=True)) == {"marketing", "tv-ads", "ad-profiling"}
    assert case.actions.count() == 3
    assert AuditEntry.objects.filter(action="interim.taken").count() == 1
    assert set(Suppression.objects.values_list("kind", flat=True)) == {"email", "msisdn", "customer_no"}
    assert not due_interim()


def test_a_source_that_is_down_stops_marketing_later(
    ask: Callable[..., Case], crm: sqlite3.Connection, away: Callable[[bool], None]
) -> None:
    case = ask("marketing-objection")
    matching.match(case.pk)
    away(True)
    take_interim_measure(case.pk)
    case.refresh_from_db()
    assert (case.interim_at, {one.status for one in case.actions.all()}) == (None, {"retrying"})
    away(False)
    Action.objects.update(next_try_at=timezone.now())
    take_interim_measure(case.pk)
    case.refresh_from_db()
    assert case.interim_at
    assert allowed(crm)["C1"] == 0


def test_where_no_source_can_stop_it_a_person_has_to(
    configured: Callable[[str], None], ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    configured(re.sub("(?m)^suppress = .*", "", SMALL.connectors))
    case = ask("marketing-objection")
    matching.match(case.pk)
    take_interim_measure(case.pk)
    case.refresh_from_db()
    tasks = {(task.kind, task.detail, task.due_on) for task in case.tasks.all()}
    assert tasks == {
        ("carry-out-marketing-objection", code, case.act_by) for code in ("T2-P03", "T2-P07", "T2-P08")
    }
    Case.objects.update(stage_since="2026-01-01T00:00:00Z")
    assert (case.interim_at, list(due_interim())) == (None, [])
    case.tasks.update(done_at=timezone.now(), done_by=staff("caseworker"))
    assert list(due_interim()) == [case]
    take_interim_measure(case.pk)
    case.refresh_from_db()
    assert case.interim_at


def test_no_letter_says_it_is_done_before_it_is(
    ask: Callable[..., Case], crm: sqlite3.Connection, staff: Callable[..., User]
) -> None:
    crm.execute(
        "CREATE TRIGGER stubborn AFTER UPDATE ON customer WHEN new.marketing_allowed = 0"
        " BEGIN UPDATE customer SET marketing_allowed = 1 WHERE customer_no = new.customer_no; END"
    )
    case, by = work(ask("marketing-objection")), staff("caseworker")
    take_interim_measure(case.pk)
    with pytest.raises(Refusal, match="not-in-force"), transaction.atomic():
        prepare(case, by)
    crm.execute("DROP TRIGGER stubborn")
    for action in case.actions.filter(status="failed"):
        failed_actions.retry(action, by=by)
    take_interim_measure(case.pk)
    assert prepare(case, by)


def test_an_objection_stops_marketing_only_where_marketing_was_objected_to(
    approved: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    case = approved("objection")
    marketing = {one.code for one in register_of_case(case).purposes if one.direct_marketing}
    case.decisions.filter(subject__in=marketing).update(outcome="continue")
    execute(case.pk)
    assert allowed(crm)["C1"] == 1
    stopped = set(case.decisions.filter(outcome="stop").values_list("subject", flat=True))
    assert set(case.tasks.values_list("detail", flat=True)) == stopped != set()


def test_an_objection_to_marketing_among_others_stops_it(
    approved: Callable[..., Case], crm: sqlite3.Connection, staff: Callable[..., User]
) -> None:
    case = approved("objection")
    execute(case.pk)
    case.refresh_from_db()
    assert (allowed(crm)["C1"], case.stage, case.blocked_by) == (0, "execution", "by-hand")
    carry_out(case, staff("caseworker"))
    case.refresh_from_db()
    assert case.stage == "delivery"


def test_gathering_goes_on_while_marketing_stops(ask: Callable[..., Case]) -> None:
    case = ask("marketing-objection")
    matching.match(case.pk)
    gather(case)
    case.refresh_from_db()
    assert case.stage == "holds"
