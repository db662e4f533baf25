"""Erase what was kept and whose last day has passed."""

from collections import Counter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.casework import standstill
from cases.execution.erasure.due import still_waiting
from cases.execution.erasure.expiry import erase_due
from cases.sources.error_words import SOURCE_ERRORS


class Command(BaseCommand):
    help = "Erase kept rows whose last day lies before today, or before --on DATE. Fails where due rows wait."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="pretend it is this day (YYYY-MM-DD)")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if standstill.is_on():
            raise CommandError(
                "the desk was restored and is held back: nothing is erased before `manage.py release`"
            )
        self.stdout.write(f"{erase_due(options['on'])} rows erased")
        waiting: Counter[tuple[str, str]] = Counter()
        for one in still_waiting(options["on"]):
            waiting[f"{one.case.operator_id} {one.source}/{one.collection}", _why(one.error)] += one.rows
        for (place, why), rows in waiting.items():
            self.stdout.write(f"{place}: {rows} rows wait: {why}")
        if waiting:
            raise CommandError(f"{waiting.total()} due rows wait")


def _why(error: str) -> str:
    """A stored error in words: of the source itself, of the operator's folder, or of our own sealed list of rows."""
    code = error.partition(":")[0]
    if code == "faulty-file":
        return "its operator's connectors.toml is gone or not valid"
    return str(SOURCE_ERRORS.get(code, f"the list of its rows can't be read ({code})"))
