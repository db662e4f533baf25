"""Case references a person can read over the phone: no letters that look or sound alike, two check digits.

One a request: its first case has it, and the others have it with their place behind it, YY-XXXXX-CC-2 and so on.

Form: YY-XXXXX-CC, the check by ISO 7064 MOD 97-10 over the year and each letter's place in the alphabet. Every place
is written with two digits, or a digit in place of a letter would go unnoticed now and then.
"""

import secrets
from uuid import UUID

from stdnum.iso7064 import mod_97_10

from cases.models import Case, Operator, Submission
from cases.sealed import vault

ALPHABET = "23456789ACEFHJKMNPRTWXYZ"
LENGTH = len("YY-XXXXX-CC")
# Nine rights can be asked at once; the first has no place behind it.
PLACES = {"", *"23456789"}


def _formatted(year: str, body: str, check: str) -> str:
    return f"{year}-{body}-{check}"


def new(year: int) -> str:
    """A random reference of that year; 24 ** 5 (8 million) of them, uniqueness is the database's."""
    return made_of(f"{year % 100:02}", "".join(secrets.choice(ALPHABET) for _ in range(5)))


def made_of(year: str, body: str) -> str:
    """The reference of a two-digit year and five characters, with its check digits."""
    return _formatted(year, body, mod_97_10.calc_check_digits(_digits(year, body)))


def _digits(year: str, body: str) -> str:
    return year + "".join(str(10 + ALPHABET.index(char)) for char in body)


def read(typed: str) -> str | None:
    """The reference in its one form, however it was typed; None if the check digits do not fit."""
    compact = "".join(char for char in typed.upper() if char.isascii() and char.isalnum())
    year, body, check, place = compact[:2], compact[2:7], compact[7:9], compact[9:]
    shaped = len(check) == 2 and (year + check).isdigit() and set(body) <= set(ALPHABET)
    if not shaped or place not in PLACES or not mod_97_10.is_valid(_digits(year, body) + check):
        return None
    return of_case(_formatted(year, body, check), int(place or "1"))


def of_case(reference: str, number: int) -> str:
    """That of the request's first, second, third case. The database keeps the first, so the request's, unique."""
    return reference if number == 1 else f"{reference}-{number}"


def of_request(reference: str) -> str:
    """The request's, of any of its cases'."""
    return reference[:LENGTH]


def find_submission(operator: Operator, typed: str) -> Submission | None:
    """The submission behind a reference, however it was typed."""
    # Not None, of which the database need not be asked: what can't be read is looked up like the rest.
    reference = of_request(read(typed) or "")
    found = Case.objects.filter(operator=operator, reference=reference).select_related("submission").first()
    return found.submission if found else None


def asked_of(operator: Operator, typed: str) -> Submission:
    """The submission behind a reference, or one that stands in for it: kept nowhere, and the same for each reference.

    Whoever goes on with it does the same work, and counts the same tries, as for one that there is.
    """
    stands_in = UUID(hex=vault.digest(operator.pk, "no-request", read(typed) or typed)[:32])
    return find_submission(operator, typed) or Submission(pk=stands_in, operator=operator)
