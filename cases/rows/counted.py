"""How many rows of a chunk have the same marks: counted when they are gathered, and sealed beside where they lie.

What judges rows by the million judges some hundred marks instead. Only ever a copy of what the chunk says: counts that
were made under another configuration of the source, or before somebody found whose a number was, are made again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from types import NoneType
from typing import Any

import zstandard

from cases.models import Chunk, Run
from cases.models.keys import KeyUse
from cases.rows import chunks
from cases.rows.marks import Marks, described, marks_reader
from cases.rows.uses import use_columns
from cases.sealed import vault
from cases.sources.configured import collection_of
from cases.sources.local_days import local_days
from connectors.contract.base import SourceError
from connectors.rows.graph import parsed_pages
from connectors.rows.hours import CLOCK, FIRST, LAST, apart
from connectors.rows.jsonline import exactly, read_exactly
from connectors.rows.shape import Shape, Stored

# Of one type each: what is equal and written otherwise, as 1 and true, must not be counted as one.
ALIKE = ({str}, {int}, {bool})

Row = Mapping[str, object]


def sealed(run: Run, lines: Sequence[bytes]) -> bytes | None:
    """The counts of these rows to keep beside them; None where a row cannot be read: whoever judges it will say so."""
    if not lines:
        return None
    try:
        return _sealed(run, described(run), *_looked_through(run, lines))
    except SourceError:
        return None


def pages(run: Run) -> Iterator[tuple[Chunk, Counter[Marks]]]:
    """Each chunk everybody may see with its counts; a chunk is opened only where there are none that fit."""
    told = described(run)
    for chunk in run.chunks.filter(secret=False).order_by("number"):
        chunk.run = run
        yield chunk, _read(chunk, told) or count(run, chunks.lines_of(chunk))


def counts(run: Run) -> Counter[Marks]:
    """How many of the run's rows everybody may see have the same marks."""
    found = Counter[Marks]()
    for _chunk, counted in pages(run):
        found.update(counted)
    return found


def renew(run: Run) -> None:
    """Count anew, in the caller's transaction, what was counted otherwise than it would be now, or not at all."""
    told = described(run)
    for chunk in run.chunks.filter(secret=False):
        chunk.run = run
        if _read(chunk, told) is None:
            chunk.counted = _sealed(run, told, *_looked_through(run, chunks.lines_of(chunk)))
            chunk.save(update_fields=["counted"])


def shape_of(chunk: Chunk) -> Stored | None:
    """What the chunk's rows look like together (`connectors.rows.shape`); None where nobody has noted it."""
    stored = _stored(chunk, described(chunk.run))
    return stored[2] if stored and len(stored) > 2 else None


def _looked_through(run: Run, lines: Sequence[bytes]) -> tuple[Counter[Marks], Shape]:
    found, shape, counted = Counter[Marks](), Shape(), counting(run)
    for page in parsed_pages(lines):
        found.update(counted(page))
        shape.see_all(page)
    return found, shape


def _sealed(run: Run, told: str, counted: Counter[Marks], shape: Shape) -> bytes:
    plain = exactly([told, [(*marks, rows) for marks, rows in counted.items()], shape.stored()])
    return vault.seal(run.case, KeyUse.COLLECTED, zstandard.compress(plain))


def _read(chunk: Chunk, told: str) -> Counter[Marks] | None:
    stored = _stored(chunk, told)
    return Counter({Marks.stored(*marks): rows for *marks, rows in stored[1]}) if stored else None


def _stored(chunk: Chunk, told: str) -> list[Any] | None:
    if not chunk.counted:
        return None
    plain = zstandard.decompress(vault.unseal(chunk.run.case, KeyUse.COLLECTED, chunk.counted))
    stored: list[Any] = read_exactly(plain)
    return stored if stored[0] == told else None


def count(run: Run, lines: Sequence[bytes]) -> Counter[Marks]:
    """How many of these rows have the same marks. Raises SourceError for one that has none."""
    found, counted = Counter[Marks](), counting(run)
    for page in parsed_pages(lines):
        found.update(counted(page))
    return found


def counting(run: Run) -> Callable[[Sequence[Row]], Counter[Marks]]:
    """The same for rows that are read, a page at a time."""
    read, alike = marks_reader(run), _alike(run)

    def counted(rows: Sequence[Row]) -> Counter[Marks]:
        found = Counter[Marks]()
        for row, number in alike(rows):
            found[read(row)] += number
        return found

    return counted


def _alike(run: Run) -> Callable[[Sequence[Row]], Iterator[tuple[Row, int]]]:
    """Sorts rows by what their marks are read from: one row for all that share it, and how many do."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    flags = (collection.claim, collection.hidden_number, collection.other_person)
    named = [name for flag in flags for name in flag.columns]
    kind = [collection.record_kind.column] if collection.record_kind.column else []
    at = collection.at or ""
    columns = tuple(sorted({*named, *kind, *use_columns(run)} - {at}))
    whole = _whole_hours(run)

    def alike(rows: Sequence[Row]) -> Iterator[tuple[Row, int]]:
        try:
            found = [list(map(itemgetter(name), rows)) for name in columns]
            moments = whole(list(map(itemgetter(at), rows))) if at else [None] * len(rows)
        except KeyError:
            moments = None
        if moments is None or any(
            set(map(type, values)) - {NoneType} not in (*ALIKE, set()) for values in found
        ):
            yield from ((row, 1) for row in rows)
            return
        for (moment, *values), number in Counter(zip(moments, *found, strict=True)).items():
            yield {at: moment, **dict(zip(columns, values, strict=True))}, number

    return alike


def _whole_hours(run: Run) -> Callable[[Sequence[object]], Sequence[object] | None]:
    """Moments as the beginning of their hour; None where one is no text, or of an hour that lies in two days."""
    day_of = local_days(run.case, run.source)

    def begins(moment: object) -> object:
        """False for an hour in which a day ends."""
        if not isinstance(moment, str) or (found := apart(moment)) is None:
            return moment
        hour, _clock, offset = found
        first = f"{hour}{FIRST}{offset}"
        return first if day_of(first) == day_of(f"{hour}{LAST}{offset}") else False

    def whole(moments: Sequence[object]) -> Sequence[object] | None:
        if not set(map(type, moments)) <= {str, NoneType}:
            return None
        cut = [_without_clock(moment) if isinstance(moment, str) else moment for moment in moments]
        known = {moment: begins(moment) for moment in set(cut)}
        return None if False in known.values() else list(map(known.__getitem__, cut))

    return whole


def _without_clock(moment: str) -> str:
    """Moments of one hour are alike but for minutes and seconds."""
    return f"{moment[:13]}{FIRST}{moment[19:]}" if moment[13:19] in CLOCK else moment
