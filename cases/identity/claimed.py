"""Identifiers that are somebody's, but perhaps not this person's: what was typed, and whom else a mailbox leads to.

They find nothing until a source ties them to the person, or a caseworker who has checked them.
"""

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.dispatch import send
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, advance, at_stage, block, lock
from cases.identity import identifiers
from cases.identity.authority import awaits_authority, is_askers, proof_is_persons
from cases.models import Case, ClaimedIdentifier, Identifier, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault


def open_claims(case: Case) -> list[ClaimedIdentifier]:
    """Identifiers that no source links to the person and no caseworker has judged."""
    return list(case.claimed.filter(confirmed_at=None, rejected_at=None))


def leave_open(case: Case, kind: str, digest: str, value: str) -> None:
    """A caseworker has to say whether this is the person's. Safe to repeat."""
    if is_askers(case, kind, digest):
        return
    if not case.claimed.filter(kind=kind, digest=digest).exists():
        sealed = vault.seal(case, KeyUse.FILE, value.encode())
        ClaimedIdentifier.objects.get_or_create(
            case=case, kind=kind, digest=digest, defaults={"sealed": sealed}
        )


def confirm_linked(case: Case) -> None:
    """What a source has linked to the person meanwhile needs nobody's check."""
    linked = set(case.identifiers.values_list("kind", "digest"))
    for claimed in open_claims(case):
        if (claimed.kind, claimed.digest) in linked:
            claimed.confirmed_at = timezone.now()
            claimed.save(update_fields=["confirmed_at"])


@transaction.atomic
def confirm_claimed(claimed: ClaimedIdentifier, *, by: User) -> None:
    """A caseworker has checked that an identifier is the person's: match again with it."""
    case = _judge(claimed, by)
    _may_seed(case, claimed.kind, claimed.digest)
    claimed.confirmed_at = timezone.now()
    claimed.save(update_fields=["confirmed_at"])
    Identifier.objects.get_or_create(
        case=case,
        kind=claimed.kind,
        digest=claimed.digest,
        valid_from=None,
        valid_to=None,
        defaults={"sealed": claimed.sealed, "origin": "caseworker", "wave": 0},
    )
    audit.record(case, "identifier.confirmed", by=by, kind=claimed.kind, digest=claimed.digest)
    _again(case, by)


@transaction.atomic
def name_person(case: Case, *, kind: str, value: str, by: User) -> None:
    """A caseworker says by what the person is known for whom somebody else asks, as the authority shows it.

    Refusal not-an-identifier for what cannot be one of this kind.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if proof_is_persons(case):
        raise Refusal("asks-for-themselves")
    try:
        value = identifiers.normalise(kind, value, register_of_case(case).country)
    except identifiers.NotAnIdentifier:
        value = ""
    if kind not in identifiers.TYPED_KINDS or not value:
        raise Refusal("not-an-identifier")
    digest = vault.digest(case.operator_id, kind, value)
    _may_seed(case, kind, digest)
    leave_open(case, kind, digest, value)
    confirm_claimed(case.claimed.get(kind=kind, digest=digest), by=by)


@transaction.atomic
def reject_claimed(claimed: ClaimedIdentifier, *, by: User) -> None:
    """A caseworker could not tie an identifier to the person: it is not used."""
    case = _judge(claimed, by)
    claimed.rejected_at = timezone.now()
    claimed.save(update_fields=["rejected_at"])
    audit.record(case, "identifier.rejected", by=by, kind=claimed.kind, digest=claimed.digest)
    if case.stage == Stage.MATCHING:
        _again(case, by)


def _judge(claimed: ClaimedIdentifier, by: User) -> Case:
    case = lock(claimed.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.MATCHING, Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS)
    # Read again under the case's lock: two may click at once.
    claimed.refresh_from_db()
    if claimed.confirmed_at or claimed.rejected_at:
        raise Refusal("already-decided")
    return case


def _may_seed(case: Case, kind: str, digest: str) -> None:
    """Refusal where the search would begin before the authority is checked, or with the asker in the other's place."""
    if awaits_authority(case):
        raise Refusal("authority-first")
    if is_askers(case, kind, digest):
        raise Refusal("askers-mailbox")


def _again(case: Case, by: User) -> None:
    """Everything is gathered anew; the files of what was gathered go when the case's data go."""
    case.runs.all().delete()
    if case.stage == Stage.MATCHING:
        block(case, "")
        transaction.on_commit(lambda: send("cases.tasks.match", case.pk))
    else:
        advance(case, Stage.MATCHING, by=by)
