"""Stage 1: a request comes in. Submitting creates the case (one per right) and starts its clock.

What was typed is kept sealed, and as claims: nothing of it finds anybody's data until it is proven.
"""

import hashlib
import json
import unicodedata
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.casework import audit, case_clock
from cases.casework.operators import register_of
from cases.casework.workflow import Refusal
from cases.identity import identifiers
from cases.identity.characters import is_blank, unseen_at
from cases.identity.identifier_words import sentence
from cases.identity.identifiers import NotAnIdentifier
from cases.identity.mailed_codes import send_code
from cases.identity.people.colleagues import close_to_colleagues
from cases.identity.people.protection import protect
from cases.law.clock import date_of_receipt
from cases.models import Case, ClaimedIdentifier, Operator, Submission
from cases.models.case import AuthorityKind, Marked, Right, Standing
from cases.models.keys import KeyUse
from cases.models.proof import MailedCode
from cases.request import references
from cases.sealed import vault
from cases.sealed.typed import Typed, write_file

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
LATER_FIELDS = frozenset({"person_email", "authority"})
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
    channel: str = "form"
    protected: bool = False
    contact: str = ""
    died_on: date | None = None
    person_email: str = ""
    authority: str = ""


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
        "purposes": None if set(intake.purposes) <= known else "purposes",
        "died_on": _death_error(intake),
        "authority": _authority_error(intake),
        "person_email": _person_error(intake),
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
                identifiers.reply_mailbox(intake.email)
            elif value := getattr(intake, field).strip():
                identifiers.normalise(kind, value, country)
        except identifiers.NotAnIdentifier as problem:
            errors[field] = sentence(problem)
    return errors


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


def _request_sha256(intake: Intake) -> str:
    """Keyed, because what people write in a form can be guessed."""
    # The id says which request it is, not what is asked.
    content = {**asdict(replace(intake, id=UUID(int=0))), "operator": intake.operator.pk}
    # What requests from before had no field for leaves their hash as it was.
    content = {name: value for name, value in content.items() if value or name not in LATER_FIELDS}
    plain = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
    return vault.digest(intake.operator.pk, "request", plain)


def _earlier(intake: Intake, idempotency_key: str | None) -> Submission | None:
    by_id = Submission.objects.filter(pk=intake.id, operator=intake.operator)
    if idempotency_key is None:
        return by_id.first()
    earlier = Submission.objects.filter(operator=intake.operator, idempotency_key=idempotency_key).first()
    if earlier and earlier.request_sha256 != _request_sha256(intake):
        raise Refusal("key-reused")
    return earlier or by_id.first()


def submit(intake: Intake, *, idempotency_key: str | None = None, proof_first: bool = False) -> Submission:
    """Take a request in: all of its cases with running clocks, or none. Raises IntakeProblem.

    ``proof_first``: nobody at the desk needs to look at it before it is proven.

    The same id or idempotency key again returns what was made the first time.
    """
    if errors := check(intake):
        raise IntakeProblem(errors)
    if earlier := _earlier(intake, idempotency_key):
        return earlier
    try:
        return _create(intake, idempotency_key, proof_first=proof_first)
    except IntegrityError:
        # Two calls at the same moment met in a unique constraint: the other's request is this one's answer too.
        if earlier := _earlier(intake, idempotency_key):
            return earlier
        raise


@transaction.atomic
def _create(intake: Intake, idempotency_key: str | None, *, proof_first: bool) -> Submission:
    email = identifiers.reply_mailbox(intake.email)
    text = Typed(
        name=intake.name.strip(),
        email=email,
        on_behalf_of=intake.on_behalf_of.strip(),
        note=intake.note.strip(),
        purposes=intake.purposes,
        person_email=intake.person_email.strip(),
        contact=intake.contact.strip(),
        died_on=intake.died_on.isoformat() if intake.died_on else "",
    )
    sealed = vault.seal_for_operator(text.to_json())
    submission = Submission.objects.create(
        id=intake.id,
        operator=intake.operator,
        language=intake.language,
        standing=intake.standing,
        authority_kind=intake.authority,
        channel=intake.channel,
        sealed=sealed,
        mailbox_digest=vault.digest(intake.operator.pk, identifiers.EMAIL, email),
        idempotency_key=idempotency_key,
        request_sha256=_request_sha256(intake),
        safe_contact=bool(intake.contact.strip()),
    )
    # A right named twice is asked once.
    for right in dict.fromkeys(intake.rights):
        case = _create_case(intake, submission, right, text, proof_first=proof_first)
    if intake.protected:
        protect(case, Marked.ASKER, by=audit.DATA_SUBJECT)
    close_to_colleagues(case)
    send_code(submission, purpose=MailedCode.Purpose.PROVE)
    return submission


def new_reference(year: int) -> str:
    """A reference that no case has."""
    while Case.objects.filter(reference=(reference := references.new(year))).exists():
        pass
    return reference


def _create_case(
    intake: Intake, submission: Submission, right: str, text: Typed, *, proof_first: bool
) -> Case:
    register, received_at = register_of(intake.operator), timezone.now()
    received_on = date_of_receipt(received_at, register.time_zone)
    case = Case(
        reference=new_reference(received_on.year),
        operator=intake.operator,
        submission=submission,
        right=right,
        language=intake.language,
        received_at=received_at,
        received_on=received_on,
        register=intake.operator.register,
        for_other=intake.standing == Standing.PROXY,
        proof_first=proof_first,
    )
    # No case is saved without one; `set_dates` computes it again from the clock's events.
    case.due_on = case_clock.first_due(case)
    case.save()
    case_clock.start(case)
    case_clock.set_dates(case)
    case.save(update_fields=["due_on", "act_by"])
    write_file(case, text)
    _keep_claims(case, intake)
    audit.record(
        case, "case.received", by=audit.DATA_SUBJECT, right=right, channel=intake.channel, due_on=case.due_on
    )
    return case


def _keep_claims(case: Case, intake: Intake) -> None:
    country = register_of(intake.operator).country
    # The asker's own mailbox says nothing of the person concerned.
    about_person = {**FIELDS, identifiers.EMAIL: "person_email"} if case.for_other else FIELDS
    for kind, field in about_person.items():
        raw = getattr(intake, field)
        if raw.strip():
            value = identifiers.typed(kind, raw, country)
            ClaimedIdentifier.objects.create(
                case=case,
                kind=kind,
                sealed=vault.seal(case, KeyUse.FILE, value.encode()),
                digest=vault.digest(case.operator_id, kind, value),
            )
