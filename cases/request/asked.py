"""What a person asks, as typed, and one sentence for each field of it that can't stay as it is."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from cases.casework.operators import register_of
from cases.identity import identifiers
from cases.identity.characters import is_blank, unseen_at
from cases.identity.identifier_words import sentence
from cases.identity.identifiers import NotAnIdentifier
from cases.law.clock import date_of_receipt
from cases.models import Operator
from cases.models.case import BY_HAND, AuthorityKind, Channel, Right, Standing
from cases.request.receipt_days import receipt_error
from cases.request.receivers import receivers_of

# Stands where decoding lost something.
LOST = "\ufffd"
# They turn the reading direction: a value would be read as another one.
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
FIELDS = {
    identifiers.EMAIL: "email",
    identifiers.MSISDN: "phone",
    identifiers.CUSTOMER_NO: "customer_no",
    identifiers.NATIONAL_ID: "national_id",
}
OF_PURPOSES = ("purposes", "consents", "restricted", "reviewed")
LIMITS = {
    "name": 200,
    "email": 254,
    "phone": 40,
    "customer_no": 40,
    "national_id": 20,
    "on_behalf_of": 200,
    "person_email": 254,
    "note": 4000,
    "contact": 300,
}


@dataclass(frozen=True)
class Intake:
    """What a person asks, as typed. ``id`` is made when the form is opened: the same id is the same request.

    ``name`` and ``email`` are the asker's. With ``on_behalf_of`` phone and numbers are that person's, as is
    ``person_email``; ``authority``: by what right they are asked for.
    ``received_on``: the operator's local date of receipt, from which the clock runs; None for now. ``channel``: the way
    it came on; ``email`` may be empty where that was one of `BY_HAND`.
    ``send_to``: the key of another provider that gets the data as well, of those the operator has; portability alone.
    """

    id: UUID
    operator: Operator
    language: str
    rights: tuple[str, ...]
    name: str
    email: str
    standing: str = Standing.SELF
    phone: str = ""
    customer_no: str = ""
    national_id: str = ""
    on_behalf_of: str = ""
    note: str = ""
    purposes: tuple[str, ...] = ()
    channel: str = Channel.FORM
    received_on: date | None = None
    protected: bool = False
    contact: str = ""
    died_on: date | None = None
    person_email: str = ""
    authority: str = ""
    send_to: str = ""
    # As `purposes` for an objection: which consents are taken back, uses restricted, decisions looked at.
    consents: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()
    reviewed: tuple[str, ...] = ()

    def about(self, right: str) -> tuple[str, ...]:
        """The codes of the purposes that this right is asked for; none named: for all that there are."""
        named = {
            Right.OBJECTION: self.purposes,
            Right.CONSENT_WITHDRAWAL: self.consents,
            Right.RESTRICTION: self.restricted,
            Right.AUTOMATED_DECISION: self.reviewed,
        }
        return named.get(Right(right), ())


class IntakeProblem(Exception):
    """The request can't be taken in as it is. ``errors`` has one sentence a field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def _sentence(code: str) -> str:
    return {
        "long": _("This is too long. Use fewer characters."),
        "characters": _("This has characters we can't read. Type it again."),
        "name": _("Write your name."),
        "rights": _("Choose at least one thing you want us to do."),
        "language": _("Choose Swedish, Danish or English."),
        "standing": _("Choose who you are."),
        "standing-other": _("You name somebody else: choose that you ask on behalf of someone else."),
        "on_behalf_of": _("Write the name of the person you ask for."),
        "authority": _("Choose what gives you the right to ask for the other."),
        "person-asker": _("This is your own address. Leave it empty, or write the person's."),
        "purposes": _("Choose uses from the list."),
        "objection-to-what": _("Choose a use that should stop, or describe it below."),
        "correction-of-what": _("Write what is wrong and what is right."),
        "died_on": _("Write the day the person died, today or earlier, as 2026-03-14."),
        "channel": _("Choose the way on which the request came."),
        "received-ahead": _("This day is still to come. Write the day on which the request was received."),
        "received-long-ago": _("This is more than two years ago. Look at the year once more."),
        "received-now": _("Only a request that did not come through the form has another day of receipt."),
        "send_to": _("Choose a company from the list, or that the data go to you alone."),
        "unknown-right": _("Choose from the list of rights."),
    }[code]


def _unreadable(char: str, *, in_text: bool) -> bool:
    """Control characters, halves of characters, unassigned ones, and those that turn the reading direction.

    Letters quote names and notes, and nothing in one may turn what stands around it. What is only unseen stays: names
    in some scripts are written with joiners, and nobody is searched for by a name.
    """
    if in_text and char in "\n\r\t":
        return False
    return unicodedata.category(char) in {"Cc", "Cs", "Cn", "Co"} or char == LOST or char in TURNING


