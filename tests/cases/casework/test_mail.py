"""A mail stands sealed until a server took it; what no server takes for three days is a task for a person."""

import smtplib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NoReturn
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail as outbox
from django.utils import timezone

from cases.casework import case_clock, mail
from cases.casework.mail import deliver, waiting
from cases.casework.workflow import UNPROVEN, Refusal
from cases.identity import unproven
from cases.models import AuditEntry, Case, OutgoingMail, Submission, Task, User
from dsar.scratch.proving import prove
from tests.operators.by_hand import long_ago, mails

pytestmark = pytest.mark.django_db
WEEK, MONTH = timedelta(days=7, minutes=1), timedelta(days=30, minutes=1)


@pytest.fixture
def case(ask: Callable[..., Case]) -> Case:
    return ask("access", proven=False)


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)


def test_a_mail_is_emptied_once_it_is_out(case: Case) -> None:
    [one] = OutgoingMail.objects.all()
    assert deliver(one.pk) is True
    one.refresh_from_db()
    assert (one.sealed, one.sent_at is not None, outbox.outbox[0].to) == (b"", True, ["anna@example.com"])
    assert deliver(one.pk) is False
    assert len(outbox.outbox) == 1


def test_no_message_is_made_elsewhere() -> None:
    """One that is would go where Django spells it: to `strasse.de` for `straße.de`, which is another's."""
    ours = [
        path
        for house in ("cases", "connectors", "exports", "dsar")
        for path in (settings.BASE_DIR / house).rglob("*.py")
    ]
    made = ("EmailMessage(", "EmailMultiAlternatives(", "send_mail(", "mail_admins(")
    makers = [
        path
        for path in ours
        if any(f"{sign}" in path.read_text().replace("def send_mail(", "") for sign in made)
    ]
    assert [path.relative_to(settings.BASE_DIR) for path in makers] == [Path("cases/casework/envelope.py")]


def test_subjects_name_the_operator_and_the_reference_at_most(case: Case) -> None:
    deliver(OutgoingMail.objects.get().pk)
    assert "Anna" not in outbox.outbox[0].subject
    assert "anna" not in outbox.outbox[0].subject


def test_a_server_that_is_away_is_asked_again_with_growing_pauses(case: Case, no_server: None) -> None:
    one, pauses = OutgoingMail.objects.get(), []
    for _ in range(10):
        assert deliver(one.pk) is False
        one.refresh_from_db()
        pauses.append(round((one.next_try_at - timezone.now()).total_seconds()))
    assert pauses[:4] == [30, 60, 120, 240]
    assert max(pauses) == 3600
    assert not waiting()
    OutgoingMail.objects.update(next_try_at=timezone.now())
    assert list(waiting()) == [one]


def test_a_mail_nobody_takes_becomes_a_task(case: Case, no_server: None) -> None:
    OutgoingMail.objects.update(attempts=mail.MAX_ATTEMPTS - 1)
    deliver(OutgoingMail.objects.get().pk)
    task = Task.objects.get()
    assert (task.kind, task.case, task.detail) == ("mail-failed", case, "code")
    assert AuditEntry.objects.get(action="mail.failed").data["kind"] == "code"
    OutgoingMail.objects.update(next_try_at=timezone.now())
    assert not waiting()


