"""Tokens for an operator's own system. One is printed once; only its hash is kept."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.template.defaultfilters import pluralize
from knox.models import AuthToken

from cases.casework import audit
from cases.casework.members import tokens
from cases.models import Membership, Operator, Scope, User
from cases.models.operators import PARTS, Role


class Command(BaseCommand):
    help = "Make a token for an operator's system, list its tokens, or take them away."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the system's user; made if there is none")
        parser.add_argument(
            "--operator", action="append", default=[], metavar="SLUG", help="let it hand in requests here"
        )
        parser.add_argument(
            "--days",
            type=int,
            default=tokens.DAYS,
            help=f"the token ends after so many; default {tokens.DAYS}",
        )
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it may do, again for more; else everything",
        )
        parser.add_argument("--list", action="store_true", help="show this user's tokens")
        parser.add_argument("--revoke", action="store_true", help="end every token of this user")
        parser.add_argument(
            "--revoke-one", metavar="KEY", help="end the one that --list shows under this key"
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        username = options["username"]
        if options["list"]:
            self.list(username)
        elif options["revoke"] or options["revoke_one"]:
            self.revoke(username, options["revoke_one"])
        else:
            self.make(username, options["operator"], options["days"], options["scope"] or Scope.values)

    def make(self, username: str, slugs: list[str], days: int, scopes: list[str]) -> None:
        """Prints the token. CommandError for an unknown operator, or a user who would have no rights."""
        if not 0 < days <= 3650:
            raise CommandError("--days takes 1 to 3650")
        user = _system(username)
        for slug in slugs:
            self.admit(user, slug)
        if not tokens.operators_of(user):
            raise CommandError(f"{username} belongs to no operator: name one with --operator")
        self.stdout.write(tokens.make(user, days=days, scopes=set(scopes)))
        # Beside it: standard output holds the token alone, for a script to take.
        self.stderr.write(
            f"This is shown once, and ends in {days} days. Send it as:  Authorization: Token <the token>"
        )

    def admit(self, user: User, slug: str) -> None:
        operator = Operator.objects.filter(pk=slug).first()
        if operator is None:
            raise CommandError(f"there is no operator {slug}; run load_operators first")
        _membership, new = Membership.objects.get_or_create(user=user, operator=operator, role=Role.SYSTEM)
        if new:
            audit.record(operator, "member.added", by=audit.SYSTEM, user=user.pk, role=Role.SYSTEM)

    def list(self, username: str) -> None:
        for token in _of(username).prefetch_related("scopes").order_by("created", "pk"):
            used = getattr(token, "use", None)
            words = [
                token.token_key,
                f"ends {token.expiry:%F}" if token.expiry else "has no end",
                f"used {used:%F %H:%M}" if (used := used and used.at) else "never used",
                ", ".join(sorted(each.scope for each in token.scopes.all())),
            ]
            self.stdout.write("  ".join(words))

    def revoke(self, username: str, key: str | None) -> None:
        found = _of(username)
        chosen = list(found.filter(token_key=key) if key else found)
        if key and not chosen:
            raise CommandError(f"{username} has no token {key}; --list shows what there is")
        ended = tokens.end(chosen, by=audit.SYSTEM)
        self.stdout.write(f"{ended} token{pluralize(ended)} ended")


def _of(username: str) -> Any:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"there is no user {username}")
    return AuthToken.objects.filter(user=user).select_related("user", "use")


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
