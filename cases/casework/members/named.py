"""Cases for named staff only: whoever is not named for one finds nothing of it, as if there were no such case."""

from collections.abc import Iterable
from itertools import chain, product
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cases.casework import audit
from cases.casework.permissions import Permission, allowed, members_with, require, roles_with
from cases.casework.workflow import Refusal
from cases.models import Case, NamedStaff, Operator, Partial, User
from cases.models.operators import Role


def seen_by(user: User, path: str = "") -> Q:
    """The cases there are for this user: none whose person is they themselves, or close to them.

    ``path`` leads to the case from what is asked for, `case__` say."""
    named = NamedStaff.objects.filter(user=user, case=OuterRef(f"{path}pk"))
    partial = Partial.objects.filter(user=user, case=OuterRef(f"{path}pk"))
    return (Q(**{f"{path}named_only": False}) | Q(Exists(named))) & ~Q(Exists(partial))


def is_seen_by(user: User, case: Case) -> bool:
    if case.partial.filter(user=user).exists():
        return False
    return not case.named_only or case.named.filter(user=user).exists()


def together(case: Case) -> list[Case]:
    """All that was asked at once, what it follows and what follows it, locked in one order.

    Whoever knows of one of them would know of the person.
    """
    requests = _chain(case)
    while True:
        asked = Case.objects.select_for_update(of=("self",)).filter(submission__in=requests).order_by("pk")
        cases = list(asked.select_related("operator"))
        # Whatever was opened while this waited for the locks belongs to it; nothing can be from here on.
        if (grown := _chain(case)) == requests:
            return cases
        requests = grown


def _chain(case: Case) -> set[UUID]:
    """The requests that lead to one another by `follows`."""
    known: set[UUID] = set()
    found = {case.submission_id}
    while found:
        known |= found
        links = Case.objects.filter(Q(submission__in=found) | Q(follows__submission__in=found))
        ends = links.exclude(follows=None).values_list("submission", "follows__submission")
        found = set(chain.from_iterable(ends)) - known
    return known


@transaction.atomic
def for_named_only(case: Case, *, by: User) -> None:
    """From now on only its named staff know of the case: whoever says so, and who works it."""
    require(by, case.operator, Permission.WORK_CASES)
    shut(case, by=by)


@transaction.atomic
def shut(case: Case, *, by: audit.Actor) -> list[Case]:
    """The same, whoever asks for it. Returns all that is shut, locked. Safe to repeat."""
    cases = together(case)
    opened = [one for one in cases if not one.named_only]
    for one in opened:
        one.named_only = True
        one.save(update_fields=["named_only"])
        for user in _first(one, by):
            NamedStaff.objects.get_or_create(case=one, user=user)
        audit.record(one, "case.named-only", by=by)
    if opened:
        _known_alike(cases)
    case.refresh_from_db(fields=["named_only"])
    return cases


def _known_alike(cases: list[Case]) -> None:
    """Each is worked by somebody: they know of the person, and each case tells of the others."""
    users = set(NamedStaff.objects.filter(case__in=cases).values_list("user", flat=True))
    for one, user in product(cases, users):
        NamedStaff.objects.get_or_create(case=one, user_id=user)


def _first(case: Case, by: audit.Actor) -> Iterable[User]:
    """Who knows of it at the start: else legal officers, or where there is none everybody who works cases now."""
    known = [one for one in (by if isinstance(by, User) else None, case.assigned_to) if one is not None]
    workers = [one for one in known if allowed(one, case.operator_id, Permission.WORK_CASES)]
    return known if workers else _with_roles(case, [Role.LEGAL]) or _with_roles(case, _workers())


def _workers() -> list[Role]:
    return roles_with(Permission.WORK_CASES)


def _with_roles(case: Case, roles: list[Role]) -> list[User]:
    return list(_may_know(case, roles))


def _may_know(case: Case, roles: list[Role]) -> QuerySet[User]:
    """Whoever holds one of these roles and is not close to the person."""
    return members_with(case.operator_id, roles).exclude(pk__in=case.partial.values("user"))


@transaction.atomic
def name(case: Case, *, user: User, by: User) -> None:
    """Let one more member of the operator's staff know of the case."""
    require(by, case.operator, Permission.WORK_CASES)
    if case.partial.filter(user=user).exists() or not allowed(user, case.operator_id, Permission.SEE_CASES):
        raise Refusal("not-a-member")
    for one in together(case):
        _named, new = NamedStaff.objects.get_or_create(case=one, user=user, defaults={"by": by})
        if new:
            audit.record(one, "case.named", by=by, member=user.get_username())


@transaction.atomic
def unname(case: Case, *, user: User, by: User) -> None:
    """The case ends to be there for this member. Refusal last-named where nobody would be left to work it."""
    require(by, case.operator, Permission.WORK_CASES)
    for one in together(case):
        left = [each.user for each in one.named.exclude(user=user).select_related("user")]
        if not any(allowed(each, one.operator_id, Permission.WORK_CASES) for each in left):
            raise Refusal("last-named")
        if one.named.filter(user=user).delete()[0]:
            audit.record(one, "case.unnamed", by=by, member=user.get_username())
        if one.assigned_to_id == user.pk:
            one.assigned_to = None
            one.save(update_fields=["assigned_to"])


def after_losing(operator: Operator, user: User, *, by: audit.Actor) -> None:
    """A role of this member was taken: legal officers are named where nobody else could work a case any more.

    Refusal nobody-left where an open case would be there for nobody. In the caller's transaction.
    """
    if allowed(user, operator, Permission.WORK_CASES):
        return
    theirs = NamedStaff.objects.filter(user=user, case=OuterRef("pk"))
    shut_up = Case.objects.select_for_update(of=("self",)).filter(
        Exists(theirs), operator=operator, named_only=True
    )
    for case in list(shut_up.select_related("operator").order_by("pk")):
        if has_worker(case):
            continue
        if not name_heirs(case, by=by) and not case.is_closed:
            raise Refusal("nobody-left")


def name_heirs(case: Case, *, by: audit.Actor) -> list[User]:
    """Legal officers, else whoever works cases, where nobody who is named can work the case any more."""
    heirs = _with_roles(case, [Role.LEGAL]) or _with_roles(case, _workers())
    for heir in heirs:
        NamedStaff.objects.get_or_create(case=case, user=heir)
        audit.record(case, "case.named", by=by, member=heir.get_username())
    return heirs


def has_worker(case: Case) -> bool:
    """Whether somebody who is named can work it."""
    named = case.named.select_related("user")
    return any(allowed(one.user, case.operator_id, Permission.WORK_CASES) for one in named)


@transaction.atomic
def for_everybody(case: Case, *, reason: str, by: User) -> None:
    """All who see cases know of it again. Refusal still-protected while the person's identity is."""
    require(by, case.operator, Permission.WORK_CASES)
    if not reason.strip():
        raise Refusal("reason-needed")
    for one in together(case):
        if one.protected_by:
            raise Refusal("still-protected")
        one.named_only, one.opened_because = False, reason.strip()
        one.save(update_fields=["named_only", "opened_because"])
        one.named.all().delete()
        audit.record(one, "case.for-everybody", by=by)


def may_be_named(case: Case) -> list[User]:
    """The operator's staff who could still be named for it."""
    members = _may_know(case, roles_with(Permission.SEE_CASES))
    return list(members.exclude(pk__in=case.named.values("user")).order_by("username", "pk"))
