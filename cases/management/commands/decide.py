"""Run case files through the law: no database, no network."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cases.law.casefiles.compare import mismatches
from cases.law.casefiles.outcome import cleared_outcome, outcome
from cases.law.casefiles.reading import read
from cases.law.casefiles.table import table
from connectors.description.tomlfile import ConfigError

MISMATCH, BAD_INPUT = 1, 2


class Command(BaseCommand):
    help = (
        "Decide case files. Exit status 1: a file did not get what it expects; 2: a file could not be used."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--json", action="store_true", help="one JSON object a file, one a line")
        parser.add_argument("--cleared", action="store_true", help="let secret records and orders take part")

    def handle(self, *_: Any, files: list[Path], **options: Any) -> None:
        status = max(self._decide(path, name=len(files) > 1, **options) for path in files)
        if status:
            raise SystemExit(status)

    def _decide(self, path: Path, *, name: bool, json: bool, cleared: bool, **_: Any) -> int:
        try:
            case = read(path, settings.OPERATORS_DIR)
        except ConfigError as error:
            self.stderr.write(str(error))
            return BAD_INPUT
        found = cleared_outcome(case) if cleared else outcome(case)
        # The path only where several are decided: an outcome tells nothing of its file (docs/adr/0025).
        self.stdout.write(_line(found) if json else f"{f'{path}: ' if name else ''}{table(case, found)}")
        wrong = mismatches(case.file.expect, found, is_cleared=cleared) if case.file.expect else []
        report = self.stderr if json else self.stdout
        for mismatch in wrong:
            report.write(f"{path}: {mismatch}")
        if case.file.expect and not wrong and not json:
            self.stdout.write("as expected")
        return MISMATCH if wrong else 0


def _line(found: dict[str, Any]) -> str:
    return json.dumps(found, default=str, ensure_ascii=False)
