"""manage.py verify_record FILE...: is the record of a case what the desk wrote? Needs no database, no network."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand
from django.template.defaultfilters import pluralize

from exports.record.verify import check


class Command(BaseCommand):
    help = "Check records of cases by their chain and checkpoints. Status 0: all whole, 1: something does not fit."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--key", default="", help="the operator's public key as published, 64 hexadecimal digits"
        )

    def handle(self, *, files: list[Path], key: str, **_: object) -> None:
        broken = [path for path in files if not self._check(path, key)]
        if broken:
            sys.exit(1)

    def _check(self, path: Path, key: str) -> bool:
        found = check(path, key)
        anchors = f"{found.anchors} checkpoint{pluralize(found.anchors)}"
        counted = f"{found.entries} entries, {anchors} signed with {found.key}"
        self.stdout.write(f"{path}: {'NOT WHOLE' if found.faults else f'whole, {counted}'}")
        for sentence in (*found.faults, *found.notes):
            self.stdout.write(f"  {sentence}")
        return not found.faults
