"""Rows taken from a source by their keys, those that are somebody else's by now left alone, and asked for again."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cases.models import Case, Task
from cases.sources.configured import collection_of, source_of
from connectors.contract.base import Connector, Identifier, Key
from connectors.description.apisource import HttpSource

PASSED_ON = "rows-passed-on"
# A row that others refer to goes once those are gone.
IN_THE_WAY = "constraint"

# Rows a source is asked for in one place: an API takes a request or more for each of them.
AT_ONCE, BY_REQUEST = 20_000, 200


@dataclass(frozen=True)
class Removal:
    """How many rows the source still shows, and how many have a key of the person's and are somebody else's."""

    left: int
    strangers: int


def would_hit(
    connector: Connector, collection: str, keys: Sequence[Key], whose: Sequence[Identifier]
) -> tuple[int, int]:
    """How many of the rows are there and the person's, and how many are there and somebody else's."""
    mine = connector.erase(collection, keys, dry_run=True, whose=whose)
    # Where all are the person's there are no strangers to count, and the source is spared a question.
    there = mine if mine == len(keys) else connector.remaining(collection, keys)
    return mine, max(0, there - mine)


def remove(
    connector: Connector,
    collection: str,
    keys: Sequence[Key],
    whose: Sequence[Identifier],
    *,
    passed_on: bool,
) -> Removal:
    """Erase the rows that the identifiers still find. ``passed_on``: look first for keys that are somebody else's."""
    strangers = would_hit(connector, collection, keys, whose)[1] if passed_on else 0
    connector.erase(collection, keys, dry_run=False, whose=whose)
    # Strangers' rows are still there, as they should be.
    return Removal(max(0, connector.remaining(collection, keys) - strangers), strangers)


def mark(
    connector: Connector,
    collection: str,
    keys: Sequence[Key],
    whose: Sequence[Identifier] | None,
    *,
    restricted: bool,
) -> tuple[int, int]:
    """Restrict the rows that the identifiers still find, or lift that: how many now say so, how many are strangers'."""
    said = connector.restrict(collection, keys, restricted=restricted, whose=whose)
    there = said if said == len(keys) else connector.remaining(collection, keys)
    return said, max(0, there - said)


def tell_of_strangers(case: Case, source: str, collection: str) -> None:
    """A person has to look whose these rows are: passed on, or only written under another number."""
    place = {"case": case, "kind": PASSED_ON, "detail": f"{source}/{collection}"}
    if not Task.objects.filter(**place).exists():
        Task.objects.create(operator=case.operator, **place)


def all_at_once(operator: str, source: str, collection: str) -> bool:
    """Whether one request takes several rows: sent for some of them, it would take more than it was sent for."""
    return getattr(collection_of(operator, source, collection), "erases_several", False)


def in_parts(operator: str, source: str, collection: str, keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    """As many keys at a time as the source is asked for in one place."""
    size = BY_REQUEST if isinstance(source_of(operator, source), HttpSource) else AT_ONCE
    if all_at_once(operator, source, collection):
        size = max(len(keys), 1)
    return (keys[start : start + size] for start in range(0, len(keys), size))
