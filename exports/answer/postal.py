"""Where the person lives, for the address on paper: only where what was gathered leaves no doubt."""

from collections.abc import Iterator

from cases.models import Case
from cases.rows import chunks
from cases.sources.configured import collection_of
from connectors.description.collection import EMPTY
from connectors.rows.graph import parsed

CONTACT = "contact"  # the category of the customer's own card


def address_lines(case: Case) -> tuple[str, ...]:
    """The lines under the name, () where none is known, two are, or nobody may learn it from a letter.

    The first of a collection's address columns is the street; what follows stands on one line.
    """
    if case.protected_by or case.for_other:
        return ()
    found = set(_found(case))
    return found.pop() if len(found) == 1 else ()


def _found(case: Case) -> Iterator[tuple[str, ...]]:
    for run in case.runs.filter(category=CONTACT, rows__gt=0):
        run.case = case
        columns = collection_of(case.operator_id, run.source, run.collection).address
        for row in map(parsed, chunks.lines(run) if columns else ()):
            street, *rest = (" ".join(str(row.get(name, "")).split()) for name in columns)
            if row.get(columns[0]) not in EMPTY:
                yield tuple(filter(None, (street, " ".join(filter(None, rest)))))
