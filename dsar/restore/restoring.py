"""A restore: everything in one transaction, so that nobody ever sees the restored tables without the desk held back.

What a worker finds is an empty database, or a whole one that stands still. A restore that breaks off leaves nothing.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psycopg
import structlog
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Max

from cases.casework import audit, standstill
from cases.models import AuditEntry, Case, Dispatch, Operator, Standstill, WrappedKey
from dsar.restore import keys, script
from dsar.restore.script import Cursor, Unfit, opened

log = structlog.get_logger()

# An id that was given after the backup is never given again: it stands in a link somebody got, in the vault, in another
# system's list of what it has done already. More than a month of the largest operator's.
LEAP = 10_000_000
ONWARD = b"""
SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, coalesce(last_value, 0) + %s)
    FROM pg_sequences WHERE schemaname = 'public' AND data_type = 'bigint'::regtype
"""


@dataclass(frozen=True)
class Restored:
    """What is there now. ``anew`` is False where the rows were there already, and only keys were looked for."""

    standing: Standstill
    anew: bool
    cases: int
    keys: int
    destroyed: int


@transaction.atomic
def restore(dump: Path, key_dump: Path | None) -> Restored:
    """Load both dumps and hold the desk back; the same dump again looks for keys only. Raises Unfit."""
    sha256, anew = _sha256(dump), _is_empty()
    earlier = None if anew else _same_restore(sha256)
    if anew:
        _load(dump)
    unknown = keys.load(_cursor(), key_dump) if key_dump else []
    keys.check_master_key()
    keys.check_orders_key()
    standing = _add_to(earlier, unknown) if earlier else _hold_back(sha256, unknown)
    there = WrappedKey.objects.exclude(public=keys.LOST)
    return Restored(
        standing, anew, Case.objects.count(), there.count(), there.exclude(destroyed_at=None).count()
    )


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unfit(f"{path} can't be read: {error.strerror}") from None


def _cursor() -> Cursor:
    """Django's own connection, as the driver has it: Django's cursor can't copy, and reads % as its own."""
    connection.ensure_connection()
    return cast("psycopg.Connection[tuple[Any, ...]]", connection.connection).cursor()


def _is_empty() -> bool:
    return not connection.introspection.table_names()


def _same_restore(sha256: str) -> Standstill:
    """What holds the desk back already. Raises Unfit for tables that no restore made, and for those of another dump."""
    name = connection.settings_dict["NAME"]
    tables = connection.introspection.table_names()
    standing = standstill.current() if Standstill._meta.db_table in tables else None
    if standing is None:
        raise Unfit(f"the database {name} is not empty; drop it and create it anew, then restore")
    if standing.dump != sha256:
        raise Unfit(
            f"the database {name} was restored from another dump; drop it and create it anew, then restore"
        )
    return standing


def _load(dump: Path) -> None:
    """The tables as they were, brought to this version of the desk."""
    cursor = _cursor()
    with opened(dump) as lines:
        try:
            script.run(cursor, lines)
        except psycopg.Error as error:
            raise Unfit(
                f"{dump} can't be loaded: {error.diag.message_primary or type(error).__name__}"
            ) from None
    # The dump has settings of its own for the length of its run.
    cursor.execute("RESET ALL")
    connection.ensure_timezone()
    if Case._meta.db_table not in connection.introspection.table_names():
        raise Unfit(f"{dump} holds no desk; the first file is the dump of everything but the keys")
    cursor.execute(ONWARD, [LEAP])
    call_command("migrate", verbosity=0, interactive=False)


def _hold_back(sha256: str, unknown: list[int]) -> Standstill:
    # The desk may have stood still when it was dumped.
    Standstill.objects.filter(released_at=None).delete()
    # What was sent to workers before the loss may wait in no queue any more: nothing is to count as sent.
    Dispatch.objects.all().delete()
    last = AuditEntry.objects.aggregate(last=Max("at"))["last"]
    standing = Standstill.objects.create(
        dump=sha256, knows_until=last, unknown_cases=unknown, locked_cases=keys.note_lost()
    )
    for operator in Operator.objects.order_by("pk"):
        # In both streams: each has checkpoints that speak of what was lost.
        for stream in audit.STREAMS:
            audit.record(operator, "desk.restored", by=audit.SYSTEM, stream=stream, sha256=sha256)
    log.warning("desk.restored", unknown=len(unknown), locked=len(standing.locked_cases))
    return standing


def _add_to(standing: Standstill, unknown: list[int]) -> Standstill:
    standing.unknown_cases = sorted({*standing.unknown_cases, *unknown})
    standing.locked_cases = keys.note_lost()
    standing.save(update_fields=["unknown_cases", "locked_cases"])
    return standing
