"""What comes back is shown on the case at once, whatever else lies in the mailbox; and a bounce can do no more."""

from collections.abc import Callable
from typing import Any

import pytest
import structlog
from django.core import mail as outbox
from django.utils import timezone

from cases.casework import mail
from cases.casework.bounces import mailbox, reading, tokens
from cases.models import AuditEntry, Bounce, Case, OutgoingMail, Standstill, Task, User
from tests.cases.casework.bounces.post_office import ImapServer, report

pytestmark = pytest.mark.django_db


def verp(mail: OutgoingMail) -> str:
    return tokens.return_path(mail)


def test_the_envelope_and_the_message_id_name_the_mail_and_nothing_of_the_person(sent: OutgoingMail) -> None:
    [message] = outbox.outbox
    local, _at, domain = message.from_email.partition("@")
    assert domain == "desk.example"
    assert local == f"bounces+{tokens.token(sent)}"
    assert message.message()["Message-ID"] == f"<{tokens.token(sent)}@localhost>"
    assert message.message()["From"].startswith("Tele2 <")
    assert "anna" not in message.from_email
    assert sent.case is None or sent.case.reference not in message.from_email


def test_without_a_mailbox_for_bounces_mails_go_out_as_ever(ask: Callable[..., Case]) -> None:
    case = ask("access", proven=False)
    mail.deliver(case.submission.mails.get().pk)
    assert "bounces" not in outbox.outbox[0].from_email
    assert reading.read_mailbox() == 0


def test_what_came_back_is_a_task_on_the_case(box: ImapServer, sent: OutgoingMail) -> None:
    box.put(report(verp(sent)))
    assert reading.read_mailbox() == 1
    task = Task.objects.get()
    assert (task.kind, task.detail, task.case.submission) == ("mail-failed", "receipt", sent.submission)
    entry = AuditEntry.objects.get(action="mail.failed")
    assert (entry.data["how"], entry.data["status"]) == ("bounced", "5.1.1")
    assert (box.count(), box.count(mailbox.APART)) == (0, 0)


def test_a_mail_about_one_of_several_cases_is_a_task_on_that_one(
    box: ImapServer, ask_together: Callable[..., list[Case]]
) -> None:
    first, second = ask_together("access", "portability")
    for case in (first, second):
        queued = mail.queue(case.submission, "letter", to="anna@example.com", case=case)
        mail.deliver(queued.pk)
    box.put(report(verp(OutgoingMail.objects.get(kind="letter", case=first))))
    reading.read_mailbox()
    assert Task.objects.get().case == first


def test_a_server_that_drops_the_plus_is_understood_by_the_message_id(
    box: ImapServer, sent: OutgoingMail
) -> None:
    head = f"Subject: x\nMessage-ID: <{tokens.token(sent)}@localhost>"
    box.put(report("bounces@desk.example", returned=head))
    reading.read_mailbox()
    assert Task.objects.count() == 1


def test_read_twice_it_is_one_task(box: ImapServer, sent: OutgoingMail) -> None:
    message = report(verp(sent))
    assert [reading.note(message), reading.note(message)] == [True, True]
    # Another server tells of the same mail.
    reading.note(report(verp(sent), by="relay.example"))
    assert (Task.objects.count(), AuditEntry.objects.filter(action="mail.failed").count()) == (1, 1)


def test_a_task_that_is_done_is_not_opened_again(
    box: ImapServer, sent: OutgoingMail, staff: Callable[..., User]
) -> None:
    reading.note(report(verp(sent)))
    Task.objects.update(done_at=timezone.now(), done_by=staff("caseworker"))
    reading.note(report(verp(sent)))
    assert not Task.objects.filter(done_at=None).exists()


def test_a_delay_is_no_failure(box: ImapServer, sent: OutgoingMail) -> None:
    box.put(report(verp(sent), action="delayed", status="4.4.1"))
    assert reading.read_mailbox() == 1
    assert (Task.objects.count(), box.count(), box.count(mailbox.APART)) == (0, 0, 0)


def test_what_nobody_can_tie_is_set_apart_and_counted_and_stops_nothing(
    box: ImapServer, sent: OutgoingMail
) -> None:
    box.put(b"Subject: I am away\r\n\r\nUntil Monday.\r\n")
    box.put(b"\xff\xfe not a mail at all\r\n\r\n")
    box.put(report("bounces+1-00000000000000000000@desk.example"))
    box.put(report(verp(sent)))
    with structlog.testing.capture_logs() as logs:
        assert reading.read_mailbox() == 4
    assert (Task.objects.count(), box.count(), box.count(mailbox.APART)) == (1, 0, 3)
    assert Bounce.objects.filter(mail=None).count() == 3
    assert [entry["event"] for entry in logs].count("bounces.untied") == 3
    assert "Monday" not in str(logs)


