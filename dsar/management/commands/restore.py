"""Put a lost database back from its dumps, and hold the desk back until a person has released it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dsar.restore.restoring import Restored, restore
from dsar.restore.script import Unfit


class Command(BaseCommand):
    help = (
        "Load a dump of the desk and one of its keys into an empty database, all or nothing. The desk is then held "
        "back: no mail, no execution, no delivery until `release`. Again with the same dump: looks for more keys."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("dump", type=Path, metavar="DESK", help="plain dump of everything but the keys")
        keys = parser.add_mutually_exclusive_group(required=True)
        keys.add_argument("keys", type=Path, nargs="?", metavar="KEYS", help="plain dump of the keys")
        keys.add_argument("--without-keys", action="store_true", help="they are lost; all sealed data are")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        try:
            restored = restore(options["dump"], options["keys"])
        except Unfit as unfit:
            raise CommandError(str(unfit)) from None
        for line in _report(restored):
            self.stdout.write(line)


def _report(restored: Restored) -> list[str]:
    standing = restored.standing
    until = f"{standing.knows_until:%F %T %Z}" if standing.knows_until else "nothing"
    lines = [
        f"{'Restored' if restored.anew else 'Restored before'}: {restored.cases} cases; the audit log ends {until}.",
        f"Keys: {restored.keys}, of them destroyed: {restored.destroyed}.",
    ]
    if unknown := standing.unknown_cases:
        lines.append(
            f"Not loaded: keys of {len(unknown)} cases that the dump does not know: {_listed(unknown)}."
        )
    if locked := standing.locked_cases:
        lines.append(f"No key for something sealed in {len(locked)} cases: {_listed(locked)}.")
    return [
        *lines,
        "The desk is held back. Release it at /desk/held-back/, or with `manage.py release --reason ...`.",
    ]


def _listed(ids: list[Any]) -> str:
    return ", ".join(map(str, ids))
