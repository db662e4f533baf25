"""Restricting rows at a source (Article 18).

The keys of restricted rows lie sealed under the case's schedule key, with the identifiers that found them, so that
they can be found again when the restriction is lifted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from secrets import token_hex

from django.db import transaction

from cases.identity.known import identifiers_of
from cases.models import Action, Case, Restriction, Run, Task
from cases.models.keys import KeyUse
from cases.rows import chunks
from cases.rows.sealed_keys import Head
from cases.sealed import leftovers, vault
from cases.sources.configured import collection_of, connector_of
from cases.sources.locks import any_lock
from cases.sources.ordinary_view import still_there
from cases.sources.places import place
from cases.sources.row_changes import in_parts, mark, tell_of_strangers
from connectors.contract.base import Identifier, Key, SourceGarbage
from connectors.rows.graph import key_of, parsed
from connectors.rows.jsonline import exactly

BATCH = 5000
ROWS_GONE = "restricted-rows-gone"


def restrict(action: Action) -> int:
    """Restrict everything that was gathered in one collection; returns rows. Raises SourceError; safe to repeat."""
    case, name = action.case, f"cases/{action.case_id}/restricted/{action.pk}-{token_hex(4)}"
    run = case.runs.get(source=action.source, collection=action.collection)
    run.case = case
    collection = collection_of(case.operator_id, action.source, action.collection)
    head = Head(collection.key_columns, tuple(identifiers_of(case, collection)))
    asked = 0
    with vault.sealed_file(case, KeyUse.SCHEDULE, name) as file:
        file.write(head.line() + b"\n")
        for keys in _keys(run):
            asked += len(keys)
            file.write(b"".join(exactly(key) + b"\n" for key in keys))
    same = {"case": case, "source": action.source, "collection": action.collection}
    before = list(Restriction.objects.filter(**same).values_list("name", flat=True))
    # Before the first row: what a source that fails half-way has restricted would else be lifted by nobody.
    restriction, made = Restriction.objects.update_or_create(
        **same, defaults={"name": name}, create_defaults={"name": name, "rows": 0}
    )
    leftovers.note(*before)
    tally = _restrict_all(run, restriction, head.whose)
    if not tally.rows:
        if made:
            restriction.delete()
            leftovers.note(name)
        raise SourceGarbage("row-gone", action.collection)
    tell_of_missing(case, action, tally.short_of(asked))
    return tally.rows


def _restrict_all(run: Run, restriction: Restriction, whose: Sequence[Identifier]) -> "Tally":
    tally = Tally()
    for keys in _keys(run):
        with transaction.atomic():
            one_at_a_time(restriction)
            tally += mark_rows(run, keys, whose, restricted=True)
            Restriction.objects.filter(pk=restriction.pk).update(rows=tally.rows)
    return tally


def one_at_a_time(one: Restriction) -> None:
    """Until the transaction ends: who lifts knows of every restriction, and none begins before the rows are free."""
    any_lock([f"restriction:{one.case.operator_id}/{one.source}/{one.collection}"])


@dataclass(frozen=True)
class Tally:
    """How many rows say what was ordered, and how many with a key of the person's are somebody else's by now.

    ``held``: rows that were not to be lifted, because another restriction keeps them.
    """

    rows: int = 0
    strangers: int = 0
    held: int = 0

    def __add__(self, more: "Tally") -> "Tally":
        return Tally(self.rows + more.rows, self.strangers + more.strangers, self.held + more.held)

    def short_of(self, expected: int) -> dict[str, int]:
        """What became of the rest, for the record: gone, or passed on to somebody else."""
        missing = max(0, expected - self.rows - self.held)
        passed_on = min(self.strangers, missing)
        counts = {"gone": missing - passed_on, "passed_on": passed_on}
        return {name: count for name, count in counts.items() if count}


def mark_rows(
    run: Run, keys: Sequence[Key], whose: Sequence[Identifier] | None, *, restricted: bool
) -> Tally:
    """What an erasure has said is gone meanwhile is left alone and counted as gone, whatever keeps it."""
    operator, tally = run.case.operator_id, Tally()
    connector = connector_of(operator, run.source)
    for part in in_parts(operator, run.source, run.collection, still_there(run, keys)):
        with place(operator, run.source):
            found = mark(connector, run.collection, part, whose, restricted=restricted)
        tally += Tally(*found)
    return tally


def tell_of_missing(case: Case, where: Action | Restriction, missing: dict[str, int]) -> None:
    """Rows that a restriction should keep and that are not there are for a person to look after."""
    if "passed_on" in missing:
        tell_of_strangers(case, where.source, where.collection)
    if "gone" in missing:
        detail = f"{where.source}/{where.collection}"
        Task.objects.get_or_create(
            operator=case.operator, case=case, kind=ROWS_GONE, detail=detail, done_at=None
        )


def _keys(run: Run) -> Iterator[list[Key]]:
    """The keys of everything that was gathered in the open view, a batch at a time."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    keys = (key_of(collection, parsed(line)) for line in chunks.lines(run))
    while batch := list(islice(keys, BATCH)):
        yield batch
