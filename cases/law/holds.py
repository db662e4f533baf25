"""What stops erasure, and until when: the rules of `holdrules.toml` applied to one record. Pure.

`holds_on` sees a Record and a Situation, neither of which has room for anything secret. `cleared_holds_on`
is the same computation for cleared staff, with the secret records and orders beside it.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from cases.law.calendars import add_months
from cases.law.holdrules import Rule, rule, rules_for
from cases.law.situation import (  # fmt: skip
    Claim,
    ClearedSituation,
    Controller,
    Country,
    IpredNotice,
    OpenOrder,
    Preservation,
    Record,
    Row,
    SecretRecord,
    Situation,
)
from cases.registers.settings import Settings

# What a running contract cannot do without.
CONTRACT_NEEDS = frozenset(
    {"contact", "national-id", "account", "orders", "invoices", "traffic", "security", "consents"}
)


@dataclass(frozen=True)
class Hold:
    """A rule at work on one record. `last` is the last day kept; None: open-ended.

    `told_from` is the first day on which the hold may be named to the person; None: at any time.
    """

    rule: Rule
    last: date | None
    told_from: date | None = None

    def runs_on(self, day: date) -> bool:
        """Whether the record is still kept on `day`."""
        return self.last is None or self.last >= day

    def may_be_told_on(self, day: date) -> bool:
        """Whether a letter of `day` may name the hold."""
        return not self.rule.secret and (self.told_from is None or self.told_from <= day)


def holds_on(record: Record, situation: Situation) -> tuple[Hold, ...]:
    """Every hold on the record, ended ones too, as somebody without clearance may know them."""
    return _ordinary(record, situation)


def cleared_holds_on(record: Record | SecretRecord, cleared: ClearedSituation) -> tuple[Hold, ...]:
    """Every hold on the record, those of secret rules and orders included."""
    situation, holds = cleared.ordinary, _ordinary(record, cleared.ordinary)
    for order in sorted(cleared.secret_orders, key=lambda order: order.decided):
        # An order preserves only what was still there when it came, perhaps thanks to an earlier order.
        if order.id in record.orders and not have_run_out(holds, record, situation, order.decided):
            holds = (*holds, Hold(rule(order.rule), order.last_day))
    return holds


def gone_holds_on(record: Record, cleared: ClearedSituation) -> tuple[Hold, ...]:
    """Every hold on a record that is still there although it should be gone: each order that covers it."""
    orders = (order for order in cleared.secret_orders if order.id in record.orders)
    return (
        *_ordinary(record, cleared.ordinary),
        *(Hold(rule(order.rule), order.last_day) for order in orders),
    )


def is_past(row: Row, controller: Controller, settings: Settings, day: date) -> bool:
    """Whether the law gave the row a period of its own and the last such ended before `day`.

    Never one that money is claimed for: how long that keeps it depends on the claims of the case.
    """
    found = rules_for(row.category, row.kind, controller.countries, controller.slug)
    ends = [hold.last for one in found if one.has_own_period for hold in _by_period(one, row, settings)]
    return not row.claim and bool(ends) and all(last is not None and last < day for last in ends)


def have_run_out(holds: Sequence[Hold], row: Row, situation: Situation, day: date) -> bool:
    """Whether the row had holds and the last of them ended before `day`.

    Data that a running contract needs do not run out with a claim or an order, only with a period of their
    own.
    """
    if not holds or any(hold.runs_on(day) for hold in holds):
        return False
    return any(hold.rule.has_own_period for hold in holds) or not contract_needs(row, situation)


def contract_needs(row: Row, situation: Situation) -> bool:
    """Whether a current customer's contract needs data of this category."""
    return situation.is_current_customer and row.category in CONTRACT_NEEDS


def longest(holds: Iterable[Hold], country: Country) -> Hold | None:
    """The hold that ends last; open-ended beats dated, then the more specific rule, then that of
    `country`."""

    def rank(hold: Hold) -> tuple[bool, date, int, bool, str]:
        own = hold.rule.country == country
        # The id comes last, so that the same case always names the same rule.
        return hold.last is None, hold.last or date.max, hold.rule.specificity, own, hold.rule.id

    return max(holds, key=rank, default=None)


