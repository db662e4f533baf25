"""Who sees what. Every desk page starts here: another operator's case does not exist for you (404).

Nobody gets here without a second factor. Where it was not shown within the last minutes, secrets are as if there were
none, and buttons that carry power ask for it first.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_htmx.middleware import HtmxDetails

from cases.casework.members.named import seen_by
from cases.casework.permissions import GRANTS, SECRET, Permission, operators_for, require, withheld
from cases.casework.workflow import Refusal
from cases.desk.wording.operator_names import operator_names
from cases.identity.characters import is_blank
from cases.models import Case, Decision, Membership, Operator, User
from cases.models.operators import Role
from cases.web.signing_in import second_factor

P = ParamSpec("P")


class DeskRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: HtmxDetails
    operator_names: Mapping[str, str]


View = Callable[..., HttpResponseBase]
# Buttons of these want the second factor anew.
POWER = SECRET | {
    Permission.APPROVE,
    Permission.ADMINISTER,
    Permission.CONFIRM_ROLES,
}
CaseAct = Callable[Concatenate[DeskRequest, Case, P], str]


def staff(view: View) -> View:
    """A page for staff who have signed in by two factors, never kept by a cache."""

    @wraps(view)
    def guarded(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if elsewhere := second_factor.first(request):
            return elsewhere
        if not second_factor.is_fresh(request) and operators_at(request, Permission.SEE_SECRET):
            request.user.withheld = SECRET
        # Asked for by the pages that show names alone.
        request.operator_names = cast(Mapping[str, str], SimpleLazyObject(operator_names))
        return view(request, *args, **kwargs)

    wrapped: View = never_cache(login_required(guarded))
    return wrapped


def memberships(request: HttpRequest) -> list[Membership]:
    """The roles of whoever is signed in, each with its operator; asked once a page."""
    found: list[Membership] | None = getattr(request, "memberships", None)
    if found is None:
        theirs = Membership.objects.filter(user=request.user.pk, operator__is_active=True)
        found = list(theirs.select_related("operator__register").defer("operator__register__content"))
        request.memberships = found  # type: ignore[attr-defined]
    return found


def operators_at(request: DeskRequest, permission: Permission) -> list[Operator]:
    """`operators_for`, of the roles that are at hand: what a page shows, never what a button does."""
    if permission in withheld(request.user):
        return []
    granted = {
        one.operator_id: one.operator for one in memberships(request) if permission in GRANTS[Role(one.role)]
    }
    return sorted(granted.values(), key=lambda one: (one.name, one.pk))


def recently(view: View) -> View:
    """The same where it carries power: the second factor was shown a moment ago."""

    @wraps(view)
    def guarded(request: DeskRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return second_factor.again(request) or view(request, *args, **kwargs)

    return staff(guarded)


def visible_cases(user: User) -> QuerySet[Case]:
    """The cases of the operators at which this user may see cases; those for named staff only if named."""
    operators = operators_for(user, Permission.SEE_CASES)
    return Case.objects.filter(seen_by(user), operator__in=operators).select_related(
        "operator", "register", "assigned_to", "submission"
    )


def find_case(user: User, reference: str) -> Case:
    """The case, or Http404 when there is none this user may see."""
    return get_object_or_404(visible_cases(user), reference=reference.upper())


def find_operator(user: User, slug: str, permission: Permission) -> Operator:
    """The operator, or Http404 when the user has no role there that grants the permission."""
    return get_object_or_404(operators_for(user, permission), pk=slug)


def choose_operator(
    request: DeskRequest, permission: Permission, *, page: str, heading: str
) -> HttpResponseBase:
    """To the page of the only operator at which this member may do so, or the choice among several."""
    operators = operators_for(request.user, permission)
    deny_unless(bool(operators))
    if len(operators) == 1:
        return redirect(page, operators[0].pk)
    return render(request, "desk/operators.html", {"operators": operators, "page": page, "heading": heading})


def attempt(request: HttpRequest, act: Callable[[], str]) -> bool:
    """Do it and say so; a refusal becomes the sentence it carries."""
    try:
        if done := act():
            messages.success(request, done)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return False
    return True


def case_action(permission: Permission, *, section: str) -> Callable[[CaseAct[P]], View]:
    """A button on the case page: POST only, scoped, permitted.

    Answered by the case page where the next act is: at `section` while that has more to do, or where it was refused.
    """

    def decorate(act: CaseAct[P]) -> View:
        def view(request: DeskRequest, reference: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            case = find_case(request.user, reference)
            require(request.user, case.operator_id, permission)
            done = attempt(request, lambda: act(request, case, *args, **kwargs))
            goes_on = not done or _has_more(case, section)
            return redirect(f"{case.get_absolute_url()}#{section if goes_on else 'next'}")

        return require_POST((recently if permission in POWER else staff)(view))

    return decorate


def _has_more(case: Case, section: str) -> bool:
    """Whether something of the same kind is left to do there."""
    if section == "decisions":
        return case.decisions.filter(status=Decision.Status.PROPOSED).exists()
    return section == "person" and case.claimed.filter(confirmed_at=None, rejected_at=None).exists()


def permissions_of(user: User, operator: Operator | str) -> frozenset[Permission]:
    """Everything the user's roles at this operator grant, for showing what can be pressed."""
    slug = operator if isinstance(operator, str) else operator.pk
    roles = Membership.objects.filter(user=user, operator_id=slug).values_list("role", flat=True)
    return frozenset[Permission]().union(*(GRANTS[Role(role)] for role in roles)) - withheld(user)


def deny_unless(granted: bool) -> None:
    """PermissionDenied for pages that belong to a role rather than to a case."""
    if not granted:
        raise PermissionDenied


def written_reason(request: DeskRequest) -> str:
    """What was written in the form; Refusal when nothing was."""
    reason = request.POST.get("reason", "").strip()[:4000]
    if is_blank(reason):
        raise Refusal("reason-needed")
    return reason
