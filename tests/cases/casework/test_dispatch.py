"""A task is sent once until a worker takes it; a lost message is sent again; nobody's mail waits for another's."""

import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.core import mail as outbox
from django.utils import timezone

from cases import tasks
from cases.casework.dispatch import LEASE, LOST_AFTER, SENT, forget_lost, send
from cases.models import Case, Dispatch, OutgoingMail, Run, Task, TextMessage
from cases.models.case import Stage

pytestmark = pytest.mark.django_db
PAGE = "cases.tasks.collect_page"


def queued(broker: redis.Redis, *queues: str) -> Counter[tuple[str, int]]:
    """How often each (task, id) waits."""
    found = Counter[tuple[str, int]]()
    for queue in queues or ("celery", "mail", "recipients", "texts"):
        for message in broker.lrange(queue, 0, -1):
            headers = json.loads(message)["headers"]
            found[headers["task"], json.loads(headers["argsrepr"])[0]] += 1
    return found


def test_what_waits_in_the_queue_is_not_sent_again(broker: redis.Redis) -> None:
    assert [send(PAGE, 7), send(PAGE, 7), send(PAGE, 8)] == [True, False, True]
    assert queued(broker) == {(PAGE, 7): 1, (PAGE, 8): 1}


def test_what_a_worker_has_taken_may_be_sent_again(broker: redis.Redis) -> None:
    send("cases.tasks.match", 7)
    tasks.match.before_start("", [7], {})
    assert send("cases.tasks.match", 7) is True


def test_a_broker_that_is_away_leaves_no_note_of_having_been_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr("celery.current_app.send_task", away)
    assert send(PAGE, 7) is False
    assert not Dispatch.objects.exists()


def test_a_lost_message_is_sent_again_once_the_queues_are_empty(broker: redis.Redis) -> None:
    send(PAGE, 7)
    broker.flushdb()
    Dispatch.objects.update(sent_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    forget_lost()
    assert send(PAGE, 7) is True


def test_errands_that_pile_up_for_cleared_workers_hold_up_nobody(broker: redis.Redis) -> None:
    execute = "cases.cleared_tasks.execute"
    send(PAGE, 7)
    send(execute, 7)
    broker.delete("celery")
    current_app.send_task("cases.cleared_tasks.erase_due", queue="cleared_clock")
    Dispatch.objects.update(sent_at=timezone.now() - LOST_AFTER - timedelta(seconds=1))
    forget_lost()
    assert [send(PAGE, 7), send(execute, 7)] == [True, False]


def test_a_message_lost_among_others_is_sent_again_once_those_before_it_have_begun(
    broker: redis.Redis,
) -> None:
    earlier = timezone.now() - LOST_AFTER - timedelta(seconds=1)
    send(PAGE, 7)
    broker.delete("celery")
    send(PAGE, 8)
    Dispatch.objects.filter(subject=7).update(sent_at=earlier)
    forget_lost()
    assert [send(PAGE, 7), send(PAGE, 8)] == [True, False]


def test_what_waits_behind_an_older_message_is_not_lost_however_long_it_waits(broker: redis.Redis) -> None:
    current_app.send_task(PAGE, args=[7], headers={SENT: time.time() - 2 * LEASE.total_seconds()})
    # It was sent again meanwhile, after its lease: the note is younger than the message that waits.
    send(PAGE, 7)
    send(PAGE, 8)
    Dispatch.objects.filter(subject=8).update(sent_at=timezone.now() - LEASE + timedelta(minutes=1))
    forget_lost()
    assert send(PAGE, 8) is False


def test_in_a_queue_that_does_not_say_since_when_nothing_counts_as_lost_before_its_hour_is_over(
    broker: redis.Redis,
) -> None:
    current_app.send_task("cases.tasks.sweep", queue="celery")
    send(PAGE, 7)
    Dispatch.objects.update(sent_at=timezone.now() - LEASE + timedelta(minutes=1))
    forget_lost()
    assert send(PAGE, 7) is False
    Dispatch.objects.update(sent_at=timezone.now() - LEASE)
    assert send(PAGE, 7) is True


def test_a_backlog_is_swept_again_and_again_without_a_copy(
    broker: redis.Redis, ask: Callable[..., Case]
) -> None:
    cases = [ask("access") for _ in range(3)]
    Case.objects.update(stage=Stage.COLLECTION)
    places = [(case, number) for case in cases for number in range(40)]
    Run.objects.bulk_create(
        Run(case=case, source="crm", collection=f"c{number}", category="account") for case, number in places
    )
    for _ in range(5):
        Case.objects.update(kicked_at=timezone.now() - timedelta(hours=1))
        Run.objects.update(touched_at=timezone.now() - timedelta(hours=1))
        tasks.sweep()
    waiting = queued(broker)
    assert sum(1 for task, _ in waiting if task == PAGE) == 120
    assert set(waiting.values()) == {1}


def test_errands_of_the_clock_end_when_the_next_one_is_due() -> None:
    for name, errand in settings.CELERY_BEAT_SCHEDULE.items():
        # A mail server that does not answer holds the mailer, which waits for such servers anyhow.
        # What asks every order goes to those who have the key of them.
        cleared = {"erase-due", "purge", "ask-after-erasures-cleared"}
        queue = "mail" if name == "read-bounces" else "cleared_clock" if name in cleared else "clock"
        assert errand["options"] == {"queue": queue, "expires": errand["schedule"]}


def test_mail_waits_in_a_queue_of_its_own(broker: redis.Redis, ask: Callable[..., Case]) -> None:
    ask("access", proven=False)
    waiting = OutgoingMail.objects.get()
    tasks.send_waiting_mail()
    assert queued(broker, "mail") == {("cases.tasks.send_mail", waiting.pk): 1}
    assert broker.llen("celery") == 0


def test_a_slow_recipient_holds_nobodys_mail(broker: redis.Redis) -> None:
    send("cases.tasks.tell_recipient", 7)
    assert queued(broker, "recipients") == {("cases.tasks.tell_recipient", 7): 1}
    assert broker.llen("mail") == 0


def test_a_slow_gateway_holds_nobodys_mail_and_beat_sends_what_was_lost(
    broker: redis.Redis, ask: Callable[..., Case]
) -> None:
    submission = ask("access", proven=False).submission
    OutgoingMail.objects.all().delete()
    message = TextMessage.objects.create(submission=submission, number_digest="x", sealed=b"x")
    tasks.send_waiting_mail()
    assert queued(broker) == {("cases.tasks.send_text", message.pk): 1}
    assert broker.llen("texts") == 1


def test_a_mail_nobody_can_read_is_a_task_and_the_next_one_goes_out(ask: Callable[..., Case]) -> None:
    for _ in range(2):
        ask("access", proven=False)
    broken, whole = OutgoingMail.objects.order_by("pk")
    OutgoingMail.objects.filter(pk=broken.pk).update(sealed=b"damaged")
    for mail in (broken, whole):
        tasks.send_mail(mail.pk)
    broken.refresh_from_db()
    assert (broken.failed_at is None, broken.sent_at, len(outbox.outbox)) == (False, None, 1)
    assert Task.objects.filter(kind="mail-failed", case__submission=broken.submission).exists()
