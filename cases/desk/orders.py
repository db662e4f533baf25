"""Court orders and other orders, as legal officers register them; secret ones exist for cleared members only."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.casework.operators import register_of
from cases.casework.permissions import Permission, allowed, operators_for, require
from cases.desk.forms import OrderForm, order_rules
from cases.desk.scope import DeskRequest, attempt, deny_unless, find_operator, staff
from cases.desk.wording import words
from cases.models import Operator, Order
from cases.orders import court_orders as command


@dataclass(frozen=True)
class OrderBook:
    """One operator's orders this reader may see."""

    operator: Operator
    orders: list[Order]
    may_register: bool


@staff
def orders(request: DeskRequest) -> HttpResponseBase:
    operators = operators_for(request.user, Permission.SEE_ORDERS)
    deny_unless(operators.exists())
    books = [
        OrderBook(
            operator,
            list(command.visible_orders(request.user, operator)),
            allowed(request.user, operator, Permission.REGISTER_ORDERS),
        )
        for operator in operators
    ]
    return render(request, "desk/orders.html", {"books": books})


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


@require_POST
@staff
def end_order(request: DeskRequest, pk: int) -> HttpResponseBase:
    order = get_object_or_404(Order.objects.select_related("operator"), pk=pk)
    find_operator(request.user, order.operator_id, Permission.SEE_ORDERS)
    # Looked for once more among those this reader may see: a secret order looks like one that doesn't exist.
    get_object_or_404(command.visible_orders(request.user, order.operator), pk=pk)
    attempt(request, lambda: _end(request, order))
    return redirect("desk:orders")


def _end(request: DeskRequest, order: Order) -> str:
    command.end_order(order, by=request.user)
    return _("The order has ended.")
