"""Which cases the queue shows: the rail's views, the plain selects, and the one search box."""

from collections.abc import Mapping
from datetime import date, timedelta

import django_filters as filters
from django.db.models import Case as CaseOf
from django.db.models import DateField, F, Q, QuerySet, When
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from cases.casework.course.handing_over import worked_by
from cases.casework.operators import register_of
from cases.casework.workflow import RETURNED
from cases.desk.wording import words
from cases.identity.identifiers import TYPED_KINDS, NotAnIdentifier, normalise, refuse_unseen
from cases.models import Case, Operator, User
from cases.models.case import Stage
from cases.request import references
from cases.sealed.vault import digest
from cases.web.fields import Words

# Nobody needs to look at these while there is time: they came from where much comes from, and nobody has proven them.
PROOF_FIRST = Q(stage=Stage.VERIFICATION, proof_first=True)
NOT_CLOSED = ~Q(stage=Stage.CLOSED)
OPEN = NOT_CLOSED & ~PROOF_FIRST
BY_HAND = Q(stage__in=[Stage.EXECUTION, Stage.DELIVERY], blocked_by="by-hand")
RETURNED_ONES = Q(stage=Stage.DECISIONS, blocked_by=RETURNED)
WAITING_FOR_PERSON = NOT_CLOSED & (Q(stage=Stage.VERIFICATION) | Q(paused=True))
WAITING_FOR_SOURCE = Q(stage__in=[Stage.COLLECTION, Stage.EXECUTION])

# `Case.first_day`, for the database. LEAST leaves out what is empty.
ACTS_BY = When(~Q(stage=Stage.CLOSED), interim_at=None, then=F("act_by"))
DUE = When(paused=False, then=F("due_on"))
FIRST = Least(CaseOf(ACTS_BY, output_field=DateField()), CaseOf(DUE, output_field=DateField()))


def by_day(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The cases with their `first` day, the most urgent first, and last those that wait."""
    return cases.annotate(first=FIRST).order_by(F("first").asc(nulls_last=True), "reference")


def views_for(user: User, today: date) -> dict[str, tuple[Words, Q]]:
    """The rail: key -> (label, condition) on cases as of `by_day`, in the order it is shown.

    The month of a request nobody has proven runs all the same, and others can make it one to be proven first.
    """
    week = today + timedelta(days=7)
    return {
        "mine": (_("Mine"), OPEN & worked_by(user, today)),
        "unassigned": (_("Not assigned"), OPEN & Q(assigned_to=None)),
        "due": (_("Due in 7 days"), NOT_CLOSED & Q(first__range=(today, week))),
        "overdue": (_("Overdue"), NOT_CLOSED & Q(first__lt=today)),
        "person": (_("Waiting for the person"), WAITING_FOR_PERSON & ~PROOF_FIRST),
        "proof-first": (_("To be proven first"), PROOF_FIRST),
        "source": (_("Waiting for a source"), WAITING_FOR_SOURCE & ~BY_HAND),
        "by-hand": (_("To do by hand"), BY_HAND),
        "approval": (_("To approve"), Q(stage=Stage.APPROVAL)),
        "returned": (_("Returned"), RETURNED_ONES),
        "open": (_("All open"), OPEN),
        "all": (_("All"), Q()),
    }


def found_by(text: str, operators: QuerySet[Operator]) -> Q:
    """A case reference, or an exact identifier looked up by its keyed hash at each operator. Never free text.

    NotAnIdentifier for a text with a character that nobody sees: what looks right would find nothing.
    """
    if reference := references.read(text):
        # That of a request finds all of its cases.
        return Q(reference=reference) | Q(reference__startswith=f"{reference}-")
    refuse_unseen(text)
    digests = {value for operator in operators for value in _digests(operator, text)}
    known = Q(claimed__digest__in=digests) | Q(identifiers__digest__in=digests)
    # Once a case's file is over, by nothing but its mailbox: how long hashes of the rest stay can depend on an order.
    return (known & ~Q(file_sealed=b"")) | Q(submission__mailbox_digest__in=digests)


def _digests(operator: Operator, text: str) -> set[str]:
    country = register_of(operator).country
    found = set()
    for kind in TYPED_KINDS:
        try:
            # The operator is part of the digest: the same number has another one elsewhere.
            found.add(digest(operator.pk, kind, normalise(kind, text, country)))
        except NotAnIdentifier:
            continue
    return found


class CaseFilter(filters.FilterSet):  # type: ignore[misc]
    """The selects above the queue. Unknown values are no error: they are left out of the question."""

    operator = filters.ModelChoiceFilter(
        queryset=Operator.objects.none(), label=_("Operator"), empty_label=_("All operators")
    )
    right = filters.ChoiceFilter(
        choices=list(words.RIGHTS.items()), label=_("Right"), empty_label=_("All rights")
    )
    stage = filters.ChoiceFilter(choices=Stage.choices, label=_("Stage"), empty_label=_("All stages"))
    assigned_to = filters.ModelChoiceFilter(
        queryset=User.objects.none(), label=_("Assigned to"), empty_label=_("Anyone")
    )

    class Meta:
        model = Case
        fields = ("operator", "right", "stage", "assigned_to")

    def __init__(
        self,
        data: object,
        queryset: QuerySet[Case],
        *,
        operators: QuerySet[Operator],
        names: Mapping[str, str],
    ) -> None:
        super().__init__(data, queryset=queryset)
        self.filters["operator"].queryset = operators
        self.filters["assigned_to"].queryset = (
            User.objects.filter(memberships__operator__in=operators, is_active=True)
            .distinct()
            .order_by("username", "pk")
        )
        self.form.fields["operator"].label_from_instance = lambda one: names[one.pk]
