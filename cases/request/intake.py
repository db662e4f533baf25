"""Stage 1: a request comes in. Submitting creates the case (one per right) and starts its clock.

What was typed is kept sealed, and as claims: nothing of it finds anybody's data until it is proven.
"""

import hashlib
import json
from dataclasses import asdict, replace
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.casework.operators import register_of
from cases.casework.workflow import Refusal
from cases.identity import identifiers
from cases.identity.mailed_codes import send_code
from cases.identity.people.colleagues import close_to_colleagues
from cases.identity.people.protection import protect
from cases.law.clock import date_of_receipt
from cases.models import Case, ClaimedIdentifier, Submission
from cases.models.case import Marked, Standing
from cases.models.keys import KeyUse
from cases.models.proof import MailedCode
from cases.request import came_late, receipts, references
from cases.request.asked import FIELDS, Intake, IntakeProblem, check
from cases.sealed import vault
from cases.sealed.typed import Typed, write_file

# Of requests from before there were these, the hash stays what it was.
LATER_FIELDS = frozenset(
    {"person_email", "authority", "protected", "contact", "died_on", "send_to", "received_on",
     "consents", "restricted", "reviewed"}
)  # fmt: skip


def _request_sha256(intake: Intake) -> str:
    """Keyed, because what people write in a form can be guessed."""
    # The id says which request it is, not what is asked.
    content = {**asdict(replace(intake, id=UUID(int=0))), "operator": intake.operator.pk}
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


def submit(
    intake: Intake,
    *,
    idempotency_key: str | None = None,
    proof_first: bool = False,
    by: audit.Actor = audit.DATA_SUBJECT,
) -> Submission:
    """Take a request in: all of its cases with running clocks, or none. Raises IntakeProblem.

    ``proof_first``: nobody at the desk needs to look at it before it is proven. ``by``: who hands it in.

    The same id or idempotency key again returns what was made the first time.
    """
    if errors := check(intake):
        raise IntakeProblem(errors)
    if earlier := _earlier(intake, idempotency_key):
        return earlier
    try:
        return _create(intake, idempotency_key, proof_first=proof_first, by=by)
    except IntegrityError:
        # Two calls at the same moment met in a unique constraint: the other's request is this one's answer too.
        if earlier := _earlier(intake, idempotency_key):
            return earlier
        raise


@transaction.atomic
def _create(intake: Intake, idempotency_key: str | None, *, proof_first: bool, by: audit.Actor) -> Submission:
    email = identifiers.reply_mailbox(intake.email) if intake.email.strip() else ""
    text = Typed(
        name=intake.name.strip(),
        email=email,
        on_behalf_of=intake.on_behalf_of.strip(),
        note=intake.note.strip(),
        purposes=intake.purposes,
        person_email=intake.person_email.strip(),
        contact=intake.contact.strip(),
        died_on=intake.died_on.isoformat() if intake.died_on else "",
        send_to=intake.send_to,
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
        mailbox_digest=identifiers.digest_of_mailbox(intake.operator.pk, email),
        idempotency_key=idempotency_key,
        request_sha256=_request_sha256(intake),
        safe_contact=bool(intake.contact.strip()),
    )
    # A right named twice is asked once.
    reference = new_reference(date_of_receipt(timezone.now(), register_of(intake.operator).time_zone).year)
    cases = [
        _create_case(
            intake,
            submission,
            right,
            text,
            references.of_case(reference, number),
            proof_first=proof_first,
            by=by,
        )
        for number, right in enumerate(dict.fromkeys(intake.rights), 1)
    ]
    receipts.sign(submission, intake, cases)
    if intake.protected:
        protect(cases[-1], Marked.ASKER, by=audit.DATA_SUBJECT)
    close_to_colleagues(cases[-1])
    came_late.tell(cases, by=by)
    send_code(submission, purpose=MailedCode.Purpose.PROVE)
    return submission


def new_reference(year: int) -> str:
    """A reference that no request has."""
    while Case.objects.filter(reference=(reference := references.new(year))).exists():
        pass
    return reference


def _create_case(
    intake: Intake,
    submission: Submission,
    right: str,
    text: Typed,
    reference: str,
    *,
    proof_first: bool,
    by: audit.Actor,
) -> Case:
    register, received_at = register_of(intake.operator), timezone.now()
    received_on = intake.received_on or date_of_receipt(received_at, register.time_zone)
    case = Case(
        reference=reference,
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
    case.save(update_fields=case_clock.DATES)
    # A case's own file says what this right is asked for.
    write_file(case, replace(text, purposes=intake.about(right)))
    _keep_claims(case, intake)
    audit.record(case, "case.received", by=by, right=right, channel=intake.channel, due_on=case.due_on)
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
