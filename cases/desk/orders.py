"""Court orders and other orders, as legal officers register them; secret ones exist for cleared members only."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.casework.operators import register_of
from cases.casework.permissions import Permission, allowed, operators_for, require
from cases.desk.forms import ExtensionForm, OrderForm, order_rules
from cases.desk.scope import DeskRequest, attempt, deny_unless, find_operator, staff
from cases.desk.wording import words
from cases.models import Operator, Order, RuleExtension, User
from cases.orders import court_orders as command
from cases.orders import extensions
from cases.sealed import orders_key


@dataclass(frozen=True)
class Extension:
    """A rule that reaches further, and what this reader may do about it."""

    one: RuleExtension
    may_confirm: bool
    may_withdraw: bool


@dataclass(frozen=True)
class OrderBook:
    """One operator's orders this reader may see."""

    operator: Operator
    orders: list[Order]
    may_register: bool
    extensions: list[Extension]
    form: ExtensionForm


def _shown(request: DeskRequest, one: RuleExtension) -> Extension:
    mine = request.user.pk in (one.legal_by_id, one.cleared_by_id)
    missing = Permission.SEE_SECRET if one.legal_by_id else Permission.OVERRIDE_HOLDS
    cleared = allowed(request.user, one.operator_id, Permission.SEE_SECRET)
    waits = one.confirmed_at is None
    may_confirm = waits and not mine and allowed(request.user, one.operator_id, missing)
    return Extension(one, may_confirm=may_confirm, may_withdraw=waits and cleared)


@staff
def orders(request: DeskRequest) -> HttpResponseBase:
    operators = operators_for(request.user, Permission.SEE_ORDERS)
    deny_unless(operators.exists())
    books = [
        OrderBook(
            operator,
            command.visible_orders(request.user, operator),
            allowed(request.user, operator, Permission.REGISTER_ORDERS),
            [_shown(request, one) for one in extensions.visible_to(request.user, operator)],
            ExtensionForm(language=words.language(), auto_id=f"{operator.pk}-%s"),
        )
        for operator in operators
    ]
    context = {"books": books, "elsewhere": "" if orders_key.is_at_hand() else settings.CLEARED_URL}
    return render(request, "desk/orders.html", context)


@require_http_methods(["GET", "POST"])
@staff
def register_order(request: DeskRequest, operator: str) -> HttpResponseBase:
    """The form for a new order."""
    found = find_operator(request.user, operator, Permission.SEE_ORDERS)
    require(request.user, found, Permission.REGISTER_ORDERS)
    cleared = allowed(request.user, found, Permission.SEE_SECRET)
    country = register_of(found).country
    form = OrderForm(request.POST or None, country=country, language=words.language(), cleared=cleared)
    if form.is_valid() and attempt(request, lambda: _register(request, found, form.cleaned_data)):
        return redirect("desk:orders")
    context = {"operator": found, "form": form, "rules": order_rules(cleared=cleared)}
    return render(request, "desk/order.html", context, status=422 if form.errors else 200)


def _register(request: DeskRequest, operator: Operator, typed: dict[str, Any]) -> str:
    command.register_order(operator, **typed, by=request.user)
    return _("The order is registered. Cases it touches are judged with it from now on.")


def find_order(user: User, pk: int) -> Order:
    """Among those this member may see, or Http404: a secret order looks like one that doesn't exist."""
    operators = operators_for(user, Permission.SEE_ORDERS)
    visible = (order for operator in operators for order in command.visible_orders(user, operator))
    if found := next((order for order in visible if order.pk == pk), None):
        return found
    raise Http404


@require_POST
@staff
def propose_extension(request: DeskRequest, operator: str) -> HttpResponseBase:
    """A court orders more than the law behind an order names: one officer proposes, another confirms."""
    found = find_operator(request.user, operator, Permission.SEE_ORDERS)
    require(request.user, found, Permission.REGISTER_ORDERS)
    attempt(request, lambda: _propose(request, found))
    return redirect("desk:orders")


def _propose(request: DeskRequest, operator: Operator) -> str:
    chosen = {"rule_id": request.POST.get("rule", ""), "category": request.POST.get("category", "")}
    extensions.propose(operator, **chosen, by=request.user)
    return _("Proposed. Nobody's rows of this kind are erased until the other officer has decided.")


@require_POST
@staff
def settle_extension(request: DeskRequest, pk: int, what: str) -> HttpResponseBase:
    one = get_object_or_404(RuleExtension.objects.select_related("operator"), pk=pk)
    find_operator(request.user, one.operator_id, Permission.SEE_ORDERS)
    attempt(request, lambda: _settle(request, one, what))
    return redirect("desk:orders")


def _settle(request: DeskRequest, one: RuleExtension, what: str) -> str:
    if what == "confirm":
        extensions.confirm(one, by=request.user)
        return _(
            "The rule reaches this kind of data from now on. Letters not yet carried out are written anew."
        )
    extensions.withdraw(one, by=request.user)
    return _("Taken back. What waited goes on.")
