"""What lies in the vault held against the rows that speak of it: files of no row, and rows whose file is gone.

Names go by one at a time and are remembered in a temporary file, however many there are.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from cases.execution.erasure.schedule import secret_file
from cases.models import Chunk, HandedFile, Leftover, Operator, Paper, Restriction, ScheduledErasure
from cases.models.secrecy import Kind
from cases.rows.chunks import KEYS
from cases.sealed import orders_key, secrets, vault
from exports.answer.tries import course
from exports.models import Annex, Answer, CutFile, Transfer

# What is younger may be on its way: a file comes before the transaction with its row ends.
DAY = timedelta(days=1)
SECRET = "orders/"  # noqa: S105 - a folder


@dataclass(frozen=True)
class Apart:
    """A file of which no row speaks (``row`` is empty), or a row, by its table and number, whose file is gone."""

    file: str
    row: str = ""


class _Names:
    """The vault's files, in a file of its own: when each was stored, and whether a row speaks of it."""

    def __init__(self) -> None:
        # Without a name it is a temporary file, gone when it is closed.
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
            "CREATE TABLE names (name TEXT PRIMARY KEY, at REAL, told INTEGER) WITHOUT ROWID; BEGIN"
        )
        self.close = self._file.close

    def add(self, name: str, at: datetime) -> None:
        self._file.execute("INSERT OR IGNORE INTO names VALUES (?, ?, 0)", [name, at.timestamp()])

    def tell(self, name: str) -> bool:
        """A row speaks of this one, and so of what may lie beside it. Whether it is there."""
        told = "UPDATE names SET told = 1 WHERE name = ?"
        self._file.execute(told, [name + KEYS])
        return self._file.execute(told, [name]).rowcount > 0

    def untold(self, *, before: datetime) -> Iterator[str]:
        which = "SELECT name FROM names WHERE told = 0 AND at < ? ORDER BY name"
        for (name,) in self._file.execute(which, [before.timestamp()]):
            yield name


def apart() -> Iterator[Apart]:
    """All that does not fit. Safe while the desk works. What is under secret orders only in a cleared process.

    Raises one of `faults.ERRORS` where the vault can't be read.
    """
    with closing(_Names()) as there:
        # Files before rows: what is written meanwhile has its file by then.
        for name, stored_at in vault.names():
            there.add(name, stored_at)
        for row, name in _told():
            if not there.tell(name) and not vault.storage().exists(name) and _speaks(row, name):
                yield Apart(name, f"{row._meta.label} {row.pk}")
        old = there.untold(before=timezone.now() - DAY)
        yield from (Apart(name) for name in old if _is_of_nobody(name))


def _rows() -> Iterator[tuple[QuerySet[Any], str]]:
    """Rows that have a file, and the attribute that says which."""
    for model in (Chunk, HandedFile, CutFile, Paper, Annex):
        yield model._default_manager.exclude(name=""), "name"
    yield ScheduledErasure.objects.filter(erased_at=None), "name"
    yield Restriction.objects.filter(lifted_at=None), "name"
    for field in ("name", "letter_name", "receipt_name"):
        yield Answer.objects.exclude(**{field: ""}), field
    yield (
        Answer.objects.filter(transfer__in=Transfer.objects.filter(sent_at=None, given_up_at=None)),
        "parcel_name",
    )


def _told() -> Iterator[tuple[Any, str]]:
    for rows, field in _rows():
        if rows.model is not Annex or orders_key.is_at_hand():
            for row in rows.order_by("pk").iterator(chunk_size=1000):
                yield row, getattr(row, field)
    if orders_key.is_at_hand():
        for operator in Operator.objects.all():
            for one in secrets.every(ScheduledErasure, Kind.ERASURE, [operator.pk]):
                yield one, secret_file(one.name)


def _speaks(row: Any, name: str) -> bool:
    """Whether it still does: the file may have gone with it a moment ago."""
    if name.startswith(SECRET) and isinstance(row, ScheduledErasure):
        return secrets.one(ScheduledErasure, Kind.ERASURE, row.pk) is not None
    for rows, field in _rows():
        now = rows.filter(pk=row.pk).first() if rows.model is type(row) else None
        if now is not None and getattr(now, field) == name:
            return True
    return False


def _is_of_nobody(name: str) -> bool:
    if name.startswith(SECRET) and not orders_key.is_at_hand():
        return False
    folders = [f"{one}/" for one in PurePosixPath(name).parents if one.name]
    # The desk knows that it has to go, or keeps it beside an answer that is being written.
    if Leftover.objects.filter(name__in=[name, *folders]).exists() or _is_being_written(name):
        return False
    return vault.storage().exists(name)


def _is_being_written(name: str) -> bool:
    case = re.match(r"cases/(\d+)/package/", name)
    if case is None:
        return False
    building = Answer.objects.filter(status=Answer.Status.BUILDING, case_id=int(case[1]))
    return any(name.startswith(course.folder_of(answer)) for answer in building)
