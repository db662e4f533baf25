"""Case references a person can read over the phone: no letters that look or sound alike, two check digits.

Form: YY-XXXXX-CC, the check by ISO 7064 MOD 97-10 over the rest.
"""

import secrets

from stdnum.iso7064 import mod_97_10

ALPHABET = "23456789ACEFHJKMNPRTWXYZ"


def _formatted(year: str, body: str, check: str) -> str:
    return f"{year}-{body}-{check}"


def new(year: int) -> str:
    """A random reference of that year; 24 ** 5 (8 million) of them, uniqueness is the database's."""
    short = f"{year % 100:02}"
    body = "".join(secrets.choice(ALPHABET) for _ in range(5))
    return _formatted(short, body, mod_97_10.calc_check_digits(short + body))


def read(typed: str) -> str | None:
    """The reference in its one form, however it was typed; None if the check digits do not fit."""
    compact = "".join(char for char in typed.upper() if char.isascii() and char.isalnum())
    if len(compact) != 9 or not set(compact[2:7]) <= set(ALPHABET) or not mod_97_10.is_valid(compact):
        return None
    return _formatted(compact[:2], compact[2:7], compact[7:])
