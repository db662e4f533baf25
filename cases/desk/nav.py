"""The pages of the desk a member can open."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.casework.permissions import GRANTS, Permission
from cases.desk.scope import memberships
from cases.models import User
from cases.models.operators import Role

PAGES: tuple[tuple[str, str | Promise, Permission], ...] = (
    ("desk:queue", _("Queue"), Permission.SEE_CASES),
    ("desk:entering-choose", _("New request"), Permission.WORK_CASES),
    ("desk:tasks", _("Tasks"), Permission.SEE_CASES),
    ("desk:handing-over-choose", _("Who works what"), Permission.WORK_CASES),
    ("desk:orders", _("Orders"), Permission.SEE_ORDERS),
    ("desk:figures", _("Figures"), Permission.SEE_FIGURES),
    ("exports:oversight", _("Oversight"), Permission.OVERSEE),
    ("desk:registers", _("Registers"), Permission.SEE_SOURCES),
    ("desk:sources", _("Sources"), Permission.SEE_SOURCES),
    ("exports:all-standard-words", _("Standard words"), Permission.WRITE_STANDARD_WORDS),
    ("desk:audit", _("Audit"), Permission.SEE_AUDIT),
    ("desk:members", _("Members"), Permission.ADMINISTER),
    ("desk:roles", _("Roles"), Permission.CONFIRM_ROLES),
    ("desk:health", _("Health"), Permission.ADMINISTER),
)


# Pages that lie behind another's entry.
WITHIN = {
    "desk:queue": ("desk:case",),
    "desk:entering-choose": ("desk:entering", "desk:backlog"),
    "desk:orders": ("desk:calendar",),
    "exports:oversight": ("exports:overseen",),
    "desk:handing-over-choose": ("desk:handing-over",),
}


@dataclass(frozen=True)
class NavItem:
    url: str
    label: str
    current: bool


def nav(request: HttpRequest) -> list[NavItem]:
    """The pages some role of the user opens, in order; none for somebody who is not signed in."""
    if not isinstance(request.user, User):
        return []
    granted = frozenset[Permission]().union(*(GRANTS[Role(one.role)] for one in memberships(request)))
    view = request.resolver_match.view_name if request.resolver_match else ""
    return [
        NavItem(reverse(name), str(label), view == name or view in WITHIN.get(name, ()))
        for name, label, permission in PAGES
        if permission in granted
    ]
