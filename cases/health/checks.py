"""Whether what the desk needs answers, and whether what should go on by itself does.

A fault is a code, and what to do about it stands in `words`. Nothing here repeats what a driver says: it may have a
password or a person's address in it.
"""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from redis import Redis, RedisError
from redis.exceptions import OutOfMemoryError, ReadOnlyError

from cases.casework.record import anchoring
from cases.health import key_marks, waiting
from cases.sealed import faults, vault

PATIENCE = 3  # seconds
# Whoever asks in vain asks again soon, and each of these costs a connection or a file.
KEPT = 15  # seconds
# The largest file that may be handed in (docs/deploy.md); with less room some answers can't be written.
ROOM = 500_000_000  # bytes
BEAT_SILENT = timedelta(minutes=2)
MAIL_STUCK = timedelta(hours=1)
WORK_STUCK = timedelta(minutes=30)
ANCHOR_LATE = timedelta(seconds=7500)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Check:
    """What was looked at, and the code of what is wrong with it; "" where it is well. ``detail``: a name, a number."""

    name: str
    fault: str = ""
    detail: str = ""

    @property
    def is_well(self) -> bool:
        return not self.fault


def needs() -> list[Check]:
    """What no work goes on without: database, migrations, keys, queue, vault, mail server."""
    database = _database()
    stored = [_kept("migrations", _migrations), _kept("keys", _keys)] if database.is_well else []
    return [database, *stored, _redis(), _kept("vault", _vault), _kept("mail", _mail)]


def all_checks() -> list[Check]:
    """The same, and whether what runs by itself does."""
    needed = needs()
    return [*needed, *_running()] if needed[0].is_well else needed


_found: dict[str, tuple[float, Check]] = {}


def _kept(name: str, look: Callable[[], Check]) -> Check:
    until, found = _found.get(name, (0.0, Check(name)))
    if monotonic() >= until:
        found = look()
        _found[name] = (monotonic() + KEPT, found)
    return found


def forget() -> None:
    """Look anew, whatever was found a moment ago."""
    _found.clear()


def _database() -> Check:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return Check("database", "away")
    return Check("database")


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Check("migrations", "missing", str(len(missing))) if missing else Check("migrations")


def _keys() -> Check:
    foreign = key_marks.foreign()
    return Check("keys", "foreign", ", ".join(foreign)) if foreign else Check("keys")


def _redis() -> Check:
    """Full is as bad as away: a worker can't be told anything."""
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE
        ) as redis:
            redis.set("dsar:ready", 1, ex=60)
    except OutOfMemoryError:
        return Check("redis", "full")
    except ReadOnlyError:
        return Check("redis", "read-only")
    except (RedisError, OSError):
        return Check("redis", "away")
    return Check("redis")


def _vault() -> Check:
    try:
        vault.probe()
    except faults.ERRORS as error:
        code, detail = faults.fault(error) or (faults.AWAY, type(error).__name__)
        return Check("vault", code.removeprefix("vault-"), detail)
    free = vault.room()
    if free is not None and free < ROOM:
        return Check("vault", "little-room", f"{free // 1_000_000} MB")
    return Check("vault")


def _mail() -> Check:
    try:
        with closing(get_connection(timeout=PATIENCE)) as server:
            server.open()
    except smtplib.SMTPAuthenticationError:
        return Check("mail", "sign-in")
    except (OSError, smtplib.SMTPException):
        return Check("mail", "away")
    return Check("mail")


def _running() -> Iterator[Check]:
    yield _if_older("beat", "silent", waiting.last_tick() or LONG_AGO, BEAT_SILENT)
    yield _if_older("workers", "behind", waiting.oldest_message(), WORK_STUCK)
    yield _if_older("mails", "stuck", waiting.oldest_mail(), MAIL_STUCK)
    late = (anchoring.age() or timedelta()) > ANCHOR_LATE
    yield Check("anchors", "missing" if late else "")
    failing = waiting.failing_sources()
    yield Check("sources", "failing", str(failing)) if failing else Check("sources")


def _if_older(name: str, fault: str, since: datetime | None, bound: timedelta) -> Check:
    if since is None or timezone.now() - since <= bound:
        return Check(name)
    return Check(name, fault, "" if since == LONG_AGO else f"{since:%Y-%m-%d %H:%M} UTC")
