"""Recompute every audit chain and name the first broken row."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases import audit
from cases.models import AuditEntry


class Command(BaseCommand):
    help = "Verify the audit chains. Status 1 and the first broken row if one was touched."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if broken := audit.first_broken():
            entry, reason = broken
            raise CommandError(
                f"{entry.operator}/{entry.stream} entry {entry.number} ({entry.action}): {reason}"
            )
        self.stdout.write(f"{AuditEntry.objects.count()} entries, all chains whole")