def _text_error(value: str, longest: int, *, in_text: bool) -> str:
    """What is wrong with a text, in a sentence; "" for nothing. What nobody sees is named, with its place."""
    if len(value) > longest:
        return _sentence("long")
    for place, char in enumerate(value):
        if char in TURNING:
            return sentence(NotAnIdentifier("unseen", unseen_at(value, place)))
        if _unreadable(char, in_text=in_text):
            return _sentence("characters")
    return ""


def _text_errors(intake: Intake) -> dict[str, str]:
    found = {
        field: _text_error(getattr(intake, field), longest, in_text=field == "note")
        for field, longest in LIMITS.items()
    }
    return {field: error for field, error in found.items() if error}


def _standing_error(intake: Intake) -> str | None:
    if intake.standing not in Standing.values:
        return "standing"
    # Whoever names another and says to ask for themselves would be searched for in the other's place.
    return "standing-other" if intake.on_behalf_of.strip() and intake.standing != Standing.PROXY else None


def _today(intake: Intake) -> date:
    return date_of_receipt(timezone.now(), register_of(intake.operator).time_zone)


def _authority_error(intake: Intake) -> str | None:
    # The form asks for it; an operator's own system may not know, and then whoever checks it says.
    if not intake.authority:
        return None
    if intake.standing != Standing.PROXY:
        return "standing-other"
    return None if intake.authority in AuthorityKind.values else "authority"


def _person_error(intake: Intake) -> str | None:
    if not (typed := intake.person_email.strip()):
        return None
    if intake.standing != Standing.PROXY:
        return "standing-other"
    return "person-asker" if typed.lower() == intake.email.strip().lower() else None


def _death_error(intake: Intake) -> str | None:
    if intake.died_on is None:
        return None
    if intake.standing != Standing.PROXY:
        return "standing-other"
    return "died_on" if intake.died_on > _today(intake) else None


def _receiver_error(intake: Intake) -> str | None:
    if not intake.send_to:
        return None
    asked_for_self = Right.PORTABILITY in intake.rights and intake.standing != Standing.PROXY
    return None if asked_for_self and intake.send_to in receivers_of(intake.operator.pk) else "send_to"


def _choice_errors(intake: Intake) -> dict[str, str]:
    register = register_of(intake.operator)
    known = {purpose.code for purpose in register.purposes}
    checks = {
        "rights": None if intake.rights else "rights",
        "language": None if intake.language in register.languages else "language",
        "standing": _standing_error(intake),
        "name": "name" if is_blank(intake.name) else None,
        "on_behalf_of": "on_behalf_of"
        if intake.standing == Standing.PROXY and is_blank(intake.on_behalf_of)
        else None,
        **{name: None if set(getattr(intake, name)) <= known else "purposes" for name in OF_PURPOSES},
        "died_on": _death_error(intake),
        "authority": _authority_error(intake),
        "person_email": _person_error(intake),
        "send_to": _receiver_error(intake),
        "channel": None if intake.channel in Channel.values else "channel",
        "received_on": receipt_error(intake.received_on, intake.channel, _today(intake)),
    }
    if intake.rights and not set(intake.rights) <= set(Right.values):
        checks["rights"] = "unknown-right"
    return {field: code for field, code in checks.items() if code}


def _identifier_errors(intake: Intake) -> dict[str, str]:
    errors = {}
    country = register_of(intake.operator).country
    for kind, field in (*FIELDS.items(), (identifiers.EMAIL, "person_email")):
        try:
            if field == "email":
                _reply_mailbox(intake)
            elif value := getattr(intake, field).strip():
                identifiers.normalise(kind, value, country)
        except identifiers.NotAnIdentifier as problem:
            errors[field] = sentence(problem)
    return errors


def _reply_mailbox(intake: Intake) -> None:
    # Whom a person has met in another way is answered by post where they have no address.
    if intake.email.strip() or intake.channel not in BY_HAND:
        identifiers.reply_mailbox(intake.email)


def unsaid(rights: Collection[str], purposes: Collection[str], note: str) -> dict[str, str]:
    """One sentence for each field that a right needs and that is empty: nobody can act on "stop" or "correct" alone."""
    codes = {}
    if Right.OBJECTION in rights and not purposes and is_blank(note):
        codes["purposes"] = "objection-to-what"
    if Right.RECTIFICATION in rights and is_blank(note):
        codes["note"] = "correction-of-what"
    return {field: _sentence(code) for field, code in codes.items()}


def check(intake: Intake) -> dict[str, str]:
    """One sentence for each field that can't stay as it is; empty when all is well."""
    chosen = {field: _sentence(code) for field, code in _choice_errors(intake).items()}
    told = _text_errors(intake) | chosen
    return unsaid(intake.rights, intake.purposes, intake.note) | told | _identifier_errors(intake)
