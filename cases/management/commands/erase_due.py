"""Erase what was kept and whose last day has passed."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from cases.expiry import erase_due


class Command(BaseCommand):
    help = "Erase kept rows whose last day lies before today, or before --on DATE."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", type=date.fromisoformat, help="pretend it is this day (YYYY-MM-DD)")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        self.stdout.write(f"{erase_due(options['on'])} rows erased")