def test_an_address_no_server_can_take_stops_no_other_mail(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise UnicodeError("label empty or too long")

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    assert deliver(OutgoingMail.objects.get().pk) is False


# A request nobody proves


def aged(submission: Submission, by: timedelta) -> None:
    Submission.objects.update(created_at=timezone.now() - by)
    Case.objects.update(received_at=timezone.now() - by)


def test_what_belongs_to_no_request_is_emptied_when_it_fails(case: Case, no_server: None) -> None:
    one = mail.queue_to_visitor(
        case.operator,
        "draft_code",
        to="anna@example.com",
        language="sv",
        code="123456",
        minutes=20,
        draft=uuid4(),
    )
    old = OutgoingMail.objects.create(
        operator=case.operator, kind="draft_code", sealed=b"x", failed_at=timezone.now()
    )
    OutgoingMail.objects.filter(pk=one.pk).update(attempts=mail.MAX_ATTEMPTS - 1)
    deliver(one.pk)
    assert mail.forget_arrived() == 1, "those from before"
    failed = OutgoingMail.objects.filter(pk__in=(one.pk, old.pk), failed_at__isnull=False)
    assert [bytes(each.sealed) for each in failed] == [b"", b""]


def test_after_a_week_without_proof_one_reminder_goes_out(case: Case) -> None:
    assert unproven.remind() == 0
    aged(case.submission, WEEK)
    assert [unproven.remind(), unproven.remind()] == [1, 0]
    [written] = mails(case.submission, "proof")
    assert case.reference in written["body"]
    assert AuditEntry.objects.filter(action="proof.reminded").count() == 1


def test_who_has_proven_it_is_not_reminded(case: Case) -> None:
    prove(case.submission)
    aged(case.submission, WEEK)
    assert unproven.remind() == 0


def test_after_a_month_a_person_decides_whether_to_close(case: Case, staff: Callable[..., User]) -> None:
    assert unproven.hand_over_unproven() == 0
    aged(case.submission, MONTH)
    assert [unproven.hand_over_unproven(), unproven.hand_over_unproven()] == [1, 0]
    case.refresh_from_db()
    assert (case.stage, case.tasks.get().kind) == ("verification", UNPROVEN)
    unproven.close_unidentified(long_ago(case), reason="Nothing came.", by=staff("caseworker"))
    case.refresh_from_db()
    assert (case.outcome, case.tasks.count()) == ("unidentified", 0)
    assert len(mails(case.submission, "closed")) == 1


def test_a_late_proof_takes_the_task_away(case: Case) -> None:
    aged(case.submission, MONTH)
    unproven.hand_over_unproven()
    prove(case.submission)
    assert not case.tasks.exists()


def test_asking_again_pauses_the_clock_and_mails_where_to_prove_it(
    case: Case, staff: Callable[..., User]
) -> None:
    unproven.ask_for_proof(case, by=staff("caseworker"))
    assert case_clock.clock_of(case).due is None
    assert len(mails(case.submission, "proof")) == 1
    prove(case.submission)
    case.refresh_from_db()
    with pytest.raises(Refusal, match="wrong-stage"):
        unproven.ask_for_proof(case, by=staff("caseworker"))


def test_asking_too_late_does_not_stop_the_clock(case: Case, staff: Callable[..., User]) -> None:
    late = case.received_on - timedelta(days=20)
    Case.objects.update(received_on=late)
    case.clock_events.update(on=late)
    case.refresh_from_db()
    unproven.ask_for_proof(case, by=staff("caseworker"))
    assert case_clock.clock_of(case).due is not None


# More time


def test_an_extension_is_told_with_its_date_and_reason(case: Case, staff: Callable[..., User]) -> None:
    before = case.due_on
    case_clock.extend(
        case, ground="complexity", reason="Nine systems have to be searched.", by=staff("caseworker")
    )
    case.refresh_from_db()
    [written] = mails(case.submission, "extended")
    assert case.due_on > before + timedelta(days=50)
    assert "Nine systems have to be searched." in written["body"]
    assert str(case.due_on.year) in written["body"]
    assert case.reference in written["subject"]


@pytest.mark.parametrize(
    ("right", "reason", "code"),
    [("access", " ", "reason-needed"), ("marketing-objection", "x", "no-extension")],
)
def test_what_cannot_be_extended(
    ask: Callable[..., Case], staff: Callable[..., User], right: str, reason: str, code: str
) -> None:
    case = ask(right, proven=False)
    with pytest.raises(Refusal, match=code):
        case_clock.extend(case, ground="complexity", reason=reason, by=staff("caseworker"))
    assert mails(case.submission, "extended") == []


def test_extending_works_once_and_in_time(case: Case, staff: Callable[..., User]) -> None:
    case_clock.extend(case, ground="complexity", reason="x", by=staff("caseworker"))
    with pytest.raises(Refusal, match="extended-already"):
        case_clock.extend(case, ground="complexity", reason="x", by=staff("caseworker"))


def test_after_the_first_month_it_is_too_late(case: Case, staff: Callable[..., User]) -> None:
    long_ago = case.received_on - timedelta(days=60)
    Case.objects.update(received_on=long_ago)
    with pytest.raises(Refusal, match="extension-late"):
        case_clock.extend(case, ground="complexity", reason="x", by=staff("caseworker"))
