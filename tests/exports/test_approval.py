"""Four eyes: another person approves, and approves these very bytes; what changes afterwards lapses the approval."""

import threading
from collections.abc import Callable
from hashlib import sha256

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from cases.casework.workflow import Refusal
from cases.execution import carrying_out
from cases.identity import claimed
from cases.models import AuditEntry, Case, Operator, User
from cases.models.keys import KeyUse
from cases.orders import court_orders
from cases.sealed import vault
from exports import approval
from exports.answer import building
from exports.answer.building import build
from exports.models import Answer
from tests.operators.by_hand import decide, prepare, read_and_approve, work

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(ask: Callable[..., Case], staff: Callable[..., User]) -> Answer:
    """An answer that waits for approval, without the work of building one."""
    case = ask("access")
    Case.objects.update(stage="approval")
    return Answer.objects.create(
        case=case, version=1, status="ready", sha256="a" * 64, prepared_by=staff("caseworker")
    )


def test_another_person_approves_one_hash(ready: Answer, staff: Callable[..., User]) -> None:
    read_and_approve(ready, by=staff("approver"), sha256="a" * 64)
    ready.refresh_from_db()
    assert (ready.status, ready.approved_by, ready.approved_sha256) == (
        "approved",
        staff("approver"),
        "a" * 64,
    )
    assert Case.objects.get().stage == "execution"
    assert AuditEntry.objects.get(action="stage.execution").actor == "approver"


def test_whoever_prepared_it_cannot_approve_it(ready: Answer, staff: Callable[..., User]) -> None:
    both = staff("caseworker", "approver")
    Answer.objects.update(prepared_by=both)
    with pytest.raises(Refusal, match="same-person"):
        read_and_approve(ready, by=both)


def test_four_eyes_hold_in_the_database_too(ready: Answer) -> None:
    same = (
        "approved_by_id = prepared_by_id, approved_at = now(), approved_sha256 = sha256, status = 'approved'"
    )
    with pytest.raises(IntegrityError, match="answer_four_eyes"), transaction.atomic():
        sql(f"UPDATE exports_answer SET {same}")


def test_an_approval_of_another_hash_is_refused_by_the_database(
    ready: Answer, staff: Callable[..., User]
) -> None:
    other = "approved_by_id = %s, approved_at = now(), approved_sha256 = repeat('b', 64)"
    with pytest.raises(IntegrityError, match="answer_approval_is_of_this_hash"), transaction.atomic():
        sql(f"UPDATE exports_answer SET {other}", staff("approver").pk)


