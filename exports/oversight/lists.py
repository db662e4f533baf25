"""What there is to look after, the newest first; so many of each that a page holds them. Nothing of it tells whose a
case is: references, codes and days."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from cases.casework.members.named import seen_by
from cases.casework.permissions import Permission, operators_for
from cases.models import Case, Decision, Dispute, User
from cases.models.case import Outcome
from exports.models import Breach

SHOWN = 50
# Read for a reference, a right and days; nothing that lies sealed.
OF_A_CASE = ("reference", "right", "operator")


@dataclass(frozen=True)
class Overview:
    breaches: QuerySet[Breach]
    disputes: QuerySet[Dispute]
    refused: QuerySet[Case]
    changed: QuerySet[Decision]


def watched(user: User) -> QuerySet[Case]:
    """The cases this user may look after: none that is for named staff alone."""
    return Case.objects.filter(seen_by(user), operator__in=operators_for(user, Permission.OVERSEE))


def overview(user: User) -> Overview:
    cases = watched(user)
    refused = Q(outcome__in=[Outcome.REFUSED, Outcome.PARTLY])
    breaches = Breach.objects.filter(answer__case__in=cases).select_related("answer__case")
    disputes = Dispute.objects.filter(case__in=cases).select_related("case")
    changed = Decision.objects.filter(case__in=cases, status=Decision.Status.OVERRIDDEN)
    return Overview(
        breaches.order_by("-aware_at", "-pk")[:SHOWN],
        disputes.order_by("-came_on", "-pk")[:SHOWN],
        cases.filter(refused).only(*OF_A_CASE, "outcome", "closed_at").order_by("-closed_at", "-pk")[:SHOWN],
        changed.select_related("case", "decided_by").order_by("-decided_at", "-pk")[:SHOWN],
    )
