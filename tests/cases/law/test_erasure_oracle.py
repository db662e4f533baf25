"""Erasure and access against a second opinion, written as one long list of sentences and sharing no code.

The random cases cover every category, kind and operator, so a rule that is wrong anywhere disagrees somewhere.
"""

import os
import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from cases.law.decisions import judge, judge_cleared
from cases.law.situation import (
    Claim,
    ClearedSituation,
    IpredNotice,
    IpredPending,
    Preservation,
    Record,
    Right,
    SecretRecord,
    Situation,
    Subject,
    SubjectKind,
    is_secret,
)
from cases.registers.settings import Settings
from tests.cases.law.facts import OPERATORS

SOAK = bool(os.environ.get("SOAK"))
FOREVER = date.max
NEEDED = ["contact", "national-id", "account", "orders", "invoices", "traffic", "security", "consents"]
CATEGORIES = [
    *NEEDED, "devices", "viewing", "usage", "demographics", "credit", "recordings", "correspondence", "surveys", "web",
    "profile", "place", "location", "sites", "statistics", "directory", "company", "retained", "disclosures", "kyc",
]  # fmt: skip
KINDS = {
    "retained": ["telephony", "location", "internet", "equipment", "targeted"],
    "kyc": ["identity", "transaction", "investigation"],
    "disclosures": ["", "", "authority"],
    "contact": ["", "prepaid-registration"],
}


def later(day: date, years: int = 0, months: int = 0) -> date:
    count = day.year * 12 + day.month - 1 + years * 12 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass
class Case:
    record: Record | SecretRecord
    situation: Situation
    cleared: ClearedSituation

    def ends(self, *, secret: bool) -> list[tuple[date, int, str]]:
        """(last day, how specific, rule) of every hold."""
        row, facts = self.record, self.situation
        swedish, danish = ("SE" in facts.controller.countries), ("DK" in facts.controller.countries)
        found: list[tuple[date, int, str]] = []
        assert row.at is not None
        what = f"{row.category}/{row.kind}"
        if row.category in ("invoices", "orders"):
            month, day = (int(part) for part in facts.settings.financial_year_end.split("-"))
            closes = date(row.at.year, month, day)
            if row.at > closes:
                closes = date(row.at.year + 1, month, day)
            if swedish:
                found.append((date(closes.year + 7, 12, 31), 1, "SE-BFL"))
            if danish:
                found.append((later(closes, years=5), 1, "DK-BFL"))
        months = {
            "telephony": (6, "TEL"),
            "location": (2, "LOC"),
            "internet": (10, "NET"),
            "equipment": (6, "EQP"),
        }
        if row.category == "retained" and swedish and row.kind in months:
            found.append((later(row.at, months=months[row.kind][0]), 1, "SE-LEK-" + months[row.kind][1]))
        if (
            danish
            and what in ("retained/telephony", "retained/location")
            and facts.settings.general_logging_mandate
        ):
            found.append((later(row.at, years=1), 1, "DK-LOG-GEN"))
        if danish and what == "retained/internet":
            found.append((later(row.at, years=1), 1, "DK-LOG-NET"))
        if danish and what == "retained/targeted":
            found.append((later(row.at, years=1), 1, "DK-LOG-TGT"))
        if swedish and row.kind == "prepaid-registration":
            found.append((later(row.at, years=1), 1, "SE-PREPAID"))
        if row.category == "kyc":
            found += [(later(row.at, years=5), 1, f"{c}-AML") for c in facts.controller.countries]
        if row.category == "consents" and facts.controller.slug == "telenor-dk":
            found.append((later(row.at, years=2), 1, "DK-CONSENT"))
        found += self.claims(swedish, danish)
        found += self.orders()
        return found + (self.preserved(found) if secret else [])

    def claims(self, swedish: bool, danish: bool) -> list[tuple[date, int, str]]:
        found = []
        for claim in self.situation.claims if self.record.claim else ():
            paid = claim.paid or FOREVER
            if swedish:
                years = 3 if self.situation.subject.kind == "consumer" else 10
                dates = [claim.arose, claim.demanded or claim.arose, claim.recognised or claim.arose]
                last = min(paid, later(max(dates), years=years))
                found.append((last, 0, "SE-CLAIM"))
                if self.record.category == "traffic":
                    found.append((last, 2, "SE-BILL"))
            if danish:
                last = later(claim.recognised, years=10) if claim.recognised else later(claim.arose, years=3)
                found.append((min(paid, last), 0, "DK-CLAIM"))
        return found

    def orders(self) -> list[tuple[date, int, str]]:
        found = []
        for order in self.situation.orders:
            if order.id in self.record.orders:
                ended = order.notice_sent if isinstance(order, IpredNotice) else order.ended
                specific = 4 if isinstance(order, IpredNotice) else 3
                found.append((ended or FOREVER, specific, order.rule))
        return found

    def preserved(self, ordinary: list[tuple[date, int, str]]) -> list[tuple[date, int, str]]:
        found: list[tuple[date, int, str]] = []
        for order in sorted(self.cleared.secret_orders, key=lambda order: order.decided):
            lasts = [last for last, _, _ in ordinary + found]
            if order.id in self.record.orders and (
                not lasts or max(lasts) >= order.decided or self.contract_stays(ordinary)
            ):
                found.append(
                    (order.decided + timedelta(days=order.days + order.extended), 3, str(order.rule))
                )
        return found

    def contract_stays(self, holds: list[tuple[date, int, str]]) -> bool:
        end = self.situation.subject.contract_end
        current = end is None or end > self.situation.decided
        passing = (
            "SE-CLAIM",
            "SE-BILL",
            "DK-CLAIM",
            "SE-IPRED-NOTICE",
            "SE-IPRED-PENDING",
            "SE-LEK-ORDER",
            "DK-HASTE",
        )
        return current and self.record.category in NEEDED and all(name in passing for _, _, name in holds)

    def verdict(self, *, secret: bool) -> tuple[str, date | None, str | None]:
        holds = self.ends(secret=secret)
        home = self.situation.controller.country
        last, _, name = max(
            holds,
            key=lambda hold: (hold[0], hold[1], hold[2].startswith(home), hold[2]),
            default=(date.min, 0, ""),
        )
        if holds and last >= self.situation.decided:
            return "keep", None if last == FOREVER else last, name
        if self.contract_stays(holds):
            return "keep", None, "CONTRACT"
        if holds and last < self.situation.received:
            return "gone", last, name
        return "erase", None, None


