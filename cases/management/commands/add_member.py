"""The first people at the desk; an administrator adds the others there."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from cases.casework import audit
from cases.casework.staff import first_password
from cases.models import Membership, Operator, User
from cases.models.operators import Role

STAFF_ROLES = [role.value for role in Role if role != Role.SYSTEM]


class Command(BaseCommand):
    help = "Give a person a role at an operator. A new person's first password is printed, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("operator", metavar="SLUG")
        parser.add_argument("role", choices=STAFF_ROLES)

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        username, slug, role = options["username"], options["operator"], options["role"]
        operator = Operator.objects.filter(pk=slug).first()
        if operator is None:
            raise CommandError(f"there is no operator {slug}; run load_operators first")
        user = User.objects.filter(username=username).first()
        if user is None:
            password = first_password()
            user = User.objects.create_user(username, password=password, must_change_password=True)
            self.stdout.write(f"password, shown once: {password}")
        _membership, new = Membership.objects.get_or_create(user=user, operator=operator, role=role)
        if new:
            audit.record(operator, "member.added", by=audit.SYSTEM, user=user.pk, role=role)
        self.stdout.write(f"{username} is {role} at {slug}")
