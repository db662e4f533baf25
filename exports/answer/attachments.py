"""The files that owners of systems handed over, for the package: those whose row is given, as they were given."""

from collections.abc import Iterator
from functools import partial

from cases.assessment.situations import open_orders_on
from cases.law.situation import Situation
from cases.models import Case, HandedFile
from cases.models.keys import KeyUse
from cases.rows import chunks
from cases.rows.signatures import reader
from cases.sealed import vault
from connectors.rows.graph import parsed
from exports.answer.given_rows import is_masked, verdicts
from exports.letter.facts import IN_PACKAGE
from exports.masking import files as masked_files
from exports.package.zipped import AttachedFile


def attached(case: Case, situation: Situation) -> Iterator[AttachedFile]:
    """The sealed files of this case that the person gets. One with somebody else in it is left out, or what a
    caseworker put in its place is given."""
    for run in case.runs.filter(handed__name__gt="").distinct():
        run.case = case
        files = {each.file: each for each in HandedFile.objects.filter(run=run, name__gt="")}
        cuts = masked_files.newest(run)
        read, verdict_of = reader(run, open_orders_on(case)), verdicts(case, run, situation)
        for row in map(parsed, chunks.lines(run)):
            handed, record = files.get(str(row.get("file"))), read(row)
            verdict = verdict_of(record)
            if not handed or verdict not in IN_PACKAGE:
                continue
            if (cut := cuts.get(handed.file)) is not None:
                yield AttachedFile(cut.file, partial(masked_files.contents, case, cut))
            elif not is_masked(verdict, record):
                yield AttachedFile(
                    handed.file, partial(vault.unsealed_stream, case, KeyUse.COLLECTED, handed.name)
                )
