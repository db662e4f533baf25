"""What can be wrong with the days of an order."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from cases.law.situation import IpredNotice, IpredPending

MOST_DAYS = 90


@dataclass(frozen=True)
class Fault:
    """What is wrong with an order, in words, and the field it is wrong in."""

    field: str
    what: str


def faults(
    *,
    rule: str,
    decided_on: date | None,
    days: int | None,
    served_on: date | None,
    handed_over_on: date | None,
    covers_from: date | None,
    covers_to: date | None,
) -> list[Fault]:
    """Everything that is wrong with the days of an order: each kind of order has the days of its own rule."""
    found = []
    if rule == IpredNotice.rule:
        if not handed_over_on:
            found.append(Fault("handed_over_on", _("Write the day the information was handed over.")))
    elif rule == IpredPending.rule:
        if not served_on:
            found.append(Fault("served_on", _("Write the day it was served on us.")))
    else:
        found += _limits_missing(decided_on, days)
    if days is not None and not 1 <= days <= MOST_DAYS:
        found.append(Fault("days", _("An order holds for 1 to %(most)s days.") % {"most": MOST_DAYS}))
    if covers_from and covers_to and covers_from > covers_to:
        found.append(Fault("covers_to", _("The covered period ends before it begins.")))
    return found


def _limits_missing(decided_on: date | None, days: int | None) -> list[Fault]:
    found = []
    if not decided_on:
        found.append(Fault("decided_on", _("Write the day the order was decided.")))
    if days is None:
        found.append(Fault("days", _("Write for how many days the order holds.")))
    return found
