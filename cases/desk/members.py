"""Members of staff and their roles, for administrators."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.casework import staff as command
from cases.casework.permissions import Permission, operators_for
from cases.desk.forms import MemberForm
from cases.desk.scope import DeskRequest, attempt, deny_unless, find_operator, staff
from cases.models import Membership, Operator


@staff
def members(request: DeskRequest) -> HttpResponseBase:
    operators = operators_for(request.user, Permission.ADMINISTER)
    deny_unless(operators.exists())
    if len(operators) == 1:
        return redirect("desk:operator-members", operators[0].pk)
    return render(request, "desk/operators.html", {"operators": operators})


@require_http_methods(["GET", "POST"])
@staff
def operator_members(request: DeskRequest, operator: str) -> HttpResponseBase:
    """The members of one operator, and the form that adds one."""
    found = find_operator(request.user, operator, Permission.ADMINISTER)
    form = MemberForm(request.POST or None)
    if form.is_valid() and attempt(request, lambda: _add(request, found, form)):
        return redirect("desk:operator-members", operator)
    context = {
        "operator": found,
        "form": form,
        "members": found.memberships.select_related("user").order_by("user__username", "role"),
    }
    return render(request, "desk/members.html", context, status=422 if form.errors else 200)


def _add(request: DeskRequest, operator: Operator, form: MemberForm) -> str:
    name = form.cleaned_data["username"]
    password = command.add_member(operator, username=name, role=form.cleaned_data["role"], by=request.user)
    if password:
        _show_once(request, name, password)
    return _("%(name)s is a member now.") % {"name": name}


@require_POST
@staff
def remove(request: DeskRequest, operator: str, pk: int) -> HttpResponseBase:
    found = find_operator(request.user, operator, Permission.ADMINISTER)
    membership = get_object_or_404(found.memberships, pk=pk)
    attempt(request, lambda: _remove(request, membership))
    return redirect("desk:operator-members", operator)


@require_POST
@staff
def new_password(request: DeskRequest, operator: str, pk: int) -> HttpResponseBase:
    """A new first password, shown this once on the page that follows."""
    found = find_operator(request.user, operator, Permission.ADMINISTER)
    membership = get_object_or_404(found.memberships.select_related("user"), pk=pk)
    attempt(request, lambda: _new_password(request, membership))
    return redirect("desk:operator-members", operator)


def _new_password(request: DeskRequest, membership: Membership) -> str:
    _show_once(request, membership.user, command.new_password(membership, by=request.user))
    return ""


def _show_once(request: DeskRequest, user: object, password: str) -> None:
    told = _("%(name)s can sign in with the password %(password)s, shown only now. It has to be changed.")
    messages.warning(request, told % {"name": user, "password": password})


def _remove(request: DeskRequest, membership: Membership) -> str:
    command.remove_member(membership, by=request.user)
    return _("The role is taken away.")
