"""What an erasure owes to secret orders, in everybody's case alike: what it remembers, and what it waits for."""

from cases.assessment import assessing
from cases.casework.secrecy import guarded, undecided
from cases.law.decisions import judge
from cases.law.situation import Situation
from cases.models import Case, Order, Run
from cases.rows import chunks
from cases.rows.signatures import reader
from cases.sources.configured import collection_of
from cases.sources.ordinary_view import Gone, note_said_erased, row_key
from connectors.rows.graph import parsed

ERASING = frozenset({"erase", "gone"})
WAITS = "waits-for-rule"


def waits(case: Case, **where: str) -> bool:
    """Whether two officers still have to say if a secret rule can touch rows of this case; then nobody's go.

    ``where``: source and collection, for those alone.
    """
    categories = undecided(case.operator_id)
    return bool(categories) and case.runs.filter(**where, category__in=categories, rows__gt=0).exists()


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
