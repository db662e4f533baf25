"""A dump as `pg_dump` writes it in plain form, read and run without PostgreSQL's own programs.

It is SQL, with the rows of a table between `COPY ... FROM stdin;` and `\\.`, a line a row, and here and there a line
for psql that begins with a backslash. It may be compressed with gzip.
"""

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.abc import Query

HEAD, END = b"-- PostgreSQL database dump\n", b"-- PostgreSQL database dump complete\n"
COPY = re.compile(rb"COPY (?:\w+\.)?(?P<table>\w+) \((?P<columns>.*)\) FROM stdin;\n")
ARCHIVE, GZIP = b"PGDMP", b"\x1f\x8b"
Cursor = psycopg.Cursor[tuple[Any, ...]]


class Unfit(Exception):
    """A dump that can't be loaded, in one sentence that says what to do."""


@contextmanager
def opened(path: Path) -> Iterator[Iterator[bytes]]:
    """The lines of a dump. Raises Unfit, now or while they are read, for what is none or is cut off."""
    try:
        with path.open("rb") as raw:
            start = raw.read(5)
            raw.seek(0)
            if start == ARCHIVE:
                raise Unfit(f"{path} is an archive; make it plain first: {_plainly(path)}")
            with gzip.open(raw) if start.startswith(GZIP) else raw as file:
                yield _whole(path, file)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise Unfit(f"{path} is cut off or damaged; take another copy") from None
    except OSError as error:
        raise Unfit(f"{path} can't be read: {error.strerror}") from None


def _plainly(path: Path) -> str:
    return f"pg_restore --no-owner --no-privileges -f {path.with_suffix('.sql').name} {path.name}"


def _whole(path: Path, lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines, from the head of a dump to its end."""
    begun = ended = False
    for number, line in enumerate(lines):
        begun = begun or line == HEAD
        if number > 5 and not begun:
            break
        ended = ended or line == END
        yield line
    if not begun:
        raise Unfit(f"{path} is no dump of pg_dump")
    if not ended:
        raise Unfit(f"{path} is cut off or damaged; take another copy")


def run(cursor: Cursor, lines: Iterator[bytes]) -> None:
    """Run a whole dump on an open transaction."""
    statements: list[bytes] = []
    for line in lines:
        if COPY.fullmatch(line):
            _execute(cursor, statements)
            copy(cursor, line, lines)
        elif not line.startswith(b"\\"):
            statements.append(line)
    _execute(cursor, statements)


def _execute(cursor: Cursor, statements: list[bytes]) -> None:
    cursor.execute(b"".join(statements))
    statements.clear()


def copy(cursor: Cursor, statement: Query, lines: Iterator[bytes]) -> None:
    """Send the rows that follow, up to their end."""
    with cursor.copy(statement) as rows:
        for line in lines:
            if line == b"\\.\n":
                return
            rows.write(line)
