"""Whether nothing found is nothing held: only if every collection that can hold the person was asked for them.

A collection was asked if something that finds people there was really searched with. One that was not need not be
where another was asked that would have led to it (`reach.settled`). And what a caseworker has tied to the person must
have led to the sources that keep such identifiers: a number that no source turns into its customer has found nobody,
whatever the mailbox found. All of this is read off the ordinary view: secret rows change nothing here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cases.casework import case_clock
from cases.casework.commands import open_task
from cases.casework.workflow import INTERIM, LEADS_NOWHERE
from cases.collection.wanted import gathered_here
from cases.identity.known import SAID_BY_CASEWORKER, is_matched, may_find
from cases.identity.tenure import believed
from cases.models import Case, Identifier, Run
from cases.models.case import Right, Stage
from cases.sources.configured import sources_of
from connectors.description import reach
from connectors.description.collection import Collection
from connectors.description.config import ManualSource, Source
from connectors.description.reach import Place

Status = Run.Status
BY_PURPOSE = INTERIM | {Right.OBJECTION}
LONGEST = 300
UNGATHERED = frozenset({Stage.VERIFICATION, Stage.MATCHING, Stage.COLLECTION})


@dataclass(frozen=True)
class Unsearched:
    """A collection in which nobody could look, and the kinds of identifiers that find people there."""

    source: str
    collection: str
    category: str
    kinds: tuple[str, ...]

    @property
    def place(self) -> Place:
        return self.source, self.collection


@dataclass(frozen=True)
class Nowhere:
    """What is known of the person and leads nowhere, and where that leaves nobody looked for."""

    identifiers: tuple[Identifier, ...]
    places: tuple[Unsearched, ...]


def nowhere(case: Case) -> Nowhere | None:
    """What has to be told before a case may say that nothing is held; None where something was found, or all asked."""
    if case.runs.filter(rows__gt=0).exists() or (case.right in BY_PURPOSE and is_matched(case)):
        return None
    search = _Search(case)
    left = search.left
    if not left.places or {one.place for one in left.places} <= _gone_on(case):
        return None
    return left


def stops(case: Case) -> bool:
    """Whether a person has to find a way on first. Opens the task that names it, or ends the one that did."""
    left, tasks = nowhere(case), case.tasks.filter(kind=LEADS_NOWHERE, done_at=None)
    detail = told(left) if left else ""
    tasks.exclude(detail=detail).delete()
    if left is None:
        return False
    open_task(case, LEADS_NOWHERE, detail=detail, due_on=case_clock.today(case))
    return True


def told(left: Nowhere) -> str:
    """As a task keeps it: the kinds that lead nowhere, then each collection with the kinds that find people there.

    `msisdn|crm/subscription:customer_no`. As many collections as there is room for; the case page has them all.
    """
    said = "+".join(dict.fromkeys(one.kind for one in left.identifiers))
    for one in left.places:
        further = f"{said}|{one.source}/{one.collection}:{'+'.join(one.kinds)}"
        said = further if len(further) <= LONGEST else said
    return said


def unsearched(case: Case) -> list[Unsearched]:
    """Where the case went on although nobody could look there, as its letter tells it."""
    gone_on = _gone_on(case)
    found = (_told(source, collection) for source, collection in _everywhere(sources_of(case.operator_id)))
    return [one for one in found if one.place in gone_on]


def missed(case: Case) -> frozenset[int]:
    """Identifiers tied by a caseworker that did not lead to the sources that keep such ones, although others did.

    The letter says so of them, and not that they were searched for. Where it says where nobody looked, it names them.
    """
    tied = list(case.identifiers.filter(SAID_BY_CASEWORKER))
    if not tied or case.stage in UNGATHERED or _gone_on(case):
        return frozenset()
    search = _Search(case)
    return frozenset(one.pk for one in tied if search.missed(one))


def _gone_on(case: Case) -> set[Place]:
    return set(case.runs.filter(status=Status.UNSEARCHED).values_list("source", "collection"))


def _everywhere(sources: Sequence[Source]) -> Iterator[tuple[Source, Collection]]:
    return ((source, collection) for source in sources for collection in source.collection)


def _told(source: Source, collection: Collection) -> Unsearched:
    return Unsearched(source.key, collection.key, collection.category, tuple(collection.find))


class _Search:
    """Where a case has looked, by each of the identifiers that it began with."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.sources = sources_of(case.operator_id)
        self.tied = list(case.identifiers.all())
        self.runs = {(run.source, run.collection): run.status for run in case.runs.all()}
        self.usable = {
            (source.key, collection.key): set(self._usable(source, collection))
            for source, collection in _everywhere(self.sources)
        }

    @property
    def left(self) -> Nowhere:
        """The identifiers that lead nowhere and the collections nobody looked into."""
        reached = self._settled({place for place, used in self.usable.items() if used} | self._answered_for)
        places = {place for place in self._wanted if place not in reached}
        lost = list(self.case.identifiers.filter(wave=0)) if places else []
        for one in self.case.identifiers.filter(SAID_BY_CASEWORKER):
            if missed := self.missed(one):
                lost.append(one)
                places |= missed
        found = [_told(*where) for where in _everywhere(self.sources)]
        kept = tuple(one for one in found if one.place in places)
        return Nowhere(tuple(dict.fromkeys(lost)), kept)

    def _usable(self, source: Source, collection: Collection) -> Iterator[int]:
        """The identifiers with which this collection was really searched."""
        place, tied = (source.key, collection.key), self.tied
        if isinstance(source, ManualSource):
            answered = self.runs.get(place) == Status.DONE
            able = [one for one in tied if _may_be_looked_up(collection, one)] if answered else []
        else:
            searched = collection.yields or self.runs.get(place) == Status.DONE
            able = [one for one in tied if may_find(collection, one)] if searched else []
        return (one.pk for one in believed(self.case.operator_id, collection, able))

    @property
    def _answered_for(self) -> set[Place]:
        return {
            place for place, status in self.runs.items() if status in (Status.LEFT_OUT, Status.NOT_PROVEN)
        }

    @property
    def _wanted(self) -> set[Place]:
        here = gathered_here(self.case)
        return {
            (source.key, collection.key)
            for source, collection in _everywhere(self.sources)
            if here(collection)
        }

    def _settled(self, asked: set[Place]) -> frozenset[Place]:
        return reach.settled(self.sources, asked)

    def missed(self, one: Identifier) -> set[Place]:
        """The sources that keep its kind of identifiers, or else those that know customers, where it did not lead."""
        asked = {place for place, used in self.usable.items() if one.pk in used}
        led_to = self._settled(asked)
        told = {
            (source.key, collection.key): {each.kind for each in collection.yields}
            for source, collection in _everywhere(self.sources)
        }
        keeping = {place for place, kinds in told.items() if one.kind in kinds}
        knowing = {place for place, kinds in told.items() if kinds - {one.kind}}
        if not keeping and asked & knowing:
            return set()
        return (keeping or knowing or self._wanted) - led_to


def _may_be_looked_up(collection: Collection, one: Identifier) -> bool:
    return may_find(collection, one) if collection.find else one.is_tied
