"""Cases for named staff only: whoever is not named for one finds nothing of it, as if there were no such case."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases.casework import audit
from cases.casework.permissions import Permission, allowed, require, roles_with
from cases.casework.workflow import Refusal
from cases.models import Case, NamedStaff, Partial, User
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
    """All that was asked at once, locked in one order: whoever knows of one of them would know of the person."""
    asked = Case.objects.select_for_update(of=("self",)).filter(submission=case.submission_id).order_by("pk")
    return list(asked.select_related("operator"))


@transaction.atomic
def for_named_only(case: Case, *, by: User) -> None:
    """From now on only its named staff know of the case: whoever says so, and who works it."""
    require(by, case.operator, Permission.WORK_CASES)
    for one in together(case):
        shut(one, by=by)


def shut(case: Case, *, by: audit.Actor) -> None:
    """The same for one locked case, whoever asks for it. Safe to repeat."""
    if case.named_only:
        return
    case.named_only = True
    case.save(update_fields=["named_only"])
    for user in _first(case, by):
        NamedStaff.objects.get_or_create(case=case, user=user)
    audit.record(case, "case.named-only", by=by)


def _first(case: Case, by: audit.Actor) -> Iterable[User]:
    """Who knows of it at the start: else legal officers, or where there is none everybody who works cases now."""
    known = [one for one in (by if isinstance(by, User) else None, case.assigned_to) if one is not None]
    workers = [one for one in known if allowed(one, case.operator_id, Permission.WORK_CASES)]
    return known if workers else _with_roles(case, [Role.LEGAL]) or _with_roles(case, _workers())


def _workers() -> list[Role]:
    return roles_with(Permission.WORK_CASES)


def _with_roles(case: Case, roles: list[Role]) -> list[User]:
    members = User.objects.filter(
        is_active=True, memberships__operator=case.operator_id, memberships__role__in=roles
    )
    return list(members.exclude(pk__in=case.partial.values("user")).distinct())


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
    members = User.objects.filter(
        is_active=True,
        memberships__operator=case.operator_id,
        memberships__role__in=roles_with(Permission.SEE_CASES),
    )
    members = members.exclude(pk__in=case.partial.values("user"))
    return list(members.exclude(pk__in=case.named.values("user")).order_by("username", "pk").distinct())
