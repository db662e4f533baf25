"""An order that holds nothing more."""

from typing import Any

from django import forms
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from cases.casework.permissions import Permission, require
from cases.desk.final.page import Weighed, typed, weighed
from cases.desk.orders import find_order
from cases.desk.scope import DeskRequest, staff
from cases.desk.wording import words
from cases.models import Order
from cases.models.orders import Ended
from cases.orders import court_orders
from cases.web.fields import TextField


class EndForm(forms.Form):
    """Why an order ends, and by which decision."""

    because = forms.ChoiceField(
        label=gettext_lazy("Why does it end?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why it ends.")},
    )
    decision = TextField(
        max_length=60,
        label=gettext_lazy("Number of the decision that lifted it"),
        help_text=gettext_lazy("As the court or the authority numbers it. Only where it was lifted."),
        required=False,
        attrs={"autocomplete": "off"},
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, Ended(code).label) for code in court_orders.grounds(order)]
        self.fields["because"].widget.choices = choices
        self.fields["because"].choices = choices  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@staff
def end_order(request: DeskRequest, pk: int) -> HttpResponseBase:
    """The page on which a legal officer ends an order."""
    order = find_order(request.user, pk)
    require(request.user, order.operator, Permission.REGISTER_ORDERS)
    said = Weighed(
        heading=_("End the order"),
        follows=_follows(order),
        submit=_("End the order"),
        back=reverse("desk:orders"),
        stopped=_("This order has ended already.") if order.ended_on else "",
        more={
            "order": order,
            "named": f"{words.rule_name(order.rule)} {order.court} {order.court_case}".strip(),
        },
    )
    form = EndForm(typed(request), order=order)
    return weighed(request, said, form, lambda chosen: _end(request, order, chosen))


def _follows(order: Order) -> list[str]:
    follows = [
        _("From today it holds nothing. What it alone has kept is erased by itself, and does not come back."),
        _("It can't be put in force again; an order that comes later is registered anew."),
    ]
    if touched := len(court_orders.judged_with(order)):
        sentence = ngettext(
            "%(count)s open case is judged anew without it; decisions it changes have to be taken again.",
            "%(count)s open cases are judged anew without it; decisions it changes have to be taken again.",
            touched,
        )
        follows.append(sentence % {"count": touched})
    return follows


def _end(request: DeskRequest, order: Order, chosen: dict[str, Any]) -> str:
    court_orders.end_order(order, by=request.user, **chosen)
    return _("The order has ended.")
