"""Waves after the search: what owners hand over can tell further identifiers, which lead to further rows.

Every collection that a connector reads is asked for identifiers before gathering begins (`identity.matching`). What
only an owner can look up is known when the answer is there: the search goes on from it, until nothing new turns up.
"""

from collections.abc import Iterator

from django.db.models import Q

from cases.identity.known import may_find
from cases.identity.matching import learn
from cases.models import Case, Identifier, Run
from cases.rows import chunks
from cases.sources.configured import sources_of
from connectors.contract import base
from connectors.description.collection import Collection
from connectors.description.config import ManualSource, Source
from connectors.rows import graph


def _asked(case: Case) -> Iterator[tuple[Run, Source, Collection]]:
    """The answered questions of a case, each with its source and collection."""
    places = {
        (source.key, collection.key): (source, collection)
        for source in sources_of(case.operator_id)
        if isinstance(source, ManualSource)
        for collection in source.collection
    }
    answered = case.runs.filter(status=Run.Status.DONE, owner_request__isnull=False) if places else ()
    for run in answered:
        if (run.source, run.collection) in places:
            run.case = case
            yield run, *places[run.source, run.collection]


def found_more(case: Case) -> bool:
    """Note the identifiers that owners' rows tell. If any is new, what connectors read has to be gathered again."""
    found = False
    for run, source, collection in _asked(case):
        if collection.yields:
            # Not `or`: every owner's rows are learned from, not those of the first who knew more.
            found |= learn(case, _told(run, source, collection), f"{source.key}/{collection.key}")
    if found:
        case.runs.filter(owner_request=None).delete()
    return found


def _told(run: Run, source: Source, collection: Collection) -> Iterator[base.Identifier]:
    for line in chunks.lines(run):
        yield from graph.identifiers_of(collection, graph.parsed(line), source.zone)


def ask_anew(case: Case) -> None:
    """An owner who was asked before something else told a further identifier has to look once more."""
    for run, source, collection in _asked(case):
        # What this owner's own rows told is no news to them.
        own = f"{source.key}/{collection.key}"
        later = case.identifiers.filter(wave__gt=run.owner_request.wave).exclude(
            Q(origin=own) | Q(tied_by=own)
        )
        if any(_sought(collection, one) for one in later):
            run.delete()


def _sought(collection: Collection, identifier: Identifier) -> bool:
    return may_find(collection, identifier) if collection.find else True
