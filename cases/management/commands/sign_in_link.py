"""A link for a member who can neither sign in nor be reached by mail. Hand it to that person alone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from cases.casework.audit import SYSTEM
from cases.casework.members.accounts import record_everywhere, sign_in_address
from cases.casework.members.lost_factor import take_away_from_server
from cases.models import User
from cases.models.operators import Role


class Command(BaseCommand):
    help = "Print a link behind which a member of staff chooses a password, once. The record says that it was made."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--without-second-factor",
            action="store_true",
            help="their second factor and spare codes are lost: take them away, and the password with them",
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        user = User.objects.filter(username=options["username"]).first()
        if user is None or not user.memberships.exclude(role=Role.SYSTEM).exists():
            raise CommandError(f"no member of staff is called {options['username']}; add_member makes one")
        if options["without_second_factor"]:
            take_away_from_server(user)
            user.refresh_from_db()
        record_everywhere(user, "member.link-printed", by=SYSTEM)
        self.stdout.write(sign_in_address(user))
