"""Passwords that are little more than the names of those somebody works for: the first that an outsider tries."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cases.models import Operator, User

SHORTEST = 4  # letters of a word that says whose it is
LEAST = 8  # letters that are left without such words


class OwnWords:
    """A validator of Django's, in `AUTH_PASSWORD_VALIDATORS`."""

    def validate(self, password: str, user: User | None = None) -> None:
        """ValidationError where fewer than `LEAST` letters are the person's own."""
        text = password.lower()
        for word in sorted(_words(user), key=len, reverse=True):
            text = text.replace(word, "")
        if len(re.sub(r"[\W\d_]", "", text)) < LEAST <= len(re.sub(r"[\W\d_]", "", password)):
            raise ValidationError(self.get_help_text(), code="own-words")

    def get_help_text(self) -> str:
        return _(
            "Without the names of the operator, the desk and yourself, at least 8 letters have to be left."
        )


def _words(user: User | None) -> set[str]:
    told = [*Operator.objects.values_list("pk", flat=True), urlsplit(settings.BASE_URL).hostname or ""]
    told += [user.username, user.email] if user else []
    return {word for one in told for word in re.findall(r"[^\W_]+", one.lower()) if len(word) >= SHORTEST}
