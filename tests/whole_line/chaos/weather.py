"""The faults, each for real, drawn by a seeded generator and counted; and the clock that runs twenty times as fast."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import psycopg
import redis
from django.db import models, transaction
from django.db.models import F

from cases.models import Action, Case, OutgoingMail, Run
from tests.whole_line.chaos.hurried import HASTE
from tests.whole_line.chaos.world import World

CLOCKS: tuple[tuple[type[models.Model], str], ...] = (
    (Case, "kicked_at"),
    (Run, "touched_at"),
    (Run, "next_try_at"),
    (Action, "next_try_at"),
    (OutgoingMail, "next_try_at"),
)


class Weather:
    """Strikes at random moments, and more likely the moment something has moved."""

    def __init__(self, seed: int, world: World) -> None:
        self.random = random.Random(seed)
        self.world = world
        self.counts: Counter[str] = Counter()
        self.next = 0.0
        self.pause = 1.0
        self.aged = time.monotonic()
        self.faults: dict[str, tuple[int, Callable[[], None]]] = {
            "worker child killed": (8, self._kill_child),
            "worker killed": (3, lambda: self.random.choice(self.world.workers).restart()),
            "beat killed": (1, self.world.beat.restart),
            "process frozen": (3, self._freeze),
            "connections cut": (4, lambda: self._cut("")),
            "source connections cut": (3, lambda: self._cut("crm")),
            "redis emptied": (4, self._empty),
            "redis restarted": (1, self._restart_redis),
            "postgres restarted": (1, self._restart_postgres),
            "postgres crashed": (1, self._crash_postgres),
            "source table locked": (2, lambda: self._lock("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")),
            "source rows locked": (2, lambda: self._lock("SELECT 1 FROM events FOR UPDATE")),
        }

    def gather(self) -> None:
        """A new round begins."""
        self.pause, self.next = 1.0, time.monotonic() + self.random.uniform(0, 2)

    def pass_on(self, moved: set[str]) -> None:
        """A moment goes by. ``moved``: stages that a case has just come to."""
        now = time.monotonic()
        self._supervise()
        if now - self.aged > 0.5:
            self._age(now - self.aged)
            self.aged = now
        if now > self.next or (moved and self.random.random() < 0.2):
            # Ever more seldom within a round: under a hail without end nothing would ever come to its end.
            self.pause *= 1.08
            self.next = now + self.random.expovariate(1 / self.pause)
            self.strike()

    def _supervise(self) -> None:
        """As in a deployment, what ends by itself is started again."""
        for process in (*self.world.workers, self.world.beat):
            if process.process.poll() is not None:
                process.restart()
                self.counts["ended by itself"] += 1

    def strike(self) -> None:
        weights = [weight for weight, _ in self.faults.values()]
        [name] = self.random.choices(list(self.faults), weights)
        self.faults[name][1]()
        self.counts[name] += 1

    def _age(self, seconds: float) -> None:
        """Stored moments move into the past. What somebody holds just now is left for the next time."""
        past = timedelta(seconds=seconds * (HASTE - 1))
        for model, field in CLOCKS:
            with transaction.atomic():
                free = model._default_manager.select_for_update(skip_locked=True).filter(
                    **{f"{field}__isnull": False}
                )
                keys = list(free.values_list("pk", flat=True))
                model._default_manager.filter(pk__in=keys).update(**{field: F(field) - past})

    def _kill_child(self) -> None:
        with suppress(OSError, IndexError):
            os.kill(self.random.choice(self.random.choice(self.world.workers).members()), signal.SIGKILL)

    def _freeze(self) -> None:
        """Stands still for a while, connections open, and then goes on as if nothing had been."""
        with suppress(OSError, IndexError):
            pids = self.random.choice(self.world.workers).members()
            pid = self.random.choice([*pids, self.world.broker.process.pid])  # type: ignore[union-attr]
            os.kill(pid, signal.SIGSTOP)
            threading.Timer(self.random.uniform(0.5, 8), _thaw, [pid]).start()

    def _cut(self, database: str) -> None:
        with psycopg.connect(self.world.postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND (%(name)s = '' OR datname = %(name)s)",
                {"name": database},
            )

    def _empty(self) -> None:
        with (
            redis.Redis.from_url(self.world.broker.url, socket_timeout=10) as client,
            suppress(redis.RedisError),
        ):
            client.flushall()

    def _restart_redis(self) -> None:
        _thaw(self.world.broker.process.pid)  # type: ignore[union-attr]
        self.world.broker.stop()
        self.world.broker.start()

    def _restart_postgres(self) -> None:
        self.world.postgres.stop()
        self.world.postgres.sockets.mkdir(parents=True, exist_ok=True)
        self.world.postgres.start()

    def _crash_postgres(self) -> None:
        """One server process dies, and with it all of them; the log is played back."""
        with psycopg.connect(self.world.postgres.url("postgres"), autocommit=True) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)

    def _lock(self, statement: str) -> None:
        """Somebody else's transaction, for a while."""
        threading.Thread(
            target=self._hold, args=[statement, self.random.uniform(0.5, 4)], daemon=True
        ).start()

    def _hold(self, statement: str, seconds: float) -> None:
        with suppress(psycopg.Error), psycopg.connect(self.world.postgres.url("crm")) as connection:
            connection.execute("SET lock_timeout = '5s'")
            connection.execute(statement)
            time.sleep(seconds)


def _thaw(pid: int) -> None:
    with suppress(OSError):
        os.kill(pid, signal.SIGCONT)
