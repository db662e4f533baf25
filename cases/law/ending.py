"""What of the law ends on a known day: an order made for a time, a rule's last day, the next look at the law."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cases.law.holdrules import RULES
from cases.registers.settings import Settings


class Ending(StrEnum):
    REVIEW = "law-review"
    MANDATE = "mandate-ends"
    RULE = "rule-ends"


@dataclass(frozen=True)
class End:
    """``on``: the last day, or the day of the review. ``about``: the order as the register has it, or a rule's id."""

    kind: Ending
    on: date
    about: str = ""


def ends_of_law(settings: Settings, countries: Collection[str], slug: str) -> list[End]:
    """For an operator of these countries, in order of their days; also what is past.

    Of the Danish orders under section 786 e, which are made for a year at a time, the last one: without another after
    it nothing keeps what is registered later.
    """
    found = [End(Ending.REVIEW, settings.law_review_due)]
    mandated = any(row.needs_mandate for row in RULES if row.country in countries)
    if mandated and settings.general_logging_mandates and not settings.general_logging_mandate:
        last = max(settings.general_logging_mandates, key=lambda period: period.last)
        found.append(End(Ending.MANDATE, last.last, last.law))
    found += [
        End(Ending.RULE, row.valid_to, row.id)
        for row in RULES
        if row.valid_to and row.country in countries and slug in (row.operators or (slug,))
    ]
    return sorted(found, key=lambda end: (end.on, end.kind))
