"""Queue, case page, API and reminders tell the same day of a case, and a holiday announced later moves it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.api.schemas import CaseOut
from cases.casework import case_clock
from cases.law import calendars
from cases.models import AuditEntry, Case, User
from cases.models.course.days import FIRST, NO_DAY
from cases.tasks import recompute_dates
from dsar.scratch.proving import prove

pytestmark = pytest.mark.django_db


def told(client: Client, case: Case, today: date) -> tuple[object, ...]:
    """By the queue, by the page, by the interface and by the database."""
    client.get("/desk/")
    page = client.get(case.get_absolute_url()).content.decode()
    sorted_by = Case.objects.annotate(first=FIRST).get(pk=case.pk).first
    out = CaseOut(case).data
    late = [found.reference for found in client.get("/desk/?view=overdue").context["page"]]
    return ("The clock is paused" in page, sorted_by, out["first_day"], out["due_on"], case.reference in late)


def test_a_case_that_waits_counts_down_nowhere(
    ask: Callable[..., Case], staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    case, client, today = ask("access", proven=False), signed_in("caseworker"), timezone.localdate()
    case_clock.pause(case, asks_who=True)
    Case.objects.filter(pk=case.pk).update(
        received_on=today - timedelta(days=2), due_on=today - timedelta(days=1)
    )
    case.refresh_from_db()
    assert told(client, case, today) == (True, NO_DAY, None, None, False)
    waits = client.get("/desk/?view=person").context["page"]
    assert [one.reference for one in waits] == [case.reference]
    prove(case.submission)
    case.refresh_from_db()
    paused, first, said, due, _late = told(client, case, today)
    assert (paused, first, said, due) == (False, case.due_on, case.due_on.isoformat(), case.due_on)


def test_asked_too_late_nothing_waits(ask: Callable[..., Case]) -> None:
    case = ask("access", proven=False)
    Case.objects.filter(pk=case.pk).update(received_on=case.received_on - timedelta(days=20))
    case_clock.pause(case, asks_who=True)
    case.refresh_from_db()
    assert (case_clock.is_paused(case), case.paused, case.first_day) == (True, False, case.due_on)


def test_a_holiday_that_is_announced_moves_open_cases_and_says_why(
    ask: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    case, closed = ask("marketing-objection"), ask("access", "bo@example.com")
    Case.objects.filter(pk=closed.pk).update(stage="closed", outcome="granted", closed_at=timezone.now())
    announced, is_working = case.due_on, calendars.is_working_day
    monkeypatch.setattr(
        calendars, "is_working_day", lambda day, calendar: day != announced and is_working(day, calendar)
    )
    recompute_dates()
    recompute_dates()
    case.refresh_from_db()
    assert case.due_on > announced
    [entry] = AuditEntry.objects.filter(action="clock.recomputed")
    assert (entry.case, entry.data["reason"], entry.data["due_on"]) == (
        case.reference, "calendar", case.due_on.isoformat(),
    )  # fmt: skip
