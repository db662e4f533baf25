"""How identifiers lead from one collection to the next: in which wave each is reached, starting from what is proven."""

from collections.abc import Collection as Group
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.description.collection import Collection
from connectors.description.config import ManualSource, Source

Place = tuple[str, str]  # the keys of a source and of a collection of it


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


def settled(sources: Sequence[Source], asked: Group[Place]) -> frozenset[Place]:
    """Where nobody can be any more, once these collections were asked and found nobody: they, and what they lead to.

    Whoever is in a list of calls by number is in the customer register that tells the number. If that was asked and
    knows nobody, there is no number to ask for; if it was not, nobody has been looked for in either.
    """
    there = {(source.key, one.key): (source, one) for source in sources for one in source.collection}
    found = frozenset(asked) & there.keys()
    while True:
        told = {each.kind for place in found for each in there[place][1].yields}
        further = {
            place for place, where in there.items() if any(kind in told for kind in found_by(*where, told))
        }
        if further <= found:
            return found
        found |= further


def found_by(source: Source, collection: Collection, known: Group[str]) -> Iterator[str]:
    """The kinds that find people here: an owner whose collection names none looks for whatever is known."""
    yield from sorted(known) if isinstance(source, ManualSource) and not collection.find else collection.find
