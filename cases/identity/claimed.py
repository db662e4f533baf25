"""Identifiers that are somebody's, but perhaps not this person's: what was typed, and whom else a mailbox leads to.

They find nothing until a source ties them to the person, or a caseworker who has checked them.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.casework import audit
from cases.casework.dispatch import send
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import ANOTHER, Refusal, advance, at_stage, block, lock
from cases.identity.authority import awaits_authority, is_askers, proof_is_persons
from cases.identity.identifier_words import sentence
from cases.identity.identifiers import EMAIL, TYPED_KINDS, NotAnIdentifier, typed
from cases.identity.known import CASEWORKER, PROOF, SAID_BY_CASEWORKER, TIED, is_contradicted, search_anew
from cases.identity.tenure import placed
from cases.models import Case, ClaimedIdentifier, Identifier, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault

# Where it can still be said whose an identifier is.
JUDGED_AT = (Stage.MATCHING, Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS)
# Where nothing has been judged by it yet.
UNDONE_AT = (Stage.MATCHING, Stage.COLLECTION)


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
        defaults={"sealed": claimed.sealed, "origin": CASEWORKER, "wave": 0},
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
    value = _canonical(case, kind, value)
    digest = vault.digest(case.operator_id, kind, value)
    _may_seed(case, kind, digest)
    leave_open(case, kind, digest, value)
    confirm_claimed(case.claimed.get(kind=kind, digest=digest), by=by)


def _canonical(case: Case, kind: str, value: str) -> str:
    """The value in the one form in which it is searched. Refusal not-an-identifier for what cannot be one."""
    if kind not in TYPED_KINDS:
        raise Refusal("not-an-identifier", what=_("Choose what kind of identifier it is."))
    try:
        return typed(kind, value, register_of_case(case).country)
    except NotAnIdentifier as problem:
        raise Refusal("not-an-identifier", what=sentence(problem)) from None


@transaction.atomic
def add_by_hand(
    case: Case, *, kind: str, value: str, by: User, since: date | None = None, until: date | None = None
) -> None:
    """A caseworker was told a further identifier and has checked that it is the person's: match again with it.

    ``since``, ``until``: its first and its last day as the person's, of the operator's calendar; also for one that
    was tied to the person before without them. Refusal not-an-identifier for what cannot be one, identifier-known
    for one the sources were asked with.
    """
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, *JUDGED_AT)
    value = _canonical(case, kind, value)
    digest = vault.digest(case.operator_id, kind, value)
    _may_seed(case, kind, digest)
    known = case.identifiers.filter(kind=kind, digest=digest)
    held = _interval(case, since, until)
    tied = known.filter(TIED)
    if placed(case.operator_id, tied) or (tied and not any(held.values())):
        raise Refusal("identifier-known")
    # What was only proven finds rows from now on wherever such an identifier does, and stays proven.
    proven = known.filter(origin__startswith=PROOF, tied_by__in=("", CASEWORKER))
    own = known.filter(origin=CASEWORKER)
    if not proven.update(tied_by=CASEWORKER, **held) + own.update(**held):
        sealed = vault.seal(case, KeyUse.FILE, value.encode())
        Identifier.objects.create(
            case=case, kind=kind, digest=digest, sealed=sealed, origin=CASEWORKER, wave=0, **held
        )
    case.claimed.filter(kind=kind, digest=digest, rejected_at=None).update(confirmed_at=timezone.now())
    audit.record(case, "identifier.added", by=by, kind=kind, digest=digest)
    _again(case, by)


def _interval(case: Case, since: date | None, until: date | None) -> dict[str, datetime | None]:
    """Days of the operator's calendar as the half-open interval in which an identifier is somebody's."""
    zone = ZoneInfo(register_of_case(case).time_zone)
    after = until + timedelta(days=1) if until else None
    return {
        "valid_from": datetime.combine(since, time.min, zone) if since else None,
        "valid_to": datetime.combine(after, time.min, zone) if after else None,
    }


@transaction.atomic
def reject_claimed(claimed: ClaimedIdentifier, *, by: User) -> None:
    """A caseworker could not tie an identifier to the person: it is not used.

    One that was confirmed is taken back while it leads to another person than the one who showed who they are.
    """
    case = _judge(claimed, by, again=True)
    taken_back = claimed.confirmed_at is not None
    claimed.confirmed_at, claimed.rejected_at = None, timezone.now()
    claimed.save(update_fields=["confirmed_at", "rejected_at"])
    audit.record(case, "identifier.rejected", by=by, kind=claimed.kind, digest=claimed.digest)
    if taken_back:
        said = _said(claimed)
        said.filter(origin=CASEWORKER).delete()
        said.update(tied_by="")
        search_anew(case, by=by)
    elif case.stage == Stage.MATCHING:
        _again(case, by)


@transaction.atomic
def take_back(claimed: ClaimedIdentifier, *, by: User) -> None:
    """What was said of it is undone: it waits for a person's word again. Refusal collected once it has found rows."""
    case = lock(claimed.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    claimed = case.claimed.select_for_update().get(pk=claimed.pk)
    if not may_undo(claimed):
        raise Refusal("collected")
    was_confirmed = claimed.confirmed_at is not None
    claimed.confirmed_at = claimed.rejected_at = None
    claimed.save(update_fields=["confirmed_at", "rejected_at"])
    audit.record(case, "identifier.open-again", by=by, kind=claimed.kind, digest=claimed.digest)
    if was_confirmed:
        case.identifiers.filter(kind=claimed.kind, digest=claimed.digest, origin=CASEWORKER).delete()
        search_anew(case, by=by)


def may_undo(claimed: ClaimedIdentifier) -> bool:
    """Whether what a caseworker said of it can be undone: until everything it leads to is gathered.

    What was rejected has found nothing, and can be looked at again as long as anything may be said of it.
    """
    case = claimed.case
    if claimed.rejected_at:
        return case.stage in JUDGED_AT
    said = case.identifiers.filter(kind=claimed.kind, digest=claimed.digest, origin=CASEWORKER)
    return bool(claimed.confirmed_at) and case.stage in UNDONE_AT and said.exists()


def may_take_back(claimed: ClaimedIdentifier) -> bool:
    """Whether a confirmed identifier leads to another person than the one who showed who they are."""
    case = claimed.case
    return case.blocked_by == ANOTHER and _said(claimed).exists()


def _said(claimed: ClaimedIdentifier) -> QuerySet[Identifier]:
    """What a caseworker's word makes the person's, of this value."""
    known = claimed.case.identifiers.filter(kind=claimed.kind, digest=claimed.digest)
    return known.filter(SAID_BY_CASEWORKER)


def _judge(claimed: ClaimedIdentifier, by: User, *, again: bool = False) -> Case:
    case = lock(claimed.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, *JUDGED_AT)
    claimed.refresh_from_db()
    if (claimed.confirmed_at or claimed.rejected_at) and not (again and may_take_back(claimed)):
        raise Refusal("already-decided")
    return case


def _may_seed(case: Case, kind: str, digest: str) -> None:
    """Refusal where the search would begin before the authority is checked, or with one person in another's place."""
    if awaits_authority(case):
        raise Refusal("authority-first")
    if is_askers(case, kind, digest):
        raise Refusal("askers-mailbox" if kind == EMAIL else "askers-number")
    if is_contradicted(case):
        raise Refusal("another-shown")


def _again(case: Case, by: User) -> None:
    """Everything is gathered anew; the files of what was gathered go when the case's data go."""
    case.runs.all().delete()
    if case.stage == Stage.MATCHING:
        block(case, "")
        transaction.on_commit(lambda: send("cases.tasks.match", case.pk))
    else:
        advance(case, Stage.MATCHING, by=by)
