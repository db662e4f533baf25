"""The hold rules as data: one effective-dated row each, read from `holdrules.toml`."""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Literal

from cases.law.situation import SECRET_CATEGORIES, Country
from cases.registers.texts import Frozen, Text
from connectors.description import tomlfile

Counts = Literal["record", "relationship", "financial-year", "calendar-year", "claim", "order"]


class Rule(Frozen):
    """One row; the file explains the columns. Periods are in months."""

    id: str
    name: Text
    law: str
    ground: Text | None = None
    country: Country | Literal[""]
    operators: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    counts: Counts
    months: int = 0
    months_in_business: int | None = None
    months_recognised: int | None = None
    restarts: tuple[Literal["demanded", "recognised"], ...] = ()
    needs_mandate: bool = False
    blocks: bool = True
    secret: bool = False
    specificity: int = 0
    disclosure: Literal["give", "describe", "review", "delay", "own-data", "withhold"]
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def has_own_period(self) -> bool:
        """Whether the law gives the data themselves a period, as against a claim or an order that comes and
        goes."""
        return self.counts not in ("claim", "order")

    def is_law_on(self, day: date | None) -> bool:
        """Whether this row is the law for a record of `day`; for a record without one, whether it still
        is."""
        if day is None:
            return self.valid_to is None
        return (self.valid_from or day) <= day <= (self.valid_to or day)

    def covers(self, category: str, kind: str) -> bool:
        """Whether rows of this category and kind fall under the rule; no category named means all of them."""
        return category in (self.categories or (category,)) and kind in (self.kinds or (kind,))


class _Table(Frozen):
    rule: tuple[Rule, ...]


RULES: tuple[Rule, ...] = tomlfile.load(Path(__file__).with_suffix(".toml"), _Table).rule


@lru_cache(maxsize=1024)
def rules_for(category: str, kind: str, countries: tuple[Country, ...], slug: str) -> tuple[Rule, ...]:
    """The rules that keep such rows at the operator `slug`, orders apart: those come by name, from a
    court."""
    return tuple(
        row
        for row in RULES
        if row.blocks
        and row.counts != "order"
        and row.country in countries
        # A period that one operator has published binds that operator alone (docs/adr/0023).
        and slug in (row.operators or (slug,))
        and row.covers(category, kind)
    )


def rule(rule_id: str, day: date | None = None) -> Rule:
    """The row of that id that is the law for a record of `day`, or today's. KeyError if there is none."""
    for row in RULES:
        if row.id == rule_id and row.is_law_on(day):
            return row
    raise KeyError(rule_id)


# Where a secret rule may lie behind a verdict. Anti-money-laundering and authorities' requests are secret by kind of
# record, without a rule row of their own.
TOUCHED_BY_SECRETS = SECRET_CATEGORIES.union(*(row.categories for row in RULES if row.secret))


def secret_can_touch(category: str, extended: frozenset[str] = frozenset()) -> bool:
    """Whether a secret rule may lie behind a verdict in this category: letters then state no single
    result. `extended`: the categories that an operator's officers have added."""
    return category in TOUCHED_BY_SECRETS or category in extended
