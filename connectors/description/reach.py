"""How identifiers lead from one collection to the next: in which wave each is reached, starting from what is proven."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.description.collection import Collection
from connectors.description.config import ManualSource, Source


@dataclass(frozen=True)
class Step:
    """A collection as the search meets it. `wave` counts from 1; None: nothing that is proven leads there.

    `by`: the kinds it is found by in that wave; `tells`: the kinds that its rows add.
    """

    source: str
    collection: str
    wave: int | None
    by: tuple[str, ...]
    tells: tuple[str, ...]


def steps(sources: Sequence[Source]) -> list[Step]:
    """Every collection with its wave, in the order in which they are reached; unreachable ones last."""
    known: set[str] = set()
    waiting = [(source, collection) for source in sources for collection in source.collection]
    found: list[Step] = []
    wave = 1
    while met := [one for one in waiting if any(_finders(*one, known, wave))]:
        waiting = [one for one in waiting if one not in met]
        found += [_step(*one, wave, tuple(_finders(*one, known, wave))) for one in met]
        known |= {told.kind for _, collection in met for told in collection.yields}
        wave += 1
    return found + [_step(*one, None, tuple(one[1].find)) for one in waiting]


def _finders(source: Source, collection: Collection, known: set[str], wave: int) -> Iterator[str]:
    """What finds rows here: in the first wave what is proven, afterwards what rows have told."""
    if wave == 1:
        yield from collection.link
    elif isinstance(source, ManualSource) and not collection.find:
        yield from sorted(known)
    else:
        yield from (kind for kind in collection.find if kind in known)


def _step(source: Source, collection: Collection, wave: int | None, by: tuple[str, ...]) -> Step:
    tells = dict.fromkeys(told.kind for told in collection.yields)
    return Step(source.key, collection.key, wave, by, tuple(tells))
