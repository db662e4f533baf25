"""The legal calendar: what ends when, for whoever may see orders."""

from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, deny_unless, operators_at, staff
from cases.models import Operator
from cases.orders import calendar


@dataclass(frozen=True)
class Book:
    operator: Operator
    entries: list[calendar.Entry]


@staff
def ends(request: DeskRequest) -> HttpResponseBase:
    operators = operators_at(request, Permission.SEE_ORDERS)
    deny_unless(bool(operators))
    today = timezone.localdate()
    books = [Book(one, calendar.entries(one, today)) for one in operators]
    return render(request, "desk/ends.html", {"books": books, "today": today})
