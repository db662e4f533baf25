"""A complaint or a court case is noted with its dates; somebody is told to answer, and the file stays until it ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.casework.course import disputes
from cases.casework.course.turning import withdraw
from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, Dispute, Paper, User
from cases.papers import keeping
from cases.sealed.uploads import Upload
from exports import retention

pytestmark = pytest.mark.django_db
Ask, Staff = Callable[..., Case], Callable[..., User]


def test_noted_answered_and_ended_each_with_its_day(ask: Ask, staff: Staff) -> None:
    case, by = ask("access"), staff("caseworker")
    today = case_clock.today(case)
    given = {
        "kind": "complaint",
        "number": "IMY-2026-1",
        "came_on": today,
        "answer_by": today,
        "about": "Late.",
    }
    for wrong, code in (
        ({"about": " "}, "reason-needed"),
        ({"number": " "}, "number-needed"),
        ({"kind": "quarrel"}, "outcome-unknown"),
        ({"came_on": today + timedelta(days=1)}, "day-outside"),
        ({"came_on": case.received_on - timedelta(days=1)}, "day-outside"),
        ({"answer_by": today - timedelta(days=1)}, "answer-before"),
    ):
        with pytest.raises(Refusal, match=code):
            disputes.note(case, **given | wrong, by=by)  # type: ignore[arg-type]
    noted = disputes.note(case, **given, by=by)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="dispute-there"):
        disputes.note(case, **given, by=by)  # type: ignore[arg-type]
    assert case.tasks.get(kind=disputes.STATEMENT).due_on == today
    disputes.state(noted, on=today, by=by)
    assert case.tasks.get(kind=disputes.STATEMENT).done_by == by
    disputes.end(noted, ended_as="dismissed", on=today, by=by)
    for again in (
        lambda: disputes.state(noted, on=today, by=by),
        lambda: disputes.end(noted, ended_as="upheld", on=today, by=by),
    ):
        with pytest.raises(Refusal, match="already-decided"):
            again()
    told = AuditEntry.objects.filter(case=case.reference, action__startswith="dispute.").order_by("pk")
    assert list(told.values_list("action", flat=True)) == [
        "dispute.came",
        "dispute.answered",
        "dispute.ended",
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        Dispute.objects.update(ended_on=None)


def test_the_file_stays_while_it_goes_on(ask: Ask, staff: Staff) -> None:
    case, by = ask("access"), staff("caseworker")
    paper = keeping.keep(case, Upload(b"\x89PNG\r\n\x1a\n" + b"\0" * 64), about=Paper.About.ORIGINAL, by=by)
    withdraw(case, by=audit.DATA_SUBJECT)
    case.refresh_from_db()
    noted = disputes.note(
        case,
        kind="court",
        number="T 1-26",
        came_on=case_clock.today(case),
        answer_by=case_clock.today(case),
        about="Damages.",
        by=by,
    )
    assert case.tasks.get(kind=disputes.STATEMENT).detail == "T 1-26"
    Case.objects.update(closed_at=timezone.now() - timedelta(days=4000))
    assert (retention.purge_papers(), retention.purge_files()) == (0, 0)
    disputes.end(noted, ended_as="undecided", on=case_clock.today(case), by=by)
    assert (retention.purge_papers(), retention.purge_files()) == (1, 1)
    paper.refresh_from_db()
    assert paper.deleted_at
    # Its number would lead to the person.
    assert not case.disputes.exists()
    assert case.tasks.get(kind=disputes.STATEMENT).detail == ""
    case.refresh_from_db()
    with pytest.raises(Refusal, match="case-file-gone"):
        disputes.note(
            case,
            kind="court",
            number="T 2-26",
            came_on=case_clock.today(case),
            answer_by=None,
            about="x",
            by=by,
        )


def test_at_the_desk(ask: Ask, signed_in: Callable[..., Client]) -> None:
    case, desk = ask("access"), signed_in("caseworker")
    today = case_clock.today(case).isoformat()
    page = reverse("desk:dispute", args=[case.reference])
    assert "What follows" in desk.get(page).content.decode()
    assert desk.post(page, {"kind": "complaint"}).status_code == 422
    sent = {"kind": "complaint", "number": "DT 1", "came_on": today, "answer_by": today, "about": "Too late."}
    assert desk.post(page, sent).status_code == 302
    shown = desk.get(case.get_absolute_url()).content.decode()
    assert "DT 1" in shown
    assert "Too late." in shown
    noted = case.disputes.get()
    task = case.tasks.get(kind=disputes.STATEMENT)
    desk.post(reverse("desk:task-done", args=[task.pk]))
    task.refresh_from_db()
    assert task.done_at is None
    for what, how in (("stated", {}), ("ended", {"ended_as": "upheld"})):
        settle = reverse(f"desk:dispute-{what}", args=[case.reference, noted.pk])
        assert desk.get(settle).status_code == 200
        assert desk.post(settle, {"on": today, **how}).status_code == 302
        assert "noted already" in desk.get(settle).content.decode()
    auditor = signed_in("auditor")
    assert auditor.get(page).status_code == 403
