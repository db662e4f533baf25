"""Let a desk that was restored do its work again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.casework import audit
from cases.casework.release import release, waiting
from cases.casework.workflow import Refusal
from cases.models import Operator


class Command(BaseCommand):
    help = "Release a desk that a restore holds back. What waits goes out within minutes; this says how much."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True, help="goes into the record")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        found = waiting(Operator.objects.all())
        try:
            release(reason=options["reason"], by=audit.SYSTEM)
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write(
            f"Released. Going out now: {found.mails} mails, {found.texts} text messages, "
            f"{found.recipients} notices to recipients, "
            f"{found.executions} cases to be carried out, {found.deliveries} answers to be delivered."
        )
