"""The files that owners of systems handed over, for the package: those whose row is given, as they were given."""

from collections.abc import Iterator
from functools import partial

from cases import chunks, vault
from cases.evidence import orders_on, reader
from cases.models import Case, HandedFile
from cases.models.keys import KeyUse
from cases.situation import Situation
from connectors.graph import parsed
from exports.facts import IN_PACKAGE
from exports.package import AttachedFile
from exports.rows import verdicts


def attached(case: Case, situation: Situation) -> Iterator[AttachedFile]:
    """The sealed files of this case that the person gets. A row with somebody else in it is masked; a file can't be."""
    for run in case.runs.filter(handed__name__gt="").distinct():
        run.case = case
        files = {each.file: each for each in HandedFile.objects.filter(run=run, name__gt="")}
        read, verdict_of = reader(run, orders_on(case)), verdicts(case, run, situation)
        for row in map(parsed, chunks.lines(run)):
            handed = files.get(str(row.get("file")))
            if handed and verdict_of(read(row)) in IN_PACKAGE - {"redact"}:
                yield AttachedFile(
                    handed.file, partial(vault.unsealed_stream, case, KeyUse.COLLECTED, handed.name)
                )
