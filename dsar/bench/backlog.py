"""Many proven cases at once, swept as beat does: how many messages that makes, and copies of one of them."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from django.db import close_old_connections
from django.utils import timezone

from cases.models import Case
from cases.models.case import Stage
from cases.tasks import sweep
from dsar.bench import world
from dsar.bench.measures import crm, numbers, timed, wait_until
from dsar.bench.workers import workers
from dsar.celery import app

PAGE = "cases.tasks.collect_page"
SWEEP = 10  # seconds, as beat does


@dataclass(frozen=True)
class Backlog:
    """Seconds until all are ready for review, messages that workers took, the most of them about one run."""

    seconds: float
    messages: int
    copies: int


def backlog(cases: int, jobs: int) -> Backlog:
    """So many customers of ten rows each, whose runs have one page and need one message."""
    with crm() as connection:
        asked = [_asked(connection) for _ in range(cases)]
    # The queue is empty now, as after a broker was lost: a sweep finds all that waits.
    with workers(jobs), _counted() as taken:
        seconds = timed(lambda: _worked(asked))
    close_old_connections()
    copies = max((times for (task, _), times in taken.items() if task == PAGE), default=0)
    return Backlog(seconds, taken.total(), copies)


def _asked(connection: psycopg.Connection) -> int:
    number = next(numbers)
    customer = world.add_customer(connection, number)
    query = world.ROW.format(first=number * 10_000_000, customer=customer, step=9000)
    connection.execute(f"INSERT INTO traffic {query} FROM generate_series(1::bigint, 10) n")
    return world.proven(number)


def _worked(asked: list[int]) -> None:
    Case.objects.filter(pk__in=asked).update(kicked_at=timezone.now() - timedelta(hours=1))
    elsewhere, swept = Case.objects.filter(pk__in=asked).exclude(stage=Stage.DECISIONS), 0.0

    def done() -> bool:
        nonlocal swept
        if time.monotonic() > swept + SWEEP:
            sweep()
            swept = time.monotonic()
        return not elsewhere.exists()

    wait_until(done)


@contextmanager
def _counted() -> Iterator[Counter[tuple[str, str]]]:
    """How often workers were handed each task, by its name and what it is about."""
    taken, stop = Counter[tuple[str, str]](), threading.Event()

    def note(event: dict[str, Any]) -> None:
        taken[event["name"], event["args"]] += 1

    def listen() -> None:
        with app.connection_for_read() as connection:
            receiver = app.events.Receiver(connection, handlers={"task-received": note})
            with receiver.get_consumers(connection.Consumer, connection.default_channel)[0]:
                while not stop.is_set():
                    with suppress(TimeoutError):
                        connection.drain_events(timeout=1)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    time.sleep(0.5)  # until it listens
    yield taken
    time.sleep(1)
    stop.set()
    thread.join(5)
