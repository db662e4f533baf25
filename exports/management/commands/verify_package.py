"""manage.py verify_package FILE...: does each package hold what its manifest says? Needs no database, no network."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from exports.package.verify import problems


class Command(BaseCommand):
    help = "Check packages against their own manifests. Status 0: all whole, 1: something differs."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")

    def handle(self, *, files: list[Path], **_: object) -> None:
        broken = [path for path in files if not self._check(path)]
        if broken:
            sys.exit(1)

    def _check(self, path: Path) -> bool:
        found = list(problems(path))
        self.stdout.write(f"{path}: {'whole' if not found else 'NOT WHOLE'}")
        for problem in found:
            self.stdout.write(f"  {problem}")
        return not found
