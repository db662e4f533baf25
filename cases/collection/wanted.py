"""Which collections a right is about: rights decided by purpose need to know the person, not every row about them."""

from cases.models import Case
from cases.models.case import Right
from cases.sources.configured import sources_of
from connectors.description.collection import Collection

LIGHT_RIGHTS = frozenset(
    {Right.OBJECTION, Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL, Right.AUTOMATED_DECISION}
)
LIGHT_CATEGORIES = frozenset({"contact", "account", "consents", "profile"})
# What a computer may have decided on: a second look needs what the first one saw.
DECIDED_CATEGORIES = LIGHT_CATEGORIES | {"credit", "demographics"}


def reached(case: Case, kind: str) -> list[tuple[str, str]]:
    """Sources and collections whose rows an identifier of this kind finds for the case, were it the person's."""
    return [
        (source.key, collection.key)
        for source in sources_of(case.operator_id)
        for collection in source.collection
        if kind in collection.find and wanted(case, collection)
    ]


def wanted(case: Case, collection: Collection) -> bool:
    """Whether the rows of this collection are gathered for the case."""
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
