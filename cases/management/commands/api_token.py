"""A token for an operator's own system. It is printed once; only its hash is kept."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from knox.models import AuthToken

from cases.casework import audit
from cases.models import Membership, Operator, User
from cases.models.operators import PARTS, Role


class Command(BaseCommand):
    help = "Make a token for an operator's system, or take all of its tokens away."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the system's user; made if there is none")
        parser.add_argument(
            "--operator", action="append", default=[], metavar="SLUG", help="let it hand in requests here"
        )
        parser.add_argument("--days", type=int, help="the token ends after so many days; else it has no end")
        parser.add_argument("--revoke", action="store_true", help="end every token of this user")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        username = options["username"]
        if options["revoke"]:
            self.revoke(username)
        else:
            self.make(username, options["operator"], options["days"])

    def make(self, username: str, slugs: list[str], days: int | None) -> None:
        """Prints the token. CommandError for an unknown operator, or a user who would have no rights."""
        if days is not None and not 0 < days <= 3650:
            raise CommandError("--days takes 1 to 3650")
        user = _system(username)
        for slug in slugs:
            self.admit(user, slug)
        operators = Operator.objects.filter(memberships__user=user, memberships__role=Role.SYSTEM)
        if not operators:
            raise CommandError(f"{username} belongs to no operator: name one with --operator")
        _token, text = AuthToken.objects.create(user, expiry=timedelta(days=days) if days else None)
        for operator in operators:
            audit.record(operator, "token.made", by=audit.SYSTEM, user=user.pk, days=days)
        self.stdout.write(text)
        # Beside it: standard output holds the token alone, for a script to take.
        self.stderr.write("This is shown once. Send it as:  Authorization: Token <the token>")

    def admit(self, user: User, slug: str) -> None:
        operator = Operator.objects.filter(pk=slug).first()
        if operator is None:
            raise CommandError(f"there is no operator {slug}; run load_operators first")
        _membership, new = Membership.objects.get_or_create(user=user, operator=operator, role=Role.SYSTEM)
        if new:
            audit.record(operator, "member.added", by=audit.SYSTEM, user=user.pk, role=Role.SYSTEM)

    def revoke(self, username: str) -> None:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"there is no user {username}")
        ended, _by_model = AuthToken.objects.filter(user=user).delete()
        for operator in Operator.objects.filter(memberships__user=user, memberships__role=Role.SYSTEM):
            audit.record(operator, "token.revoked", by=audit.SYSTEM, user=user.pk, tokens=ended)
        self.stdout.write(f"{ended} tokens ended")


def _system(username: str) -> User:
    """The user, who can't log in with a password; one who works at the desk is refused."""
    user = User.objects.filter(username=username).first()
    if username in PARTS:
        raise CommandError(f"the record calls a part of the desk {username}; choose another name")
    if user is None:
        return User.objects.create_user(username)
    if user.memberships.exclude(role=Role.SYSTEM).exists():
        raise CommandError(f"{username} works at the desk; a system needs a user of its own")
    return user
