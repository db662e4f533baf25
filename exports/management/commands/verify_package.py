"""manage.py verify_package FILE...: the check that anybody can run without the desk (exports/package/verify.py)."""

import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from exports.package.verify import Unfit, check, published, told


class Command(BaseCommand):
    help = (
        "Check packages and receipts, as verify.py does. Status 0: all whole, and with --keys proven; 1: not."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument(
            "--keys", type=Path, help="the operator's keys, from /.well-known/dsar-package-keys.json"
        )

    def handle(self, *, files: list[Path], keys: Path | None, **_: object) -> None:
        try:
            known = published(keys.read_bytes()) if keys else None
        except (Unfit, OSError) as error:
            raise CommandError(f"the keys can't be read: {error}") from None
        verdicts = [(path, check(path, known)) for path in files]
        for path, verdict in verdicts:
            self.stdout.write(told(path, verdict))
        if any(verdict.faults or (known and not verdict.proven) for _path, verdict in verdicts):
            sys.exit(1)
