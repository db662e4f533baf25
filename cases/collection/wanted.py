"""Which collections a right is about: rights decided by purpose need to know the person, not every row about them."""

from collections.abc import Callable, Iterator

from cases.identity.known import may_find
from cases.identity.stepping_up.levels import needed_level, proof_level, suffices
from cases.models import Case, Identifier, Run
from cases.models.case import Right
from cases.sources.configured import sources_of
from connectors.description.collection import Collection
from connectors.description.config import ManualSource, Source

LIGHT_RIGHTS = frozenset(
    {Right.OBJECTION, Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL, Right.AUTOMATED_DECISION}
)
LIGHT_CATEGORIES = frozenset({"contact", "account", "consents", "profile"})
# What a computer may have decided on: a second look needs what the first one saw.
DECIDED_CATEGORIES = LIGHT_CATEGORIES | {"credit", "demographics"}


def reached(case: Case, kind: str) -> list[tuple[str, str]]:
    """Sources and collections whose rows an identifier of this kind finds for the case, were it the person's."""
    here = gathered_here(case)
    return [
        (source.key, collection.key)
        for source in sources_of(case.operator_id)
        for collection in source.collection
        if kind in collection.find and here(collection)
    ]


def gathered_here(case: Case) -> Callable[[Collection], bool]:
    """Whether the rows of a collection are gathered for this case, and not for the other part of a split one."""
    own = set(case.own_parts.values_list("category", flat=True))
    later = set(case.later_parts.values_list("category", flat=True))

    def here(collection: Collection) -> bool:
        of_this = collection.category not in later and (not own or collection.category in own)
        return of_this and _wanted(case, collection)

    return here


def _wanted(case: Case, collection: Collection) -> bool:
    """Whether its right needs the rows of this collection."""
    if case.right == Right.AUTOMATED_DECISION:
        return collection.category in DECIDED_CATEGORIES
    # What is only stored while an objection is considered has to be found for it (Article 18(1)(d)).
    if case.right == Right.OBJECTION and getattr(collection, "restrict", None):
        return True
    # Whoever got the data for a use that stops is told of it (Article 19).
    return (
        case.right not in LIGHT_RIGHTS
        or collection.category in LIGHT_CATEGORIES
        or collection.recipient is not None
    )


def _findable(source: Source, collection: Collection, identifiers: list[Identifier]) -> bool:
    """Whether something is known to look for; an owner whose collection names nothing gets all that was tied."""
    if isinstance(source, ManualSource) and not collection.find:
        return any(one.is_tied for one in identifiers)
    return any(may_find(collection, one) for one in identifiers)


def missing_runs(case: Case) -> Iterator[Run]:
    """A run for each collection in which something can be found, but for those there are."""
    there = set(case.runs.values_list("source", "collection"))
    identifiers, level, here = list(case.identifiers.all()), proof_level(case), gathered_here(case)
    for source in sources_of(case.operator_id):
        for collection in source.collection:
            findable = _findable(source, collection, identifiers) and here(collection)
            if findable and (source.key, collection.key) not in there:
                proven = suffices(level, needed_level(case, collection.category))
                first = Run.Status.ASKED if isinstance(source, ManualSource) else Run.Status.WAITING
                yield Run(
                    case=case,
                    source=source.key,
                    collection=collection.key,
                    category=collection.category,
                    # A run all the same: the person is told what a stronger proof would open.
                    status=first if proven else Run.Status.NOT_PROVEN,
                )
