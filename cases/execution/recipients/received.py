"""Who really received the person's data, as the sources wrote it down (Articles 15(1)(c) and 19; C-154/21).

A collection with `recipient` names in each row who got something: a log of disclosures, or a profile that was shared.
Rows under secret rules are not among those read here, and a rights holder is not named before its window opens.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from cases.assessment.assessing import verdict_for
from cases.assessment.situations import open_orders_on
from cases.casework.operators import register_of_case
from cases.law.decisions import judge
from cases.law.situation import Record, Situation
from cases.law.situation import Right as LawRight
from cases.models import Case, Run
from cases.models.case import Right
from cases.registers.processing import Recipient
from cases.registers.register import Register
from cases.rows.signatures import reader, rows
from cases.sources.configured import collection_of
from connectors.description.collection import Collection

TOLD = frozenset({"give", "redact"})
LOG = "disclosures"
REFERENCES = 20  # of one recipient; what identifies a person somewhere is one or two values, not a table


@dataclass
class Received:
    """A recipient and what is known of what it got. ``key``: the register's, or the name the record gives.

    ``categories``: data categories it got; empty where the record does not tell. ``references``: what it knows the
    person by.
    """

    key: str
    recipient: Recipient | None
    categories: set[str] = field(default_factory=set)
    references: list[str] = field(default_factory=list, repr=False)

    def had(self, categories: frozenset[str]) -> bool:
        """Whether any of these data may have reached it."""
        return not self.categories or bool(self.categories & categories)


def received(case: Case, situation: Situation) -> list[Received]:
    """Everybody who got data about the person and may be named today, in the register's order."""
    register, found = register_of_case(case), dict[str, Received]()
    for run in case.runs.filter(rows__gt=0):
        run.case = case
        collection = collection_of(case.operator_id, run.source, run.collection)
        # Whoever was asked about the person got the question; what is told to recipients has nothing to do with it.
        column = collection.recipient or (collection.asked if case.right == Right.ACCESS else None)
        if column:
            _gather(run, column, situation, register, found)
    places = {key: place for place, key in enumerate(register.recipients)}
    return sorted(found.values(), key=lambda each: (places.get(each.key, len(places)), each.key))


def _gather(
    run: Run, column: str, situation: Situation, register: Register, found: dict[str, Received]
) -> None:
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    read, may_tell = reader(run, open_orders_on(run.case)), _may_tell(run, situation)
    for row in rows(run):
        if not may_tell(read(row)):
            continue
        for name in _names(row.get(column), register):
            known = register.resolve(name)
            key = known[0] if known else name
            one = found.setdefault(key, Received(key, known[1] if known else None))
            one.categories |= _categories(collection, one.recipient)
            reference = row.get(collection.recipient_reference or "")
            if reference and str(reference) not in one.references and len(one.references) < REFERENCES:
                one.references.append(str(reference))


def _may_tell(run: Run, situation: Situation) -> Callable[[Record], bool]:
    """Whether a row may be told to the person: as decided where access was asked, else as the law proposes."""
    access = replace(situation, right=LawRight.ACCESS)
    if run.case.right == Right.ACCESS:
        verdict_of = verdict_for(run.case, run, lambda record: judge(record, access))
        return lambda record: verdict_of(record) in TOLD
    judged: dict[Record, bool] = {}

    def may_tell(record: Record) -> bool:
        if record not in judged:
            judged[record] = judge(record, access).verdict in TOLD
        return judged[record]

    return may_tell


def _names(value: object, register: Register) -> Iterator[str]:
    """The names in a cell: one, several in an array, or several between commas if the register knows them all."""
    if isinstance(value, list):
        yield from (str(one).strip() for one in value if one)
        return
    written = str(value or "").strip()
    parts = [part.strip() for part in written.split(",")]
    if len(parts) > 1 and register.resolve(written) is None and all(map(register.resolve, parts)):
        yield from parts
    elif written:
        yield written


def _categories(collection: Collection, recipient: Recipient | None) -> set[str]:
    """A log of disclosures tells who, the register what such a recipient can get; other rows are what was shared."""
    if collection.category != LOG:
        return {collection.category}
    return set(recipient.receives) - {LOG} if recipient else set()
