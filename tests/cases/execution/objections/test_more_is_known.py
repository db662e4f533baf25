"""What was stopped or limited before more of the person became known is stopped and limited for the rest as well."""

import sqlite3
from collections.abc import Callable

import pytest
from django.utils import timezone

from cases.execution.objections import suppressing
from cases.identity.claimed import add_by_hand
from cases.identity.known import learned_since
from cases.models import AuditEntry, Case, Suppression
from tests.operators.line import Staff, decide, finish, letter, said, work
from tests.operators.scenes import TELLING, Scene
from tests.whole_line.test_deeds import allowed, blocked, goes_on, limit_by_hand, only_by_hand

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]


@pytest.fixture
def scene() -> Scene:
    return TELLING


def also_c2(case: Case, staff: Staff) -> Case:
    """A caseworker finds that Anna has a second account, and everything is matched and gathered anew."""
    add_by_hand(case, kind="customer_no", value="C2", by=staff("caseworker"))
    return work(Case.objects.get(pk=case.pk))


def test_an_account_that_is_found_later_is_stopped_too(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    case = work(ask("marketing-objection"))
    first = case.interim_at
    listed = {one.digest: one.since for one in Suppression.objects.all()}
    assert allowed(crm) == {"C1": 0, "C2": 1}
    case = also_c2(case, staff)
    assert first
    assert case.interim_at
    assert case.interim_at > first
    decide(case, staff("caseworker"))
    finish(case, staff)
    assert (case.stage, case.outcome, allowed(crm)) == ("closed", "granted", {"C1": 0, "C2": 0})
    since = {one.digest: one.since for one in Suppression.objects.all()}
    assert len(since) > len(listed)
    # The list keeps the first day of whom it knew already.
    assert listed.items() <= since.items()


def test_a_matching_that_finds_nobody_new_leaves_the_day_as_it_is(ask: Ask) -> None:
    case = work(ask("marketing-objection"))
    first = case.interim_at
    Case.objects.filter(pk=case.pk).update(stage="matching")
    assert work(case).interim_at == first


def test_what_was_stopped_by_hand_is_to_be_done_again(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    only_by_hand("customer", "suppress")
    case = work(ask("marketing-objection"))
    assert case.tasks.filter(kind="carry-out-marketing-objection").exists()
    case.tasks.update(done_at=timezone.now(), done_by=staff("caseworker"))
    suppressing.take_interim_measure(case.pk)
    assert Case.objects.get(pk=case.pk).interim_at
    case = also_c2(case, staff)
    assert case.interim_at is None
    assert not case.tasks.exclude(done_at=None).exists()
    assert AuditEntry.objects.filter(action="task.reopened").count() == case.tasks.count()


def test_nothing_is_in_force_that_was_added_while_the_sources_were_told(
    ask: Ask, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = work(ask("marketing-objection"))
    Case.objects.filter(pk=case.pk).update(interim_at=None)
    told = suppressing.suppress

    def told_and_meanwhile_added(case: Case) -> bool:
        done = told(case)
        add_by_hand(case, kind="customer_no", value="C2", by=staff("caseworker"))
        return done

    monkeypatch.setattr(suppressing, "suppress", told_and_meanwhile_added)
    suppressing.take_interim_measure(case.pk)
    case.refresh_from_db()
    assert case.interim_at is None


def test_an_account_that_is_found_later_is_only_stored_too(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    case = work(ask("objection"))
    limit_by_hand(case, staff)
    assert case.interim_at
    case = goes_on(also_c2(case, staff), staff)
    assert blocked(crm) == {"C1": 1, "C2": 1}
    # What people limited by hand they have to limit again, until which the letter says nothing of it.
    assert case.tasks.filter(kind="limit-meanwhile", done_at=None).exists()
    assert "only stored the data" not in said(letter(case))
    limit_by_hand(case, staff)
    assert "only stored the data" in said(letter(case))


def test_who_was_known_before_the_day_was_noted_is_no_news(ask: Ask) -> None:
    case = work(ask("objection"))
    before = case.received_at
    assert learned_since(case, before)
    case.identifiers.update(added_at=None)
    assert not learned_since(case, before)
