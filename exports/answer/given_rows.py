"""The rows that are given: streamed from the sealed chunks, judged, masked where they tell of somebody else."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache

import orjson

from cases.assessment.assessing import verdict_for
from cases.assessment.situations import orders_on
from cases.law.decisions import judge
from cases.law.situation import Record, Situation
from cases.models import Case, Run
from cases.rows import chunks
from cases.rows.signatures import reader
from cases.sources.configured import collection_of
from connectors.rows.graph import parsed
from exports.letter.facts import IN_PACKAGE, MASK

# To mask what is empty would say that something stood there.
EMPTY: tuple[object, ...] = (None, "", [], {})


class NotCovered(ValueError):
    """A row that tells of somebody else, and nothing in it that could be masked: it must not be given like that."""

    def __init__(self, run: Run, columns: Collection[str]) -> None:
        place = f"{run.source}/{run.collection}"
        named = ", ".join(f"`{column}`" for column in columns)
        lacks = f"a row has no column {named}" if named else "no column is named in `redact`"
        super().__init__(
            f"{place}: rows that tell of somebody else could not be masked, {lacks}. Have `redact` corrected in "
            f"connectors.toml, or decide not to hand {run.category} over."
        )


def verdicts(case: Case, run: Run, situation: Situation) -> Callable[[Record], str]:
    """The effective verdict of a row of this run, by its signature.

    Whoever gives what the law holds back has not weighed what it tells of others: that stays masked.
    """
    ruled = lru_cache(maxsize=None)(lambda record: judge(record, situation))
    decided = verdict_for(case, run, ruled)

    def verdict_of(record: Record) -> str:
        verdict = decided(record)
        if verdict == "give" and _tells_of_others(record) and ruled(record).verdict != "redact":
            return "redact"
        return verdict

    return verdict_of


def is_masked(verdict: str, record: Record) -> bool:
    """Whether a given row leaves with what tells of somebody else masked.

    The right to take data along harms the others in them no more than a copy may (Articles 15(4), 20(4) GDPR).
    """
    return verdict == "redact" or (verdict == "port" and _tells_of_others(record))


def _tells_of_others(record: Record) -> bool:
    return record.hidden_number or record.other_person


def given(case: Case, run: Run, situation: Situation) -> Iterator[bytes]:
    """The lines of a run that the person gets, one JSON object each, a chunk in memory at a time.

    Raises NotCovered at a row that cannot be masked.
    """
    columns_of = masked_columns(case, run)
    read, verdict_of = reader(run, orders_on(case)), verdicts(case, run, situation)
    for line in chunks.lines(run):
        row = parsed(line)
        record = read(row)
        verdict = verdict_of(record)
        if is_masked(verdict, record):
            yield orjson.dumps(redacted(run, row, columns_of(row)))
        elif verdict in IN_PACKAGE:
            # To the byte as it was gathered.
            yield line


def covered(case: Case, run: Run, situation: Situation) -> int:
    """How many values of a run are masked in what the person gets. Raises NotCovered."""
    columns_of = masked_columns(case, run)
    read, verdict_of = reader(run, orders_on(case)), verdicts(case, run, situation)
    count = 0
    for row in map(parsed, chunks.lines(run)):
        record = read(row)
        if is_masked(verdict_of(record), record):
            count += len(_telling(run, row, columns_of(row)))
    return count


def masked_columns(case: Case, run: Run) -> Callable[[Mapping[str, object]], Collection[str]]:
    """The columns of each row of this run that tell of somebody else, where the row does."""
    columns = collection_of(case.operator_id, run.source, run.collection).redact
    files = frozenset(run.handed.exclude(name="").values_list("file", flat=True))
    # A file with somebody else in it stays out of the package, so the row must not point to it.
    return lambda row: ("file",) if str(row.get("file")) in files else columns


def redacted(run: Run, row: Mapping[str, object], columns: Collection[str]) -> dict[str, object]:
    """The row with what tells of somebody else masked; every column stays, so that nothing vanishes unseen."""
    telling = _telling(run, row, columns)
    return {name: MASK if name in telling else value for name, value in row.items()}


def _telling(run: Run, row: Mapping[str, object], columns: Collection[str]) -> frozenset[str]:
    """The columns of this row to mask: whole values, however they are made up. One that is empty tells nothing.

    All of them have to be there: one that is spelled otherwise in this row would leave it as it is.
    """
    missing = set(columns) - row.keys()
    if missing or not columns:
        raise NotCovered(run, sorted(missing))
    return frozenset(name for name in columns if row[name] not in EMPTY)
