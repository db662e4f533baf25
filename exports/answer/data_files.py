"""The files of rows in a package: for each run with something to give, its rows and what is said of them."""

from collections.abc import Iterator, Mapping

from django.db.models import Sum

from cases.casework.operators import register_of_case
from cases.law.situation import Situation
from cases.models import Case, Run
from cases.sources.configured import collection_of, source_of
from exports.answer.asked import HANDS_OVER_DATA
from exports.answer.given_rows import GivenRows
from exports.letter.facts import CaseFacts, CollectionFacts, file_stem
from exports.letter.items.annexes import annexes
from exports.letter.items.described import described
from exports.package.layout import DataFile


def data_files(case: Case, situation: Situation, facts: CaseFacts) -> Iterator[tuple[Run, DataFile]]:
    """Of each collection that has rows for the person."""
    if case.right not in HANDS_OVER_DATA:
        return
    filled = {
        (one.source, one.collection): one for part in facts.categories for one in part.collections if one.rows
    }
    printed = annexes(facts)
    for run in case.runs.filter(rows__gt=0):
        if (run.source, run.collection) in filled:
            run.case = case
            yield run, _file(case, run, situation, filled[run.source, run.collection], printed)


def _file(
    case: Case,
    run: Run,
    situation: Situation,
    found: CollectionFacts,
    printed: Mapping[str, tuple[str, ...]],
) -> DataFile:
    collection = collection_of(case.operator_id, run.source, run.collection)
    given = GivenRows(case, run, situation)
    words, stem = described(collection, case.language), file_stem(run.category, run.source, run.collection)
    return DataFile(
        stem=stem,
        name=collection.name.get(case.language),
        source_name=source_of(case.operator_id, run.source).name.get(case.language),
        rows=given.lines,
        columns=words["columns"],
        codes=words["codes"],
        time_zone=register_of_case(case).time_zone,
        covered=found.covered,
        shape=given.shape,
        most=run.chunks.filter(secret=False).aggregate(all=Sum("bytes"))["all"] or 0,
        annex=printed.get(stem, ()),
        count=found.rows,
    )
