"""Passwords that were in a breach: looked up in a list on this machine, so that nobody else hears of one."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cases.models import User

LINE = 200  # bytes that no line of the list has


class Breached:
    """A validator of Django's, in `AUTH_PASSWORD_VALIDATORS`; without a list it refuses nothing."""

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002
        """ValidationError for a password in the list. OSError where the list can't be read: no password is set then."""
        if settings.BREACHED_PASSWORDS and _listed(settings.BREACHED_PASSWORDS, password):
            raise ValidationError(self.get_help_text(), code="breached")

    def get_help_text(self) -> str:
        return _("A password that was stolen somewhere before is not taken: it is tried first.")


def _listed(path: Path, password: str) -> bool:
    """Whether a list of SHA-1 in hexadecimal, sorted, one a line and perhaps ":" and how often, has it."""
    # How such lists are made; nothing is kept safe by it.
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while low < high:
            middle = (low + high) // 2
            # The line that begins at or before the middle's byte is over: the next one is compared.
            file.seek(max(middle - 1, 0))
            if middle:
                file.readline(LINE)
            found = file.readline(LINE).partition(b":")[0].strip().upper()
            if found == wanted:
                return True
            low, high = (middle + 1, high) if found and found < wanted else (low, middle)
    return False
