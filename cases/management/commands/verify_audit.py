"""Recompute every audit chain and name the first broken row."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.casework import audit
from cases.models import AuditEntry


class Command(BaseCommand):
    help = "Verify the audit chains. Status 1 and the first broken row if one was touched."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if broken := audit.first_broken():
            where = f"{broken.operator}/{broken.stream} entry {broken.number}"
            raise CommandError(f"{where} ({broken.action}): {broken.reason}")
        self.stdout.write(f"{AuditEntry.objects.count()} entries, all chains whole")