def random_case(dice: random.Random) -> Case:
    received = date(2026, 1, 1) + timedelta(days=dice.randrange(700))

    def near(spread: int = 1200) -> date:
        return received + timedelta(days=dice.randrange(-spread, 60))

    def maybe(chance: float = 0.4) -> date | None:
        return near() if dice.random() < chance else None

    right = dice.choice([Right.ERASURE, Right.ERASURE, Right.ACCESS])
    claims = tuple(Claim(near(), maybe(), maybe(0.2), maybe(0.2)) for _ in range(dice.randrange(3)))
    orders: list[IpredNotice | IpredPending] = []
    if dice.random() < 0.2:
        orders.append(IpredNotice("notice", near(90), maybe(0.3)))
    if dice.random() < 0.2:
        orders.append(IpredPending("pending", near(90), maybe(0.3)))
    secret = tuple(
        Preservation(
            f"secret-{n}", dice.choice(["SE-LEK-ORDER", "DK-HASTE"]), near(200),
            dice.randrange(1, 91), dice.choice([0, 90]),
        )
        for n in range(dice.randrange(3))
    )  # fmt: skip
    ids = [order.id for order in (*orders, *secret)]
    category = dice.choice(CATEGORIES)
    kind = dice.choice(KINDS.get(category, [""]))
    make = SecretRecord if is_secret(category, kind) else Record
    record = make(
        category, kind, near(4000 if category in ("invoices", "orders", "kyc") else 1200),
        claim=dice.random() < 0.4, hidden_number=dice.random() < 0.3, other_person=dice.random() < 0.3,
        orders=frozenset(name for name in ids if dice.random() < 0.6),
    )  # fmt: skip
    situation = Situation(
        dice.choice(OPERATORS), right, received, received + timedelta(days=dice.randrange(40)),
        Subject(dice.choice(list(SubjectKind)), maybe(0.6)), claims, tuple(orders),
        Settings(
            financial_year_end=dice.choice(["12-31", "06-30", "04-30"]), general_logging_mandate=dice.random() < 0.6
        ),
    )  # fmt: skip
    return Case(record, situation, ClearedSituation(situation, secret))


def shown(case: Case) -> str:
    row, facts = case.record, case.situation
    if isinstance(row, SecretRecord):
        return "withhold"
    if row.category == "retained" and facts.controller.country == "SE":
        return "describe"
    if row.category == "company" and facts.subject.kind != "sole-trader":
        return "none"
    told = [order for order in facts.orders if isinstance(order, IpredNotice) and order.id in row.orders]
    if row.category == "disclosures" and any(
        facts.decided < later(order.handed_over, months=1) for order in told
    ):
        return "delay"
    return "redact" if row.hidden_number or row.other_person else "give"


def agrees(case: Case) -> None:
    if case.situation.right is Right.ACCESS:
        assert judge_cleared(case.record, case.cleared).verdict == shown(case), case
        return
    cleared = judge_cleared(case.record, case.cleared)
    assert (cleared.verdict, cleared.until, cleared.rule) == case.verdict(secret=True), case
    if isinstance(case.record, Record):
        found = judge(case.record, case.situation)
        assert (found.verdict, found.until, found.rule) == case.verdict(secret=False), case


def test_random_cases() -> None:
    dice = random.Random(17)
    for _ in range(5_000):
        agrees(random_case(dice))


@pytest.mark.soak
@pytest.mark.skipif(not SOAK, reason="make soak")
@pytest.mark.timeout(1200)
def test_a_hundred_thousand_random_cases() -> None:
    dice = random.Random(2016_679)
    for _ in range(100_000):
        agrees(random_case(dice))


def test_a_secret_order_changes_nothing_that_is_judged_without_clearance() -> None:
    dice = random.Random(27_16)
    for _ in range(1_000):
        case = random_case(dice)
        if isinstance(case.record, Record):
            open_ids = {order.id for order in case.situation.orders}
            without = Record(**{**vars(case.record), "orders": case.record.orders & open_ids})
            assert judge(case.record, case.situation) == judge(without, case.situation)
