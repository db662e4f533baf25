"""A row that two restrictions keep is free when both have ended, and not before."""

import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.casework.course.turning import withdraw
from cases.execution.amendments import amending, lifting, meanwhile, restricting
from cases.identity.claimed import add_by_hand
from cases.models import Action, AuditEntry, Case, Restriction
from connectors.contract.base import SourceDown
from exports.notices.lifting import lift_restriction
from tests.operators.line import Staff, approve, finish, letter, said, work
from tests.operators.scenes import TELLING, Scene
from tests.whole_line.test_deeds import (
    blocked,
    configure,
    goes_on,
    limit_by_hand,
    restriction,
    try_to_deliver,
)

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]


@pytest.fixture
def scene() -> Scene:
    return TELLING


def end_of_objections() -> None:
    meanwhile.end_over()
    lifting.lift_due(timezone.localdate() + timedelta(days=1))


def test_the_end_of_an_objection_leaves_a_restriction_as_it_is(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    first = restriction(ask, staff, "contact", "profile")
    finish(first, staff)
    finish(goes_on(work(ask("objection")), staff), staff)
    end_of_objections()
    assert blocked(crm) == {"C1": 1, "C2": 0}
    lifted = AuditEntry.objects.filter(action="restriction.lifted").latest("number").data
    assert lifted["rows"] == 0
    assert lifted["still_restricted"] > 0
    # Nothing is missing: it is kept.
    assert not Case.objects.get(right="objection").tasks.filter(kind="restricted-rows-gone").exists()

    day = timezone.localdate() + timedelta(days=7)
    lift_restriction(first, on=day, reason="It is settled.", by=staff("caseworker"))
    lifting.lift_due(day)
    assert blocked(crm) == {"C1": 0, "C2": 0}


def test_two_objections_that_end_on_one_day_end(ask: Ask, staff: Staff, crm: sqlite3.Connection) -> None:
    for _ in range(2):
        withdraw(work(ask("objection")), by="data-subject")
    assert blocked(crm)["C1"] == 1
    end_of_objections()
    assert blocked(crm) == {"C1": 0, "C2": 0}
    assert not Restriction.objects.filter(lifted_at=None).exists()


def test_a_case_that_holds_no_run_any_more_keeps_nothing_restricted(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    """Taken back while everything was matched and gathered anew."""
    case = work(ask("objection"))
    add_by_hand(case, kind="customer_no", value="C2", by=staff("caseworker"))
    withdraw(Case.objects.get(pk=case.pk), by="data-subject")
    assert not case.runs.exists()
    end_of_objections()
    assert blocked(crm) == {"C1": 0, "C2": 0}


def test_what_a_source_restricted_before_it_failed_is_lifted(
    ask: Ask, staff: Staff, crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two profiles, a page each: the source is away after the first."""
    case = goes_on(work(ask("objection")), staff)
    Restriction.objects.filter(collection="profile").delete()
    crm.execute("UPDATE profile SET blocked = 0")
    action = Action.objects.get(case=case, kind="restrict", collection="profile")
    Action.objects.filter(pk=action.pk).update(status="waiting", done_at=None)
    monkeypatch.setattr(restricting, "BATCH", 1)
    tell, told = restricting.mark, iter([True])

    def away_after_one(*args: object, **more: object) -> tuple[int, int]:
        if not next(told, False):
            raise SourceDown("down")
        return tell(*args, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(restricting, "mark", away_after_one)
        with pytest.raises(SourceDown):
            amending.carry_out(action.pk)
    Action.objects.filter(pk=action.pk).update(status="retrying", attempts=1, next_try_at=timezone.now())
    assert sum(one for (one,) in crm.execute("SELECT blocked FROM profile")) == 1
    finish(case, staff)
    assert case.stage == "closed"
    end_of_objections()
    assert sum(one for (one,) in crm.execute("SELECT blocked FROM profile")) == 0


def test_a_source_that_was_away_is_asked_though_people_have_not_limited_yet(ask: Ask) -> None:
    case = work(ask("objection"))
    assert case.tasks.filter(kind="limit-meanwhile", done_at=None).exists()
    Case.objects.filter(pk=case.pk).update(stage_since=timezone.now() - timedelta(hours=6))
    actions = Action.objects.filter(case=case, kind="restrict")
    assert not meanwhile.due().exists()
    actions.update(status="retrying", attempts=1, next_try_at=timezone.now() + timedelta(hours=1))
    assert not meanwhile.due().exists()
    actions.filter(collection="profile").update(next_try_at=timezone.now() - timedelta(hours=1))
    assert list(meanwhile.due()) == [case]
    actions.exclude(collection="profile").update(status="failed", next_try_at=None)
    assert list(meanwhile.due()) == [case]


@pytest.mark.parametrize("status", ["retrying", "failed", "waiting"])
def test_no_limit_that_a_source_never_took_holds_up_the_answer(ask: Ask, staff: Staff, status: str) -> None:
    case = goes_on(work(ask("objection")), staff)
    again = timezone.now() + timedelta(hours=1) if status == "retrying" else None
    Action.objects.filter(case=case, kind="restrict").update(
        status=status, done_at=None, next_try_at=again, error="down: x"
    )
    approve(case, staff)
    assert try_to_deliver(case).blocked_by in ("by-hand", "recipients")
    assert not case.actions.filter(kind="restrict").exists()


def test_where_nobody_could_look_a_person_limits(ask: Ask, staff: Staff) -> None:
    """Profiles are found by an account number that nothing tells: to look is for a person."""
    before = set(work(ask("objection")).tasks.values_list("kind", "detail"))
    described = r'(?ms)(key = "profile".*?)find = \{ customer_no = "customer_no" \}'
    configure(lambda text: re.sub(described, r'\1find = { msisdn = "customer_no" }', text, count=1))
    case = work(ask("objection"))
    assert not case.runs.filter(collection="profile").exists()
    using = set(case.tasks.filter(kind="limit-meanwhile", done_at=None).values_list("kind", "detail"))
    assert using > {one for one in before if one[0] == "limit-meanwhile"}
    assert "only stored the data" not in said(letter(goes_on(case, staff)))
    limit_by_hand(case, staff)
    assert "only stored the data" in said(letter(case))
