"""Sending tasks to workers: each thing once, until a worker takes it or what was sent counts as lost.

A message is a hint; PostgreSQL remembers what is to be done, and beat asks again (`workflow`). Without a note of what
waits in the queue already, every asking adds another copy, and under a backlog the copies are most of the work.
"""

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from celery import Task, current_app
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from cases.casework import standstill
from cases.models import Dispatch, ErrandRun

log = structlog.get_logger()

# Where nobody can say what waits a note holds this long; an hour outlasts all but the longest of queues.
LEASE = timedelta(hours=1)
# What was sent this long before the oldest message of its queue, and has not begun, is lost: a queue keeps its order.
LOST_AFTER = timedelta(seconds=60)
# The header of a message that says when it was sent.
SENT = "sent"
# Of the workers with the key of secret orders (`CELERY_TASK_ROUTES`).
CLEARED_TASKS = "cases.cleared_tasks."
# A sweep stays short however long the backlog; the next one takes the rest.
AT_ONCE = 1000


class Sent(Task):  # type: ignore[type-arg]
    """A task about one thing, by its id. From the moment a worker takes it, it may be sent again."""

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:  # noqa: ARG002
        # Before the work and not after it: what happens meanwhile may need the task once more.
        Dispatch.objects.filter(task=self.name, subject=args[0]).delete()


class Errand(Task):  # type: ignore[type-arg]
    """A task of the clock's. That it ran is noted, so that it shows when the clock or every worker is silent."""

    def on_success(self, retval: Any, task_id: str, args: Any, kwargs: Any) -> None:  # noqa: ARG002
        ErrandRun.objects.update_or_create(task=self.name, defaults={"ran_at": timezone.now()})


def send(task: str, subject: int) -> bool:
    """Hand a task to a worker, unless one that nobody took yet waits. Returns whether a message went out.

    A broker that is away is no error: what was asked stands in PostgreSQL. So does a deed that waits for the
    desk's release.
    """
    if _held_back(task) or not _lease(task, subject):
        return False
    try:
        current_app.send_task(task, args=[subject], headers={SENT: time.time()})
    except (OSError, OperationalError):
        # Taken back, or the thing would wait out the lease of a message that nobody has.
        Dispatch.objects.filter(task=task, subject=subject).delete()
        log.warning("task.not-sent", task=task)
        return False
    return True


def send_all(task: str, subjects: Iterable[int]) -> None:
    for subject in subjects:
        send(task, subject)


def unsent(task: str, due: QuerySet[Any], *, by: str = "pk") -> list[int]:
    """The first of these, by the id in the field ``by``, of which no message waits. They come in the query's order.

    None while the task is held back: nobody is to note them as sent.
    """
    if _held_back(task):
        return []
    waiting = Dispatch.objects.filter(task=task, sent_at__gt=timezone.now() - LEASE).values("subject")
    return list(due.exclude(**{f"{by}__in": waiting}).values_list(by, flat=True)[:AT_ONCE])


def forget_lost() -> None:
    """What was sent a while before all that waits in its queue, and has not begun, may go again.

    Not so for cleared workers, who may be away for long while errands of the clock pile up: what was sent to them waits
    out its lease.
    """
    since = _waiting_since()
    for task in (
        Dispatch.objects.exclude(task__startswith=CLEARED_TASKS).values_list("task", flat=True).distinct()
    ):
        if (oldest := since.get(_queue_of(task))) is not None:
            Dispatch.objects.filter(task=task, sent_at__lt=oldest - LOST_AFTER).delete()


def _held_back(task: str) -> bool:
    return task in standstill.TASKS and standstill.is_on()


def _lease(task: str, subject: int) -> bool:
    """One statement, so that two who send at the same moment do not both send."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into cases_dispatch (task, subject, sent_at) values (%s, %s, now())"
            " on conflict (task, subject) do update set sent_at = now()"
            " where cases_dispatch.sent_at < %s returning subject",
            [task, subject, timezone.now() - LEASE],
        )
        return cursor.fetchone() is not None


def _queue_of(task: str) -> str:
    route: dict[str, Any] = current_app.amqp.router.route({}, task)
    return str(route["queue"].name)


def _waiting_since() -> dict[str, datetime]:
    """When the oldest message of each queue was sent, now where it is empty.

    A queue is left out where its oldest message does not say, and all are where the broker is away: then nobody knows,
    and nothing could be sent.
    """
    try:
        with current_app.connection_for_read() as broker:
            channel: Any = broker.default_channel
            found = {name: _sent_at(channel.client.lindex(name, -1)) for name in current_app.amqp.queues}
    except (OSError, OperationalError, RedisError):
        return {}
    return {name: sent for name, sent in found.items() if sent is not None}


def _sent_at(message: bytes | None) -> datetime | None:
    if message is None:
        return timezone.now()
    sent = json.loads(message)["headers"].get(SENT)
    return datetime.fromtimestamp(sent, UTC) if sent else None
