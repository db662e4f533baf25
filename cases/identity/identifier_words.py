"""What is wrong with an identifier that was typed, in a sentence: the same at every door."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.identity.characters import Unseen
from cases.identity.identifiers import NotAnIdentifier

SENTENCES = {
    "empty": _("Write the value: there are only blanks."),
    "phone": _("Write the phone number with its digits only, for example 070 174 06 05 or +45 20 12 34 56."),
    "phone-several": _("Write one number in each field: there are more digits here than a phone number has."),
    "phone-short": _("This phone number is too short. Write all of its digits, for example 070 174 06 05."),
    "personnummer": _(
        "Write the personal identity number with ten or twelve digits, for example 19880320-0016."
    ),
    "personnummer-digits": _(
        "The digits of this personal identity number do not fit together. Compare them with your ID card or passport."
    ),
    "cpr-digits": _(
        "The digits of this CPR number do not fit together: the first six must be a day. Compare them with your health "
        "card."
    ),
    "cpr": _("Write the CPR number with ten digits, for example 211062-5629."),
    "email": _("Write an e-mail address we can answer, for example name@example.com."),
    "mailbox-letters": _(
        "Before the @ we can only send mail to the letters a to z, digits and signs. Write another address."
    ),
}
NAMES = {
    "\u00ad": _("soft hyphen"),
    "\u200b": _("zero-width space"),
    "\u200c": _("zero-width non-joiner"),
    "\u200d": _("zero-width joiner"),
    "\u2060": _("word joiner"),
    "\ufeff": _("byte order mark"),
}
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def sentence(problem: NotAnIdentifier) -> str:
    """One sentence: what is wrong, and what to do."""
    return _unseen(problem.unseen) if problem.unseen else str(SENTENCES[problem.code])


def _unseen(unseen: Unseen) -> str:
    told = {"name": _name(unseen.char), "after": unseen.after}
    if unseen.after:
        return (
            gettext("An invisible character (%(name)s) stands after “%(after)s”. Please type it again.")
            % told
        )
    return gettext("An invisible character (%(name)s) stands at the beginning. Please type it again.") % told


def _name(char: str) -> str:
    code = f"U+{ord(char):04X}"
    name = NAMES.get(char) or (_("direction mark") if char in TURNING else "")
    return f"{name}, {code}" if name else code
