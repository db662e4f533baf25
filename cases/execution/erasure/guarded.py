"""What an erasure owes to secret orders, in everybody's case alike: what it remembers, and what it waits for."""

from collections.abc import Sequence

from cases.assessment import assessing
from cases.casework.secrecy import guarded, undecided
from cases.law.decisions import judge
from cases.law.situation import Situation
from cases.models import Case, Order, Run
from cases.rows import chunks
from cases.rows.signatures import reader
from cases.sources.configured import collection_of
from cases.sources.ordinary_view import Gone, note_said_erased, row_key
from connectors.contract.base import Key
from connectors.rows.graph import parsed

ERASING = frozenset({"erase", "gone"})
WAITS = "waits-for-rule"


def waits(case: Case, **where: str) -> bool:
    """Whether two officers still have to say if a secret rule can touch rows of this case; then nobody's go.

    ``where``: source and collection, for those alone.
    """
    categories = undecided(case.operator_id)
    return bool(categories) and case.runs.filter(**where, category__in=categories, rows__gt=0).exists()


def counted(case: Case, source: str, collection: str, found: int, asked: Sequence[Key]) -> int:
    """How many of the rows that go count as erased: those the source still holds.

    Where a secret rule can touch rows, all that were asked for: a source that erases by itself, and keeps what an order
    names, would tell of the order by what it still holds.
    """
    described = collection_of(case.operator_id, source, collection)
    return len(asked) if described.category in guarded(case.operator_id) else found


def note_by_hand(run: Run, situation: Situation, orders: list[Order]) -> None:
    """Remember the rows that a person erases because no connector can: the letter says that they go."""
    if run.category not in guarded(run.case.operator_id):
        return
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    read = reader(run, orders)
    verdict_of = assessing.verdict_for(run.case, run, lambda record: judge(record, situation))
    gone: list[Gone] = []
    for line in chunks.lines(run):
        row = parsed(line)
        record = read(row)
        if verdict_of(record) in ERASING:
            gone.append((row_key(collection, row, line), record.at))
    note_said_erased(run.case, run.source, run.collection, "by-hand", gone)
