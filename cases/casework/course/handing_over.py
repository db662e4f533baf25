"""Cases of somebody who is away, has left, or has too many: one, several or all of them to another caseworker."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.casework import audit, commands
from cases.casework.members.named import is_seen_by, seen_by
from cases.casework.permissions import Permission, allowed, members_with, require, roles_with
from cases.casework.workflow import Refusal
from cases.models import Absence, Case, Operator, User
from cases.models.case import Stage


@dataclass(frozen=True)
class HandedOver:
    """How many cases have gone over, and the references of those the other may not know of."""

    moved: int
    left: tuple[str, ...]


def caseworkers(operator: Operator | str) -> QuerySet[User]:
    """Who can be given cases."""
    return members_with(operator, roles_with(Permission.WORK_CASES))


def holders(operator: Operator, by: User) -> list[User]:
    """Everybody who has open cases that the reader may know of, also who has left or works none any more."""
    cases = open_cases(operator, by)
    return list(User.objects.filter(pk__in=cases.values("assigned_to")).order_by("username"))


def open_cases(operator: Operator, by: User) -> QuerySet[Case]:
    """The open cases that somebody has, as far as the reader may know of them."""
    every = Case.objects.filter(seen_by(by), operator=operator, assigned_to__isnull=False)
    return every.exclude(stage=Stage.CLOSED).order_by("due_on", "reference")


@transaction.atomic
def hand_over(operator: Operator, references: Iterable[str], *, of: User, to: User, by: User) -> HandedOver:
    """Give open cases of one member to another. A case that was taken meanwhile stays where it is.

    Refusal not-a-caseworker, same-person-again, and nothing-chosen where none is left of those that were chosen.
    """
    require(by, operator, Permission.WORK_CASES)
    if not allowed(to, operator, Permission.WORK_CASES):
        raise Refusal("not-a-caseworker")
    if to == of:
        raise Refusal("hand-to-another")
    chosen = list(
        open_cases(operator, by).filter(assigned_to=of, reference__in=list(references)).order_by("pk")
    )
    if not chosen:
        raise Refusal("nothing-chosen")
    known = [case for case in chosen if is_seen_by(to, case)]
    for case in known:
        commands.assign(case, to=to, by=by)
    return HandedOver(len(known), tuple(case.reference for case in chosen if case not in known))


@transaction.atomic
def stand_in(operator: Operator, *, user: User, deputy: User, first: date, last: date, by: User) -> Absence:
    """Somebody is away for some days, and another works their cases: they are among that one's own."""
    require(by, operator, Permission.WORK_CASES)
    for one in (user, deputy):
        if not allowed(one, operator, Permission.WORK_CASES):
            raise Refusal("not-a-caseworker")
    if user == deputy:
        raise Refusal("hand-to-another")
    if first > last:
        raise Refusal("interval-backwards")
    if Absence.objects.filter(operator=operator, user=user, first__lte=last, last__gte=first).exists():
        raise Refusal("interval-overlaps")
    absence = Absence.objects.create(
        operator=operator, user=user, deputy=deputy, first=first, last=last, by=by
    )
    audit.record(
        operator, "absence.noted", by=by, user=user.pk, to=deputy.get_username(), since=first, until=last
    )
    return absence


@transaction.atomic
def end_absence(absence: Absence, *, by: User) -> None:
    """They are back, or will not be away: from now on their cases are theirs alone."""
    require(by, absence.operator, Permission.WORK_CASES)
    audit.record(absence.operator, "absence.ended", by=by, user=absence.user_id)
    absence.delete()


def worked_by(user: User, today: date) -> Q:
    """The cases that are this member's today: their own, and those of whom they stand in for."""
    away = Absence.objects.filter(
        deputy=user,
        first__lte=today,
        last__gte=today,
        operator=OuterRef("operator"),
        user=OuterRef("assigned_to"),
    )
    return Q(assigned_to=user) | Q(Exists(away))


def away(case: Case, today: date) -> Absence | None:
    """Who stands in today for whoever has the case."""
    if case.assigned_to_id is None:
        return None
    now = Absence.objects.filter(
        operator=case.operator_id, user=case.assigned_to_id, first__lte=today, last__gte=today
    )
    return now.select_related("deputy").first()