def sql(statement: str, *values: object) -> None:
    """What somebody could type past all of the code."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_nothing_is_delivered_unapproved(ready: Answer) -> None:
    with pytest.raises(IntegrityError, match="answer_delivered_only_approved"), transaction.atomic():
        Answer.objects.update(delivered_at=timezone.now())


def test_one_answer_at_a_time_is_on_its_way(ready: Answer, staff: Callable[..., User]) -> None:
    with pytest.raises(IntegrityError, match="answer_one_on_its_way"), transaction.atomic():
        Answer.objects.create(case=ready.case, version=2, prepared_by=staff("caseworker"))


def test_what_the_approver_looked_at_is_what_is_approved(ready: Answer, staff: Callable[..., User]) -> None:
    with pytest.raises(Refusal, match="answer-changed"):
        read_and_approve(ready, by=staff("approver"), sha256="c" * 64)


@pytest.mark.parametrize("role", ["caseworker", "legal", "cleared", "auditor", "admin"])
def test_only_approvers_approve_and_send_back(ready: Answer, staff: Callable[..., User], role: str) -> None:
    with pytest.raises(PermissionDenied):
        read_and_approve(ready, by=staff(role))
    with pytest.raises(PermissionDenied):
        approval.send_back(ready, reason="x", by=staff(role))


def test_sent_back_it_returns_to_the_caseworker_with_a_reason(
    ready: Answer, staff: Callable[..., User]
) -> None:
    with pytest.raises(Refusal, match="reason-needed"):
        approval.send_back(ready, reason=" ", by=staff("approver"))
    approval.send_back(ready, reason="The name is wrong.", by=staff("approver"))
    ready.refresh_from_db()
    assert (ready.status, ready.return_reason, Case.objects.get().stage) == (
        "returned", "The name is wrong.", "decisions",
    )  # fmt: skip
    with pytest.raises(Refusal, match="not-ready"):
        read_and_approve(ready, by=staff("approver"))


def test_an_answer_waits_for_every_decision(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = work(ask("access"))
    with pytest.raises(Refusal) as refused:
        building.prepare(case, by=staff("caseworker"))
    assert (refused.value.code, refused.value.params) == ("decisions-open", {"count": 4})


def test_an_answer_waits_for_every_claim(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = work(ask("access", customer_no="C2"))
    decide(case, staff("caseworker"))
    with pytest.raises(Refusal, match="claims-open"):
        building.prepare(case, by=staff("caseworker"))
    claimed.reject_claimed(claimed.open_claims(case)[0], by=staff("caseworker"))
    assert building.prepare(case, by=staff("caseworker")).version == 1


@pytest.mark.pango
def test_the_hash_is_of_the_file_that_lies_in_the_vault(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    prepared = prepare(work(ask("access")), staff("caseworker"))
    stored = b"".join(vault.unsealed_stream(prepared.case, KeyUse.PACKAGE, prepared.name))
    assert sha256(stored).hexdigest() == prepared.sha256
    assert len(stored) == prepared.bytes


@pytest.mark.pango
@pytest.mark.django_db(transaction=True)
def test_two_workers_never_build_one_answer_at_once(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    prepared, ready = building.prepare(case, by=staff("caseworker")), threading.Barrier(2)

    def worker() -> None:
        ready.wait()
        build(case.pk)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    prepared.refresh_from_db()
    stored = b"".join(vault.unsealed_stream(case, KeyUse.PACKAGE, prepared.name))
    assert (prepared.status, sha256(stored).hexdigest()) == ("written", prepared.sha256)
    assert AuditEntry.objects.filter(action="answer.written").count() == 1


def order(operator: Operator, by: User) -> None:
    """A rights holder has applied for this subscriber's data: what was judged is judged again."""
    court_orders.register_order(
        operator, by=by, rule="SE-IPRED-PENDING", kind="customer_no", value="C2", served_on="2026-11-01"
    )


@pytest.mark.pango
def test_an_order_before_approval_takes_the_answer_back(
    ask: Callable[..., Case], staff: Callable[..., User], operator: Operator
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    prepared = prepare(case, staff("caseworker"))
    order(operator, staff("legal"))
    with pytest.raises(Refusal, match="wrong-stage"):
        read_and_approve(prepared, by=staff("approver"))
    case.refresh_from_db()
    assert case.stage == "holds"


@pytest.mark.pango
def test_an_order_between_approval_and_execution_stops_the_erasure(
    ask: Callable[..., Case], staff: Callable[..., User], operator: Operator
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    prepared = prepare(case, staff("caseworker"))
    read_and_approve(prepared, by=staff("approver"))
    order(operator, staff("legal"))
    carrying_out.execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.actions.count(), case.scheduled.count()) == ("holds", 0, 0)
    case = work(case)
    again = prepare(case, staff("caseworker"))
    prepared.refresh_from_db()
    assert (prepared.status, again.version, again.status) == ("overtaken", 2, "ready")


def test_a_withdrawn_case_gets_no_answer_from_a_worker_that_was_still_building(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    from cases.casework.course.turning import withdraw

    case = work(ask("access"))
    decide(case, staff("caseworker"))
    prepared = building.prepare(case, by=staff("caseworker"))
    withdraw(case, reason="By phone.", by=staff("caseworker"))
    building._show(prepared)
    build(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.outcome) == ("closed", "withdrawn")
