"""Erase what was kept and whose last day has passed."""

from collections import Counter
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.casework import standstill
from cases.execution.erasure.due import due_then, has_come, still_waiting
from cases.execution.erasure.expiry import erase_due
from cases.models import ScheduledErasure
from cases.sealed import orders_key
from cases.sources.error_words import SOURCE_ERRORS


class Command(BaseCommand):
    help = (
        "Erase kept rows whose last day lies before today, or before --on DATE. Fails where due rows wait. "
        "For a day that has not come it erases nothing and says what is due by then."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="as on this day (YYYY-MM-DD)")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if standstill.is_on():
            raise CommandError(
                "the desk was restored and is held back: nothing is erased before `manage.py release`"
            )
        if (on := options["on"]) and not has_come(on):
            self._look_ahead(on)
        elif not orders_key.is_at_hand():
            raise CommandError(str(orders_key.NotCleared()))
        else:
            self._erase(on)

    def _look_ahead(self, on: date) -> None:
        self.stdout.write(
            f"{on} has not come: nothing is erased. Due by then, unless the law keeps it longer:"
        )
        due: Counter[str] = Counter()
        for one in due_then(on).select_related("case"):
            due[_where(one)] += one.rows
        for place, rows in sorted(due.items()):
            self.stdout.write(f"{place}: {rows} rows")
        self.stdout.write(f"{due.total()} rows")

    def _erase(self, on: date | None) -> None:
        self.stdout.write(f"{erase_due(on)} rows erased")
        waiting: Counter[tuple[str, str]] = Counter()
        for one in still_waiting(on):
            waiting[_where(one), _why(one.error)] += one.rows
        for (place, why), rows in waiting.items():
            self.stdout.write(f"{place}: {rows} rows wait: {why}")
        if waiting:
            raise CommandError(f"{waiting.total()} due rows wait")


def _where(one: ScheduledErasure) -> str:
    return f"{one.case.operator_id} {one.source}/{one.collection}"


def _why(error: str) -> str:
    """A stored error in words: of the source itself, of the operator's folder, or of our own sealed list of rows."""
    code = error.partition(":")[0]
    if code == "faulty-file":
        return "its operator's connectors.toml is gone or not valid"
    return str(SOURCE_ERRORS.get(code, f"the list of its rows can't be read ({code})"))
