"""How the desk is, and what to do about what is not well."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from cases.health import checks, words


class Command(BaseCommand):
    help = "What the desk needs and whether it is there, line by line; status 1 if anything is not well."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        checks.forget()
        found = checks.all_checks()
        for check in found:
            self.stdout.write(f"{'ok  ' if check.is_well else 'NOT '} {words.NAMES[check.name]}")
            if not check.is_well:
                self.stdout.write(f"     {words.said(check)}")
        if not all(check.is_well for check in found):
            sys.exit(1)
