"""manage.py package_keys: the keys that operators sign packages and receipts with; one is turned or withdrawn."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from cases.casework.operators import get_operator
from cases.casework.signing import keys
from cases.models import SigningKey


class Command(BaseCommand):
    help = (
        "List the keys that operators sign packages and receipts with. --turn: another one signs from now on, and what "
        "was signed stays proven. --withdraw: nothing a key ever signed proves anything any more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--turn", metavar="OPERATOR", help="by its slug")
        either.add_argument(
            "--withdraw", metavar="KEY", help="the public key, or the 16 digits that it begins with"
        )

    def handle(self, *, turn: str | None, withdraw: str | None, **_: object) -> None:
        if turn:
            operator = get_operator(turn)
            if operator is None:
                raise CommandError(f"there is no operator {turn}")
            keys.turn(operator)
        if withdraw:
            keys.withdraw(_key(withdraw))
        for key in keys.published():
            until = f"until {key['until']}" if key["until"] else "signs now"
            state = f"withdrawn {key['withdrawn']}" if key["withdrawn"] else until
            self.stdout.write(f"{key['operator']}  {key['key']}  from {key['from']}  {state}")


def _key(begin: str) -> SigningKey:
    if len(begin) < 16:
        raise CommandError("give at least the first 16 digits of the key")
    found = SigningKey.objects.filter(public__startswith=begin.lower())
    if len(found) != 1:
        raise CommandError(f"{len(found)} keys begin with {begin}")
    return found[0]
