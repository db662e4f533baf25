"""Members of staff and their roles: for administrators, and for the second person whom some roles need."""

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from knox.models import AuthToken

from cases.casework.members import accounts, lost_factor, tokens
from cases.casework.members import staff as command
from cases.casework.permissions import Permission, operators_for
from cases.desk.forms import MemberForm
from cases.desk.scope import (
    DeskRequest,
    attempt,
    choose_operator,
    deny_unless,
    find_operator,
    recently,
    staff,
)
from cases.models import LostFactor, Membership, Operator, ProposedRole


@staff
def members(request: DeskRequest) -> HttpResponseBase:
    return choose_operator(request, Permission.ADMINISTER, page="desk:operator-members", heading=_("Members"))


@require_http_methods(["GET", "POST"])
@recently
def operator_members(request: DeskRequest, operator: str) -> HttpResponseBase:
    """The members of one operator, what waits for a second person, and the form that adds one."""
    found = find_operator(request.user, operator, Permission.ADMINISTER)
    form = MemberForm(request.POST or None)
    if form.is_valid() and attempt(request, lambda: _add(request, found, form)):
        return redirect("desk:operator-members", operator)
    everybody = found.memberships.select_related("user", "given_by", "confirmed_by")
    context = {
        "operator": found,
        "form": form,
        "members": everybody.order_by("user__username", "role"),
        "proposed": found.proposed_roles.select_related("user", "proposed_by"),
        "lost": found.lost_factors.exclude(user=request.user).select_related("user", "said_by"),
        "tokens": tokens.tokens_of(found),
    }
    return render(request, "desk/members.html", context, status=422 if form.errors else 200)


def _add(request: DeskRequest, operator: Operator, form: MemberForm) -> str:
    name = form.cleaned_data["username"]
    if command.add_member(operator, **form.cleaned_data, by=request.user):
        return _("%(name)s is a member now.") % {"name": name}
    return _("%(name)s is proposed. The role is in force when a second person who holds it confirms.") % {
        "name": name
    }


@require_POST
@recently
def remove(request: DeskRequest, operator: str, pk: int) -> HttpResponseBase:
    membership = _membership(request, operator, pk)
    attempt(request, lambda: _remove(request, membership))
    return redirect("desk:operator-members", operator)


def _remove(request: DeskRequest, membership: Membership) -> str:
    command.remove_member(membership, by=request.user)
    return _("The role is taken away.")


@require_POST
@recently
def send_link(request: DeskRequest, operator: str, pk: int) -> HttpResponseBase:
    """A link to the member's own address; nothing of it is shown here."""
    membership = _membership(request, operator, pk)
    attempt(request, lambda: _send_link(request, membership))
    return redirect("desk:operator-members", operator)


def _send_link(request: DeskRequest, membership: Membership) -> str:
    accounts.send_link(membership, by=request.user)
    return _("A link to choose a password goes to %(address)s.") % {"address": membership.user.email}


@require_POST
@recently
def say_lost(request: DeskRequest, operator: str, pk: int) -> HttpResponseBase:
    membership = _membership(request, operator, pk)
    attempt(request, lambda: _say_lost(request, membership))
    return redirect("desk:operator-members", operator)


def _say_lost(request: DeskRequest, membership: Membership) -> str:
    lost_factor.say_lost(membership, by=request.user)
    return _("Noted. It is taken away when a second administrator agrees.")


@require_POST
@recently
def settle_lost(request: DeskRequest, operator: str, pk: int, what: str) -> HttpResponseBase:
    found = find_operator(request.user, operator, Permission.ADMINISTER)
    lost = get_object_or_404(found.lost_factors.exclude(user=request.user), pk=pk)
    attempt(request, lambda: _settle_lost(request, lost, what))
    return redirect("desk:operator-members", operator)


def _settle_lost(request: DeskRequest, lost: LostFactor, what: str) -> str:
    if what == "agree":
        lost_factor.agree(lost, by=request.user)
        return _("Taken away, with the password. A link to choose a new one goes to the person's address.")
    lost_factor.refuse(lost, by=request.user)
    return _("The second factor stays as it is.")


@require_POST
@recently
def revoke_token(request: DeskRequest, operator: str, key: str) -> HttpResponseBase:
    found = find_operator(request.user, operator, Permission.ADMINISTER)
    token = get_object_or_404(tokens.tokens_of(found), token_key=key)
    attempt(request, lambda: _revoke(request, found, token))
    return redirect("desk:operator-members", operator)


def _revoke(request: DeskRequest, operator: Operator, token: AuthToken) -> str:
    tokens.revoke(token, operator=operator, by=request.user)
    return _("The token opens nothing any more.")


def _membership(request: DeskRequest, operator: str, pk: int) -> Membership:
    found = find_operator(request.user, operator, Permission.ADMINISTER)
    return get_object_or_404(found.memberships.select_related("user", "operator"), pk=pk)


@require_POST
@recently
def withdraw(request: DeskRequest, operator: str, pk: int) -> HttpResponseBase:
    found = find_operator(request.user, operator, Permission.ADMINISTER)
    proposed = get_object_or_404(found.proposed_roles, pk=pk)
    attempt(request, lambda: _withdraw(request, proposed))
    return redirect("desk:operator-members", operator)


def _withdraw(request: DeskRequest, proposed: ProposedRole) -> str:
    command.withdraw_role(proposed, by=request.user)
    return _("The proposal is taken back.")


@staff
def roles(request: DeskRequest) -> HttpResponseBase:
    """The proposals that wait for this person, who holds the role."""
    deny_unless(operators_for(request.user, Permission.CONFIRM_ROLES).exists())
    return render(request, "desk/roles.html", {"proposed": command.proposals_for(request.user)})


@require_POST
@recently
def confirm(request: DeskRequest, pk: int) -> HttpResponseBase:
    proposed = _proposed(request, pk)
    attempt(request, lambda: _confirm(request, proposed))
    return redirect("desk:roles")


def _confirm(request: DeskRequest, proposed: ProposedRole) -> str:
    command.confirm_role(proposed, by=request.user)
    return _("The role is in force now.")


@require_POST
@recently
def refuse(request: DeskRequest, pk: int) -> HttpResponseBase:
    proposed = _proposed(request, pk)
    attempt(request, lambda: _refuse(request, proposed))
    return redirect("desk:roles")


def _refuse(request: DeskRequest, proposed: ProposedRole) -> str:
    command.refuse_role(proposed, by=request.user)
    return _("You refused. Nobody got the role.")


def _proposed(request: DeskRequest, pk: int) -> ProposedRole:
    """A proposal that somebody else has to decide does not exist here."""
    return get_object_or_404(command.proposals_for(request.user), pk=pk)