def quoted(holds: Iterable[Hold], situation: Situation) -> Hold | None:
    """The longest hold a letter of the day of decision may name; None: only the general paragraph fits.

    Never a secret one, none that has ended, and no hand-over to a rights holder before its notice window
    opens.
    """
    day = situation.decided
    named = [hold for hold in holds if hold.runs_on(day) and hold.may_be_told_on(day)]
    return longest(named, situation.controller.country)


def last_day_of(order: OpenOrder | Preservation) -> date | None:
    """The last day on which the order holds anything; None while it is open."""
    if isinstance(order, Preservation):
        return order.last_day
    return order.notice_sent if isinstance(order, IpredNotice) else order.ended


def notice_window(order: IpredNotice) -> tuple[date, date]:
    """First and last day for the notice to the subscriber: one to three months after hand-over, without
    roll."""
    return add_months(order.handed_over, 1), add_months(order.handed_over, 3)


def financial_year_end(day: date, settings: Settings) -> date:
    """The last day of the financial year that `day` belongs to."""
    end = _year_end(day.year, settings)
    return end if day <= end else _year_end(day.year + 1, settings)


def _ordinary(row: Row, situation: Situation) -> tuple[Hold, ...]:
    return (*_by_rule(row, situation), *_by_order(row, situation.orders))


def _by_rule(row: Row, situation: Situation) -> Iterable[Hold]:
    controller, settings = situation.controller, situation.settings
    for found in rules_for(row.category, row.kind, controller.countries, controller.slug):
        if found.counts == "claim":
            claims = situation.claims if row.claim else ()
            yield from (Hold(found, _claim_end(found, claim, situation.is_consumer)) for claim in claims)
        else:
            yield from _by_period(found, row, settings)


def _by_period(found: Rule, row: Row, settings: Settings) -> Iterator[Hold]:
    if found.is_law_on(row.at) and _is_mandated(found, row.at, settings):
        yield Hold(found, _period_end(found, row.at, settings))


def _by_order(row: Row, orders: Iterable[OpenOrder]) -> Iterable[Hold]:
    for order in orders:
        if order.id in row.orders:
            told_from = notice_window(order)[0] if isinstance(order, IpredNotice) else None
            yield Hold(rule(order.rule), last_day_of(order), told_from)


def _is_mandated(found: Rule, at: date | None, settings: Settings) -> bool:
    if not found.needs_mandate:
        return True
    if at is None:
        return settings.general_logging_mandate or bool(settings.general_logging_mandates)
    return settings.mandate_on(at)


def _period_end(found: Rule, at: date | None, settings: Settings) -> date | None:
    """A record without a day is kept: its relationship still runs, or a person must find out which day it
    is."""
    if at is None:
        return None
    # Denmark counts from the financial year's own end.
    if found.counts == "financial-year":
        return add_months(financial_year_end(at, settings), found.months)
    # Sweden counts from the calendar year in which the financial year ended (BFL 7:2).
    if found.counts == "calendar-year":
        return add_months(date(financial_year_end(at, settings).year, 12, 31), found.months)
    return add_months(at, found.months)


def _claim_end(found: Rule, claim: Claim, is_consumer: bool) -> date:
    # What was recognised has a longer period of its own (forældelsesloven § 5).
    if found.months_recognised and claim.recognised:
        end = add_months(claim.recognised, found.months_recognised)
    else:
        # A demand or a recognition makes the period begin anew (preskriptionslagen 5-7 §§).
        renewals = {"demanded": claim.demanded, "recognised": claim.recognised}
        start = max([claim.arose, *(renewals[name] or claim.arose for name in found.restarts)])
        # A claim on a consumer is barred after three years, on a business after ten (preskriptionslagen 2 §).
        end = add_months(start, found.months if is_consumer else found.months_in_business or found.months)
    # What is paid is claimed no more.
    return min(end, claim.paid or end)


def _year_end(year: int, settings: Settings) -> date:
    """A financial year ends with a month, so one that ends on 28 February ends on the 29th in a leap year."""
    month, day = map(int, settings.financial_year_end.split("-"))
    length = monthrange(year, month)[1]
    return date(year, month, length if (month, day) == (2, 28) else min(day, length))
