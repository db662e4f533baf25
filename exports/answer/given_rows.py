"""The rows that are given: streamed from the sealed chunks, judged, masked where they tell of somebody else."""

from collections.abc import Callable, Iterator, Mapping

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


def verdicts(case: Case, run: Run, situation: Situation) -> Callable[[Record], str]:
    """The effective verdict of a row of this run, by its signature."""
    return verdict_for(case, run, lambda record: judge(record, situation))


def given(case: Case, run: Run, situation: Situation) -> Iterator[bytes]:
    """The lines of a run that the person gets, one JSON object each, a chunk in memory at a time."""
    columns = collection_of(case.operator_id, run.source, run.collection).redact
    if run.handed.exclude(name="").exists():
        # A file with somebody else in it stays out of the package, so the row must not point to it.
        columns = (*columns, "file")
    read, verdict_of = reader(run, orders_on(case)), verdicts(case, run, situation)
    for line in chunks.lines(run):
        row = parsed(line)
        verdict = verdict_of(read(row))
        if verdict == "redact":
            yield orjson.dumps(redacted(row, columns))
        elif verdict in IN_PACKAGE:
            yield line


def redacted(row: Mapping[str, object], columns: tuple[str, ...]) -> dict[str, object]:
    """The row with what tells of somebody else masked; every column stays, so that nothing vanishes unseen."""
    return {
        name: MASK if name in columns and value not in (None, "") else value for name, value in row.items()
    }
