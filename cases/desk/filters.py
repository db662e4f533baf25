"""Which cases the queue shows: the rail's views, and the plain selects."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from cases.casework.course.handing_over import worked_by
from cases.casework.permissions import Permission, roles_with
from cases.casework.workflow import RETURNED
from cases.conversation.reading import UNREAD
from cases.counted.waits import BY_HAND, WAITING_FOR_OWNER, WAITING_FOR_PERSON, WAITING_FOR_SOURCE
from cases.desk.wording import words
from cases.models import Case, Membership, User
from cases.models.case import Stage
from cases.models.course.days import FIRST, NOT_CLOSED, PROOF_FIRST
from cases.web.fields import Words

Choices = Sequence[tuple[str, str]]
OPEN = NOT_CLOSED & ~PROOF_FIRST
RETURNED_ONES = Q(stage=Stage.DECISIONS, blocked_by=RETURNED)


def by_day(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The cases with their `first` day, the most urgent first, and last those that wait; of an open case alone."""
    return cases.annotate(first=FIRST).order_by("first", "reference")


def views_for(user: User, today: date) -> dict[str, tuple[Words, Q]]:
    """The rail: key -> (label, condition) on cases as of `by_day`, in the order it is shown.

    The month of a request nobody has proven runs all the same, and others can make it one to be proven first.
    """
    week = today + timedelta(days=7)
    return {
        "mine": (_("Mine"), OPEN & worked_by(user, today)),
        "mine-due": (_("Mine, due in 7 days or late"), Q(first__lte=week) & OPEN & worked_by(user, today)),
        "unassigned": (_("Not assigned"), OPEN & Q(assigned_to=None)),
        "due": (_("Due in 7 days"), NOT_CLOSED & Q(first__range=(today, week))),
        "overdue": (_("Overdue"), NOT_CLOSED & Q(first__lt=today)),
        "unread": (_("Unread messages"), NOT_CLOSED & Q(UNREAD)),
        "person": (_("Waiting for the person"), WAITING_FOR_PERSON & ~PROOF_FIRST),
        "proof-first": (_("To be proven first"), PROOF_FIRST),
        "source": (_("Waiting for a source"), WAITING_FOR_SOURCE & ~BY_HAND & ~WAITING_FOR_OWNER),
        "owner": (_("Waiting for an owner"), WAITING_FOR_OWNER),
        "by-hand": (_("To do by hand"), BY_HAND),
        "approval": (_("To approve"), Q(stage=Stage.APPROVAL)),
        "returned": (_("Returned"), RETURNED_ONES),
        "open": (_("All open"), OPEN),
        "all": (_("All"), Q()),
    }


class CaseFilter(filters.FilterSet):  # type: ignore[misc]
    """The selects above the queue. Unknown values are no error: they are left out of the question."""

    operator = filters.ChoiceFilter(label=_("Operator"), empty_label=_("All operators"))
    right = filters.ChoiceFilter(
        choices=list(words.RIGHTS.items()), label=_("Right"), empty_label=_("All rights")
    )
    stage = filters.ChoiceFilter(choices=Stage.choices, label=_("Stage"), empty_label=_("All stages"))
    assigned_to = filters.ChoiceFilter(label=_("Assigned to"), empty_label=_("Anyone"))

    class Meta:
        model = Case
        fields = ("operator", "right", "stage", "assigned_to")

    def __init__(
        self, data: object, queryset: QuerySet[Case], *, operators: Choices, members: Choices
    ) -> None:
        super().__init__(data, queryset=queryset)
        self.filters["operator"].extra["choices"] = operators
        self.filters["assigned_to"].extra["choices"] = members


@dataclass(frozen=True)
class Members:
    """Everybody who has a role at some operators, to choose among, and those of them who can be given cases."""

    every: Choices
    workers: Choices


def members_of(operators: Collection[str]) -> Members:
    roles = Membership.objects.filter(operator__in=operators, user__is_active=True)
    found = list(roles.order_by("user__username", "pk").values_list("user", "user__username", "role"))
    work = roles_with(Permission.WORK_CASES)
    return Members(
        list(dict.fromkeys((str(pk), name) for pk, name, _role in found)),
        list(dict.fromkeys((str(pk), name) for pk, name, role in found if role in work)),
    )