def test_a_forged_key_ties_nothing(box: ImapServer, sent: OutgoingMail) -> None:
    row, _hyphen, key = tokens.token(sent).partition("-")
    forged = f"{row}-{'0' * len(key)}"
    assert not reading.note(report(f"bounces+{forged}@desk.example"))
    assert not reading.note(report(f"bounces+fffffffffffffff-{key}@desk.example"))
    assert not Task.objects.exists()


def test_a_bounce_forged_by_whoever_got_the_mail_only_opens_a_task(
    box: ImapServer, sent: OutgoingMail
) -> None:
    case = Case.objects.get()
    before = (case.stage, case.due_on, bytes(case.file_sealed), case.submission.mailbox_digest)
    reading.note(report(verp(sent)))
    case.refresh_from_db()
    assert (case.stage, case.due_on, bytes(case.file_sealed), case.submission.mailbox_digest) == before
    assert not OutgoingMail.objects.filter(pk__gt=sent.pk).exists()
    assert Task.objects.count() == 1


def test_a_report_about_a_mail_that_never_went_out_is_nothing(
    box: ImapServer, ask: Callable[..., Case]
) -> None:
    waits = ask("access", proven=False).submission.mails.get()
    assert reading.note(report(verp(waits)))
    waits.refresh_from_db()
    assert (waits.failed_at, Task.objects.count()) == (None, 0)


def test_a_long_message_is_read_as_far_as_a_report_reaches(box: ImapServer, sent: OutgoingMail) -> None:
    box.put(report(verp(sent), returned="X-Filler: " + "x" * 900_000))
    reading.read_mailbox()
    assert Task.objects.count() == 1


def test_a_full_mailbox_is_read_a_part_at_a_time(
    box: ImapServer, sent: OutgoingMail, monkeypatch: Any
) -> None:
    monkeypatch.setattr(mailbox, "AT_ONCE", 2)
    for number in range(3):
        box.put(f"Subject: {number}\r\n\r\nx\r\n".encode())
    assert [reading.read_mailbox() for _ in range(3)] == [2, 1, 0]


def test_a_server_that_is_away_or_lets_nobody_in_is_told_and_asked_again(
    box: ImapServer, settings: Any
) -> None:
    for wrong in ({"password": "wrong"}, {"port": 1}, {"folder": "nowhere"}):
        settings.BOUNCE_MAILBOX = settings.BOUNCE_MAILBOX | wrong
        with structlog.testing.capture_logs() as logs:
            assert reading.read_mailbox() == 0
        assert [entry["event"] for entry in logs] == ["bounces.unreachable"]


def test_a_desk_that_is_held_back_reads_no_bounces(box: ImapServer, sent: OutgoingMail) -> None:
    box.put(report(verp(sent)))
    Standstill.objects.create(dump="0" * 64)
    assert reading.read_mailbox() == 0
    assert box.count() == 1


# What may come back is kept until it no longer does


def test_it_is_kept_sealed_while_it_may_come_back(sent: OutgoingMail) -> None:
    assert sent.sealed != b""
    assert mail.forget_arrived() == 0
    OutgoingMail.objects.update(sent_at=timezone.now() - mail.MAY_COME_BACK * 1.01)
    assert mail.forget_arrived() >= 1
    sent.refresh_from_db()
    assert sent.sealed == b""


def test_a_code_is_emptied_at_once(box: ImapServer, ask: Callable[..., Case]) -> None:
    code = ask("access", proven=False).submission.mails.get()
    mail.deliver(code.pk)
    code.refresh_from_db()
    assert code.sealed == b""


def test_what_came_back_goes_to_another_address_once(sent: OutgoingMail) -> None:
    reading.note(report(verp(sent)))
    assert mail.send_again(sent.submission, to="anna@new.example") == 1
    again = OutgoingMail.objects.latest("pk")
    assert (again.kind, Task.objects.count()) == ("receipt", 0)
    mail.deliver(again.pk)
    assert outbox.outbox[-1].to == ["anna@new.example"]
    assert mail.send_again(sent.submission, to="anna@other.example") == 0
