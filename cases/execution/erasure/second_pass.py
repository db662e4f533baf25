"""A second pass: rows that came to light after an erasure, asked for, decided and approved in a case of their own.

It is the same request, so it keeps the person, the proof, the identifiers and the clock of the first; everything else
is the ordinary line, down to the letter that says what became of these rows.
"""

from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, advance, at_stage, lock
from cases.identity import identifiers
from cases.models import Case, ClockEvent, Identifier, LaterRows, Proof, Submission, User
from cases.models.case import Right, Stage
from cases.models.keys import KeyUse
from cases.request.intake import new_reference
from cases.sealed import vault
from cases.sealed.typed import Typed, read_file, write_file

CHANNEL = "second-pass"
DONE_ONCE = (ClockEvent.Kind.RECEIVED, ClockEvent.Kind.ANSWERED)


def later_rows(case: Case) -> list[LaterRows]:
    """What everybody may see of the rows that came after the gathering."""
    return list(case.later_rows.filter(rows__gt=0))


@transaction.atomic
def start(case: Case, *, by: User) -> Case:
    """Open the case in which later rows are erased; another person approves it. Refusal where there are none.

    Once: again it returns the case that was opened.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DELIVERY, Stage.CLOSED)
    if earlier := Case.objects.filter(follows=case).first():
        return earlier
    if not later_rows(case):
        raise Refusal("no-later-rows")
    try:
        typed, opened = read_file(case), vault.opener(case, KeyUse.FILE)
    except vault.KeyDestroyed:
        raise Refusal("case-file-gone") from None
    again = _case(case, _submission(case, typed), by)
    write_file(again, typed)
    for one in case.identifiers.all():
        sealed = vault.seal(again, KeyUse.FILE, opened(one.sealed))
        _copy(one, case=again, sealed=sealed)
    audit.record(case, "second-pass.started", by=by, case=again.reference)
    audit.record(again, "second-pass.opened", by=by, case=case.reference, due_on=again.due_on)
    advance(again, Stage.MATCHING, by=by)
    return again


def _copy(one: Identifier, **changed: object) -> None:
    names = ("kind", "digest", "valid_from", "valid_to", "origin", "wave")
    Identifier.objects.create(**{name: getattr(one, name) for name in names} | changed)


def _submission(case: Case, typed: Typed) -> Submission:
    asked = case.submission
    again = Submission.objects.create(
        id=uuid4(),
        operator=case.operator,
        language=asked.language,
        standing=asked.standing,
        channel=CHANNEL,
        sealed=vault.seal_for_operator(typed.to_json()),
        authority_kind=case.submission.authority_kind,
        mailbox_digest=vault.digest(case.operator_id, identifiers.EMAIL, typed.email),
    )
    for proof in asked.proofs.all():
        names = ("level", "method", "by", "issuer", "number_digest")
        copied = Proof.objects.create(submission=again, **{name: getattr(proof, name) for name in names})
        # The database sets the moment of a new proof; this one was given earlier.
        Proof.objects.filter(pk=copied.pk).update(at=proof.at)
    return again


def _case(case: Case, submission: Submission, by: User) -> Case:
    again = Case(
        reference=new_reference(timezone.localdate().year),
        operator=case.operator,
        submission=submission,
        right=Right.ERASURE,
        language=case.language,
        received_at=case.received_at,
        received_on=case.received_on,
        register=case.operator.register or case.register,
        follows=case,
        assigned_to=by,
        for_other=case.for_other,
        authority=case.authority,
    )
    again.due_on = case_clock.first_due(again)
    again.save()
    case_clock.start(again)
    # `start` has noted the receipt, and the first answer does not stop this clock.
    for event in case.clock_events.exclude(kind__in=DONE_ONCE):
        ClockEvent.objects.create(case=again, kind=event.kind, on=event.on, reason=event.reason, by=event.by)
    case_clock.set_dates(again)
    again.save(update_fields=["due_on", "act_by"])
    return again
