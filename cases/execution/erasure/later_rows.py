"""Rows that came to a source after they were gathered: found again by the person's identifiers once an erasure is done.

Whatever still answers is compared with the keys that were gathered, page by page. What is neither erased nor kept came
later, and is listed for a second pass; what was erased and answers all the same is a failure.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from cases.casework.secrecy import guarded
from cases.collection.gathering import PAGE_ROWS
from cases.execution.erasure.erasable import erasable, note_alive, pages
from cases.identity.known import identifiers_of
from cases.identity.mandates.reach import within
from cases.law.situation import SECRET_CATEGORIES
from cases.models import Case, LaterRows, Run
from cases.rows import chunks, rowkeys
from cases.rows.keys_on_disk import KeysOnDisk
from cases.rows.marks import marks_reader
from cases.sources.configured import collection_of, connector_of, source_of
from cases.sources.ordinary_view import row_key
from cases.sources.places import place
from cases.sources.retries import PASSING
from connectors.contract.base import Identifier, Key, SourceError
from connectors.description.collection import Collection
from connectors.description.config import ManualSource
from connectors.rows.graph import parsed

ENOUGH = 8  # times a source that is away or in motion is asked, a minute apart


@dataclass
class Tally:
    """How many rows came later, the days they are of, and how many answer although they were erased."""

    later: int = 0
    first: date | None = None
    last: date | None = None
    undead: int = 0

    def add(self, day: date | None) -> None:
        self.later += 1
        if day is not None:
            self.first, self.last = min(self.first or day, day), max(self.last or day, day)


def look(run: Run, erased_on: date | None) -> int:
    """Ask the source of a gathered run for the person's rows and note what came later.

    ``erased_on``: the day of the verdicts by which rows of it were erased; None where none was. Returns how many of
    those still answer; then nothing is noted. Raises SourceError. Does nothing once it was answered.
    """
    noted = _noted(run)
    if noted.asked_at:
        return 0
    tally = _ask(run, erased_on)
    if not tally.undead:
        noted.rows, noted.first_on, noted.last_on = tally.later, tally.first, tally.last
        noted.asked_at, noted.error = timezone.now(), ""
        noted.save()
    return tally.undead


def _noted(run: Run) -> LaterRows:
    found, _made = LaterRows.everything.get_or_create(
        case=run.case,
        source=run.source,
        collection=run.collection,
        defaults={"secret": run.category in SECRET_CATEGORIES, "since": run.finished_at},
    )
    return found


def look_everywhere(case: Case) -> bool:
    """The same for what nothing was erased in. False while a source that is away or in motion is to be asked again.

    One that can't answer is noted and stops nothing: what was to be erased is, and what came later is not promised.
    """
    answered = True
    for run in case.runs.filter(status=Run.Status.DONE):
        run.case = case
        noted = _noted(run)
        if noted.asked_at is None and noted.attempts < ENOUGH and _can_be_asked(run):
            # Not `and`: every source is asked this time, whatever another one said.
            answered &= _try(run, noted)
    return answered


def _can_be_asked(run: Run) -> bool:
    return not isinstance(source_of(run.case.operator_id, run.source), ManualSource)


def _try(run: Run, noted: LaterRows) -> bool:
    try:
        look(run, None)
    except SourceError as error:
        away = isinstance(error, PASSING) and noted.attempts + 1 < ENOUGH
        noted.attempts = noted.attempts + 1 if away else ENOUGH
        noted.error = str(error)[:300]
        noted.save(update_fields=["attempts", "error"])
        return not away
    return True


def _ask(run: Run, erased_on: date | None) -> Tally:
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    identifiers = identifiers_of(run.case, collection)
    # Most sources hold nothing any more: one count says so without reading.
    if _count(run, identifiers) == 0:
        return Tally()
    tally, read = Tally(), marks_reader(run)
    with closing(KeysOnDisk()) as known:
        _remember(known, run, collection, erased_on)
        for line in _answers(run, identifiers):
            row = parsed(line)
            was_erased = known.marked(row_key(collection, row, line))
            if was_erased is None:
                tally.add(read(row).at)
            elif was_erased:
                tally.undead += 1
    return tally


def _count(run: Run, identifiers: list[Identifier]) -> int | None:
    if run.category in guarded(run.case.operator_id):
        return None
    with place(run.case.operator_id, run.source):
        return connector_of(run.case.operator_id, run.source).count(run.collection, identifiers)


def _answers(run: Run, identifiers: list[Identifier]) -> Iterator[bytes]:
    connector, cursor = connector_of(run.case.operator_id, run.source), None
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    while True:
        with place(run.case.operator_id, run.source):
            page = connector.read(run.collection, identifiers, cursor, PAGE_ROWS)
        yield from within(run.case, run.source, collection, page.lines)
        note_alive(run.case)
        if (cursor := page.cursor) is None:
            return


def _remember(known: KeysOnDisk, run: Run, collection: Collection, erased_on: date | None) -> None:
    if erasable(run):
        for _number, sorted_keys in rowkeys.pages(run):
            for keys in sorted_keys.values():
                known.add(keys, marked=False)
    else:
        known.add(_keys(run, collection, secret=False), marked=False)
    known.add(_keys(run, collection, secret=True), marked=False)
    # Rows that were made anonymous go on answering to their keys; only deleted ones must not.
    if erased_on and collection.on_erase == "delete":
        for page in pages(run, erased_on):
            known.add(page.free, marked=True)


def _keys(run: Run, collection: Collection, *, secret: bool) -> Iterator[Key]:
    for line in chunks.lines(run, secret=secret):
        yield row_key(collection, parsed(line), line)
