"""A person decides how far somebody may speak for another. One decision is about all that one request asks.

What is accepted is ready for the search; what is not is refused with a letter, and closed (Article 12(4)). Accepted in
part: for some of the rights asked, or for the rows of some days alone.
"""

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils import timezone

from cases.casework import audit, case_clock
from cases.casework.mail import queue
from cases.casework.permissions import Permission, require
from cases.casework.workflow import AUTHORITY, Refusal, at_stage, block, close, lock
from cases.identity.authority import awaits_authority
from cases.identity.mandates.addressing import may_get
from cases.models import Authority, AuthorityRefusal, Case, ClockEvent, User
from cases.models.case import AuthorityKind, Outcome, Stage
from cases.models.evidence.authority import AnswerTo
from cases.sealed.typed import read_file

Ground = AuthorityRefusal.Ground


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """What is accepted. ``checked``: what was looked at, or who was called. ``rights``: those it reaches to.

    ``covers_from``, ``covers_until``: the first and the last local day of rows, without limit where None.
    ``refused_why``: for the letter about the rights that it does not reach to, in the language of the case.
    """

    kind: str
    checked: str
    rights: frozenset[str]
    answer_to: str = AnswerTo.ASKER
    covers_from: date | None = None
    covers_until: date | None = None
    refused_why: str = ""


def waiting(case: Case, *, by: User) -> list[Case]:
    """The cases of the request that wait for this decision, all locked. Refusal where this one does not.

    Locked in one order, and before anything is recorded, or two who decide could wait for each other.
    """
    require(by, case.operator, Permission.WORK_CASES)
    pks = case.submission.cases.order_by("pk").values_list("pk", flat=True)
    found = {one.pk: one for one in map(lock, pks)}
    at_stage(found[case.pk], Stage.MATCHING)
    if not awaits_authority(found[case.pk]):
        raise Refusal("already-decided")
    return [one for one in found.values() if one.stage == Stage.MATCHING and awaits_authority(one)]


@transaction.atomic
def accept(case: Case, found: Acceptance, *, by: User) -> None:
    """Accept the authority for some or all of what was asked, and refuse the rest. PermissionDenied without WORK_CASES.

    Nothing is looked for by this alone: who the person concerned is has to be confirmed as well.
    """
    cases = waiting(case, by=by)
    reached = [one for one in cases if one.right in found.rights]
    rest = [one for one in cases if one not in reached]
    _check(found, reached, rest)
    authority = Authority.objects.create(
        kind=found.kind, checked=found.checked.strip(), answer_to=found.answer_to, by=by,
        covers_from=found.covers_from, covers_until=found.covers_until,
    )  # fmt: skip
    for one in reached:
        _accept(one, authority, by)
    for one in rest:
        _refuse(one, Ground.NOT_COVERED, found.refused_why, by)


def _check(found: Acceptance, reached: list[Case], rest: list[Case]) -> None:
    if found.kind not in AuthorityKind.values:
        raise Refusal("authority-kind")
    if not found.checked.strip():
        raise Refusal("reason-needed")
    if not reached:
        raise Refusal("authority-no-right")
    if rest and not found.refused_why.strip():
        raise Refusal("authority-rest-why")
    if found.covers_from and found.covers_until and found.covers_from > found.covers_until:
        raise Refusal("authority-period")
    if found.answer_to not in may_get(found.kind):
        raise Refusal("authority-answer-to")


def _accept(case: Case, authority: Authority, by: User) -> None:
    case.authority = authority
    case.save(update_fields=["authority"])
    case.tasks.filter(kind=AUTHORITY, done_at=None).update(done_at=timezone.now(), done_by=by)
    audit.record(
        case,
        "authority.checked",
        by=by,
        kind=authority.kind,
        covers_from=authority.covers_from,
        covers_until=authority.covers_until,
        answer_to=authority.answer_to,
    )
    block(case, "person-to-confirm")
    if case_clock.is_paused(case):
        case_clock.resume(case, by=by)


@transaction.atomic
def refuse(case: Case, *, ground: str, reason: str, by: User) -> None:
    """Accept nothing: every case of the request that waits is refused with a letter. PermissionDenied as above.

    ``ground``: a `Ground`; ``reason``: for the letter, in the language of the case.
    """
    if ground not in Ground.values:
        raise Refusal("authority-ground")
    for one in waiting(case, by=by):
        _refuse(one, ground, reason, by)


def _refuse(case: Case, ground: str, reason: str, by: User) -> None:
    if not reason.strip():
        raise Refusal("reason-needed")
    AuthorityRefusal.objects.create(case=case, ground=ground, reason=reason.strip(), by=by)
    answered = {"on": case_clock.today(case), "by": by}
    ClockEvent.objects.get_or_create(case=case, kind=ClockEvent.Kind.ANSWERED, defaults=answered)
    audit.record(case, "authority.refused", by=by, ground=ground)
    close(case, Outcome.REFUSED, by=by)
    queue(case.submission, "refused", to=read_file(case).email, case=case)
