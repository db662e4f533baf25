"""How the desk is, for administrators: the same as `manage.py doctor` says."""

from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise

from cases.casework.permissions import Permission, operators_for
from cases.desk.scope import DeskRequest, deny_unless, staff
from cases.health import checks, words


@dataclass(frozen=True)
class Line:
    name: str | Promise
    is_well: bool
    said: str


@staff
def health(request: DeskRequest) -> HttpResponseBase:
    deny_unless(operators_for(request.user, Permission.ADMINISTER).exists())
    found = [Line(words.NAMES[each.name], each.is_well, words.said(each)) for each in checks.all_checks()]
    return render(request, "desk/health.html", {"lines": found})
