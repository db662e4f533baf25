"""A case of its own for what is left of one that is over: the same person, what was typed, what was proven and said."""

from datetime import date, datetime
from uuid import uuid4

from django.db.models import QuerySet
from django.utils import timezone

from cases.casework import case_clock
from cases.casework.operators import register_of
from cases.identity import identifiers
from cases.identity.known import CASEWORKER, PROOF, SEEDS
from cases.law.clock import date_of_receipt
from cases.models import (
    Case,
    ClockEvent,
    FormerAddress,
    Identifier,
    NamedStaff,
    NumberUse,
    Partial,
    Proof,
    Submission,
    User,
)
from cases.models.case import Following
from cases.models.keys import KeyUse
from cases.request.intake import new_reference
from cases.sealed import vault
from cases.sealed.typed import Typed, write_file

DONE_ONCE = (ClockEvent.Kind.RECEIVED, ClockEvent.Kind.ANSWERED)


def following(
    case: Case,
    submission: Submission,
    typed: Typed,
    *,
    received_at: datetime,
    received_on: date | None = None,
    worker: User | None = None,
    right: str = "",
) -> Case:
    """A case of its own for what is left of one that is over; its clock runs from ``received_at``.

    ``received_on``: the day, where it was received before it came into the desk. ``right``: what is asked now, where
    that is another.
    """
    received_on = received_on or date_of_receipt(received_at, register_of(case.operator).time_zone)
    again = Case(
        reference=new_reference(timezone.localdate().year),
        operator=case.operator,
        submission=submission,
        right=right or case.right,
        language=case.language,
        received_at=received_at,
        received_on=received_on,
        register=case.operator.register or case.register,
        follows=case,
        follows_as=submission.channel,
        assigned_to=worker,
        for_other=case.for_other,
        authority=case.authority,
        named_only=case.named_only,
        protected_by=case.protected_by,
    )
    again.due_on = case_clock.first_due(again)
    again.save()
    for one in case.named.all():
        NamedStaff.objects.create(case=again, user=one.user, by=one.by)
    # Whoever is close to the person is no less close to them now.
    for closed in case.partial.all():
        Partial.objects.create(case=again, user=closed.user, why=closed.why)
    case_clock.start(again)
    case_clock.set_dates(again)
    again.save(update_fields=case_clock.DATES)
    write_file(again, typed)
    return again


def same_clock(case: Case, again: Case) -> None:
    """It is the same request still: whatever stopped or lengthened its clock did so for the rest of it as well."""
    # `following` has noted the receipt, and the first answer does not stop this clock.
    for event in case.clock_events.exclude(kind__in=DONE_ONCE):
        ClockEvent.objects.create(
            case=again,
            kind=event.kind,
            on=event.on,
            reason=event.reason,
            asks_who=event.asks_who,
            ground=event.ground,
            by=event.by,
        )
    case_clock.set_dates(again)
    again.save(update_fields=case_clock.DATES)


def copied_submission(case: Case, typed: Typed, *, channel: Following, proofs: bool = True) -> Submission:
    """The same person asks again: what was typed, and the proofs that were given, at the moments they were.

    Without ``proofs`` it waits for new ones, as any request.
    """
    asked = case.submission
    again = Submission.objects.create(
        id=uuid4(),
        operator=case.operator,
        language=asked.language,
        standing=asked.standing,
        channel=channel,
        sealed=vault.seal_for_operator(typed.to_json()),
        mailbox_digest=identifiers.digest_of_mailbox(case.operator_id, typed.email),
        safe_contact=asked.safe_contact,
        authority_kind=asked.authority_kind,
    )
    for proof in asked.proofs.all() if proofs else ():
        _copied(proof, again, moment="at")
    for former in asked.former_addresses.all():
        _copied(former, again, moment="replaced_at")
    return again


def _copied(row: Proof | FormerAddress, again: Submission, *, moment: str) -> None:
    """The whole row, for another request, at the moment that it has."""
    then, kind = getattr(row, moment), type(row)
    row.pk, row.submission, row._state.adding = None, again, True
    row.save(force_insert=True)
    # The database sets the moment of a new row; this one is older.
    kind.objects.filter(pk=row.pk).update(**{moment: then})


def copy_identifiers(case: Case, again: Case, *, seeds: bool = False) -> None:
    """What is known of the person, for a case of its own. ``seeds``: only what was proven, or said by a caseworker."""
    known = case.identifiers.all()
    if seeds:
        known = known.filter(SEEDS)
    _copy(case, again, known, anew=seeds)
    copy_uses(case, again)


def copy_uses(case: Case, again: Case) -> None:
    """Who used which number when, as a caseworker found it."""
    if not case.number_uses.exists():
        return
    opened = vault.opener(case, KeyUse.FILE)
    # What another used the number for is no more the asker's than it was the first time.
    told = ("kind", "digest", "since", "until", "used_by", "traffic", "location", "reason", "by")
    for use in case.number_uses.all():
        sealed = vault.seal(again, KeyUse.FILE, opened(use.sealed))
        NumberUse.objects.create(case=again, sealed=sealed, **{name: getattr(use, name) for name in told})


def copy_proven(sibling: Case, again: Case) -> None:
    """What was proven in another case of the same request, as far as it is new here."""
    proven = sibling.identifiers.filter(origin__startswith=PROOF)
    for one in again.identifiers.all():
        proven = proven.exclude(kind=one.kind, digest=one.digest)
    _copy(sibling, again, proven, anew=True)


def _copy(case: Case, again: Case, known: QuerySet[Identifier], *, anew: bool) -> None:
    """``anew``: the sources are asked from the beginning, and what they said of it in the other case does not count."""
    names = ("kind", "digest", "valid_from", "valid_to", "origin", "tied_by", "wave")
    if not (rows := list(known)):
        return
    opened = vault.opener(case, KeyUse.FILE)
    for one in rows:
        sealed = vault.seal(again, KeyUse.FILE, opened(one.sealed))
        kept = {name: getattr(one, name) for name in names}
        if anew:
            kept |= {"wave": 0, "tied_by": one.tied_by if one.tied_by == CASEWORKER else ""}
        Identifier.objects.create(case=again, sealed=sealed, **kept)
