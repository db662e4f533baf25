"""The stop list: whom a use has to leave alone, kept as keyed hashes that outlive the data (Articles 7(3), 21(3)).

An entry ends in one way only: the person has said yes again, and a caseworker has written down where.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from cases.casework import audit
from cases.casework.operators import register_of
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.identity import identifiers
from cases.identity.tenure import tells_when
from cases.models import Case, Identifier, Operator, Suppression, Task, User
from cases.models.keys import KeyUse
from cases.sealed import vault

LISTED_KINDS = ("email", "msisdn", "customer_no")
UNDONE = "objection-undone"
_EVER = datetime.min.replace(tzinfo=UTC)


def enlist(case: Case, channels: Collection[str]) -> None:
    """Put what is the person's today on the list. What stays with a person for good is kept sealed too, for asking.

    Safe to repeat: an entry that stands, this case's or an earlier one's, goes on as it is.
    """
    found, passing = list(_current(case)), passing_on(case.operator_id)
    opened = vault.opener(case, KeyUse.FILE) if found else bytes
    for one in found:
        keeps = one.kind not in passing and one.valid_from is None and one.valid_to is None
        for channel in channels:
            _enter(case, one, channel, opened(one.sealed) if keeps else b"")


def _enter(case: Case, one: Identifier, channel: str, plain: bytes) -> None:
    entry: dict[str, Any] = {"operator": case.operator, "kind": one.kind, "digest": one.digest}
    standing = Suppression.objects.filter(**entry, channel=channel, ended_at=None)
    if one.valid_from:
        # Entered for whoever had the number before; from now on it is about this person.
        standing.filter(since__lt=one.valid_from).update(since=timezone.now(), case=case)
    if not standing.exists():
        sealed = vault.seal_for_operator(plain) if plain else b""
        entry |= {"channel": channel, "ended_at": None}
        Suppression.objects.get_or_create(**entry, defaults={"case": case, "sealed": sealed})


def _current(case: Case) -> QuerySet[Identifier]:
    """A number that was the person's once is somebody else's by now."""
    now = timezone.now()
    begun = Q(valid_from=None) | Q(valid_from__lte=now)
    return case.identifiers.filter(
        begun, Q(valid_to=None) | Q(valid_to__gt=now), kind__in=LISTED_KINDS
    ).order_by("pk")


def passing_on(operator: str) -> set[str]:
    """The kinds of identifiers that go from person to person, as the sources tell them."""
    return {kind for _place, kind in tells_when(operator)}


def entries_of(case: Case) -> QuerySet[Suppression]:
    """What stands on the list about this case's person, by whichever case it got there."""
    mine = Q(case=case)
    for one in _current(case):
        mine |= Q(kind=one.kind, digest=one.digest, since__gte=one.valid_from or _EVER)
    return Suppression.objects.filter(mine, operator=case.operator_id, ended_at=None)


@dataclass(frozen=True)
class Stopped:
    """A channel that is stopped for a person, since when."""

    channel: str
    since: datetime


def stopped(case: Case) -> list[Stopped]:
    """What the list says of the case's person now, a channel each."""
    first = entries_of(case).order_by("channel").values_list("channel").annotate(since=Min("since"))
    return [Stopped(channel, since) for channel, since in first]


@transaction.atomic
def end(case: Case, *, channel: str, reason: str, by: User) -> None:
    """The person has said yes again; ``reason``: where and when. Nothing is switched on at any source."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if not reason.strip():
        raise Refusal("reason-needed")
    standing = list(entries_of(case).filter(channel=channel).select_for_update(of=("self",)))
    if not standing:
        raise Refusal("already-decided")
    now, ended = timezone.now(), Suppression.objects.filter(pk__in=[one.pk for one in standing])
    # The value was kept for asking only: its reason ends with the objection.
    ended.update(ended_at=now, ended_by=by, ended_reason=reason.strip()[:300], sealed=b"")
    audit.record(case, "objection.ended", by=by, stopped=channel)
    # An alarm is about all that its case objected to, so it ends with the last of these.
    for about in {one.case_id for one in standing}:
        if not Suppression.objects.filter(case=about, ended_at=None).exists():
            undone = Task.objects.filter(case=about, kind=UNDONE, done_at=None)
            undone.update(done_at=now, done_by=by)


@dataclass(frozen=True)
class Asked:
    """An identifier whose entry is asked for. ``theirs_since``: since when it has been this person's, if it can be
    passed on; what was entered before that was about whoever had it then."""

    kind: str
    value: str = field(repr=False)
    theirs_since: datetime | None = None


@transaction.atomic
def look_up(operator: Operator, asked: list[Asked], *, by: User) -> list[list[Stopped]]:
    """What is stopped for each identifier, in their order; recorded with counts alone."""
    require(by, operator, Permission.ASK_STOP_LIST)
    digests = [_digest(operator, one) for one in asked]
    found: dict[tuple[str, str], list[Suppression]] = {}
    for entry in Suppression.objects.filter(operator=operator, ended_at=None, digest__in=digests):
        found.setdefault((entry.kind, entry.digest), []).append(entry)
    passing = passing_on(operator.pk)
    answers = [
        [
            Stopped(entry.channel, entry.since)
            for entry in sorted(found.get((one.kind, digest), ()), key=lambda each: each.channel)
            if _is_about(one, entry, passing)
        ]
        for one, digest in zip(asked, digests, strict=True)
    ]
    audit.record(operator, "stop-list.asked", by=by, asked=len(asked), listed=sum(map(bool, answers)))
    return answers


def _digest(operator: Operator, one: Asked) -> str:
    try:
        value = identifiers.normalise(one.kind, one.value, register_of(operator).country)
    except identifiers.NotAnIdentifier:
        value = one.value
    return vault.digest(operator.pk, one.kind, value)


def _is_about(one: Asked, entry: Suppression, passing: set[str]) -> bool:
    return one.theirs_since is None or one.kind not in passing or entry.since >= one.theirs_since
