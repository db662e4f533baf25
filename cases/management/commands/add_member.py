"""The first people at the desk, and the first to hold a role that takes two; administrators add the others there."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.casework.members.accounts import sign_in_address
from cases.casework.members.staff import add_from_server
from cases.casework.workflow import Refusal
from cases.models import Operator
from cases.models.operators import Role

STAFF_ROLES = [role.value for role in Role if role != Role.SYSTEM]


class Command(BaseCommand):
    help = "Give a person a role at an operator. Without a password yet, a link to choose one is printed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("operator", metavar="SLUG")
        parser.add_argument("role", choices=STAFF_ROLES)
        parser.add_argument("--email", default="", help="where links and notices go")
        parser.add_argument(
            "--without-second",
            action="store_true",
            help="even though two members could give the role at the desk",
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        username, slug, role = options["username"], options["operator"], Role(options["role"])
        operator = Operator.objects.filter(pk=slug).first()
        if operator is None:
            raise CommandError(f"there is no operator {slug}; run load_operators first")
        try:
            user = add_from_server(
                operator,
                username=username,
                email=options["email"],
                role=role,
                alone=options["without_second"],
            )
        except Refusal as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"{user} is {role.value} at {slug}")
        if not user.has_usable_password():
            self.stdout.write(f"a password is chosen here, once: {sign_in_address(user)}")
