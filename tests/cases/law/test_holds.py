"""Every hold rule on records around its last day."""

from datetime import date

import pytest

from cases.law.holdrules import RULES, rule, rules_for, secret_can_touch
from cases.law.holds import (
    Hold,
    cleared_holds_on,
    financial_year_end,
    have_run_out,
    holds_on,
    last_day_of,
    longest,
    notice_window,
    quoted,
)
from cases.law.situation import (
    Claim,
    ClearedSituation,
    Controller,
    IpredNotice,
    IpredPending,
    Preservation,
    Record,
    SecretRecord,
    SubjectKind,
)
from cases.registers.settings import Settings
from tests.cases.law.facts import (
    ALWAYS_LOGGED,
    HEKTOR,
    LOGGED_2026,
    OPERATORS,
    TELE2,
    TELENOR_DK,
    TELENOR_SE,
    TELIA,
    day,
    situation,
)


def ends(record: Record, controller: Controller = TELE2, **more: object) -> dict[str, date | None]:
    return {hold.rule.id: hold.last for hold in holds_on(record, situation(controller, **more))}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("category", "kind", "at", "controller", "expected"),
    [
        ("invoices", "", "2026-07-31", TELE2, {"SE-BFL": "2033-12-31"}),
        ("orders", "", "2026-12-31", TELENOR_SE, {"SE-BFL": "2033-12-31"}),
        ("invoices", "", "2027-01-01", HEKTOR, {"SE-BFL": "2034-12-31"}),
        ("invoices", "", "2026-09-30", TELENOR_DK, {"DK-BFL": "2031-12-31"}),
        ("orders", "", "2026-09-30", TELIA, {"DK-BFL": "2031-12-31", "SE-BFL": "2033-12-31"}),
        ("retained", "telephony", "2026-08-31", TELE2, {"SE-LEK-TEL": "2027-02-28"}),
        ("retained", "location", "2026-08-31", HEKTOR, {"SE-LEK-LOC": "2026-10-31"}),
        ("retained", "location", "2025-12-31", TELE2, {"SE-LEK-LOC": "2026-02-28"}),
        ("retained", "internet", "2026-08-31", TELENOR_SE, {"SE-LEK-NET": "2027-06-30"}),
        ("retained", "equipment", "2026-08-31", TELE2, {"SE-LEK-EQP": "2027-02-28"}),
        ("retained", "internet", "2024-02-29", TELENOR_DK, {"DK-LOG-NET": "2025-02-28"}),
        ("retained", "telephony", "2026-09-30", TELENOR_DK, {}),
        ("retained", "equipment", "2026-09-30", TELENOR_DK, {}),
        ("contact", "prepaid-registration", "2026-03-15", TELE2, {"SE-PREPAID": "2027-03-15"}),
        ("contact", "prepaid-registration", "2026-03-15", TELENOR_DK, {}),
        ("contact", "", "2026-03-15", TELE2, {}),
        ("consents", "", "2026-09-15", TELENOR_DK, {"DK-CONSENT": "2028-09-15"}),
        ("consents", "", "2026-09-15", TELIA, {}),
        ("consents", "", "2026-09-15", TELE2, {}),
        ("kyc", "identity", "2026-06-30", TELIA, {"DK-AML": "2031-06-30", "SE-AML": "2031-06-30"}),
        ("kyc", "transaction", "2024-02-29", TELE2, {"SE-AML": "2029-02-28"}),
        ("kyc", "identity", "2026-06-30", TELENOR_DK, {"DK-AML": "2031-06-30"}),
        ("account", "", "2026-08-31", HEKTOR, {}),  # the 24 months are a ceiling
        ("profile", "", "2026-08-31", TELE2, {}),
        ("traffic", "", "2026-08-31", TELE2, {}),
    ],
)  # fmt: skip
def test_periods_of_the_data_themselves(
    category: str, kind: str, at: str, controller: Controller, expected: dict[str, str]
) -> None:
    assert ends(Record(category, kind, day(at)), controller) == {
        name: day(last) for name, last in expected.items()
    }


@pytest.mark.parametrize(
    ("at", "year_end", "expected"),
    [
        ("2026-06-30", "06-30", "2026-06-30"),
        ("2026-07-01", "06-30", "2027-06-30"),
        ("2026-12-31", "12-31", "2026-12-31"),
        ("2026-01-01", "12-31", "2026-12-31"),
        ("2026-03-01", "02-28", "2027-02-28"),
        ("2028-02-29", "02-28", "2028-02-29"),  # the year ends with the month
        ("2027-02-28", "02-29", "2027-02-28"),
        ("2026-05-01", "04-30", "2027-04-30"),
        ("2026-04-15", "04-30", "2026-04-30"),
        ("2026-01-28", "01-28", "2026-01-28"),
        ("2026-02-10", "02-15", "2026-02-15"),
    ],
)
def test_financial_years(at: str, year_end: str, expected: str) -> None:
    assert financial_year_end(day(at), Settings(financial_year_end=year_end)) == day(expected)


@pytest.mark.parametrize(
    ("controller", "at", "expected"),
    [
        (TELE2, "2026-06-30", "2033-12-31"),
        (TELE2, "2026-07-01", "2034-12-31"),
        (TELENOR_DK, "2026-06-30", "2031-06-30"),
        (TELENOR_DK, "2026-07-01", "2032-06-30"),
    ],
)
def test_a_broken_financial_year(controller: Controller, at: str, expected: str) -> None:
    found = ends(Record("invoices", at=day(at)), controller, settings=Settings(financial_year_end="06-30"))
    assert set(found.values()) == {day(expected)}


@pytest.mark.parametrize(
    ("at", "law"),
    [("2022-06-30", "nr. 648"), ("2022-07-01", "nr. 700"), ("2010-01-01", "nr. 648"), (None, "nr. 700")],
)
def test_the_danish_bookkeeping_act_in_force_when_the_voucher_was_made(at: str | None, law: str) -> None:
    (hold,) = holds_on(Record("invoices", at=day(at) if at else None), situation(TELENOR_DK))
    assert law in hold.rule.law
    assert law in rule("DK-BFL", day(at) if at else None).law


def test_a_rule_nobody_knows() -> None:
    with pytest.raises(KeyError, match="XX-NONE"):
        rule("XX-NONE")


@pytest.mark.parametrize(
    ("at", "settings", "is_held"),
    [
        ("2026-01-01", LOGGED_2026, True),
        ("2026-12-31", LOGGED_2026, True),
        ("2025-12-31", LOGGED_2026, False),
        ("2027-01-01", LOGGED_2026, False),
        ("2019-05-05", ALWAYS_LOGGED, True),
        ("2026-05-05", Settings(), False),
    ],
)
@pytest.mark.parametrize("kind", ["telephony", "location"])
def test_danish_logging_needs_a_mandate_on_the_day(
    kind: str, at: str, settings: Settings, is_held: bool
) -> None:
    found = ends(Record("retained", kind, day(at)), TELENOR_DK, settings=settings)
    assert found == ({"DK-LOG-GEN": day(at).replace(year=day(at).year + 1)} if is_held else {})


@pytest.mark.parametrize(
    ("settings", "is_held"), [(ALWAYS_LOGGED, True), (LOGGED_2026, True), (Settings(), False)]
)
def test_undated_logging_data_are_held_where_any_mandate_could_cover_them(
    settings: Settings, is_held: bool
) -> None:
    found = ends(Record("retained", "telephony"), TELENOR_DK, settings=settings)
    assert found == ({"DK-LOG-GEN": None} if is_held else {})


CONSUMER, BUSINESS, TRADER = SubjectKind


@pytest.mark.parametrize(
    ("controller", "kind", "claim", "expected"),
    [
        (TELE2, CONSUMER, ("2026-07-31",), "2029-07-31"),
        (TELE2, CONSUMER, ("2026-07-31", "2026-10-05"), "2029-10-05"),
        (TELE2, CONSUMER, ("2026-07-31", "2026-10-05", "2026-10-07"), "2029-10-07"),
        (TELE2, CONSUMER, ("2026-07-31", "2026-10-05", "2026-09-07"), "2029-10-05"),
        (TELE2, CONSUMER, ("2026-07-31", None, None, "2026-11-20"), "2026-11-20"),
        (
            TELE2,
            CONSUMER,
            ("2026-07-31", None, None, "2030-11-20"),
            "2029-07-31",
        ),  # barred before it was paid
        (TELE2, BUSINESS, ("2026-07-31",), "2036-07-31"),
        (TELE2, TRADER, ("2026-07-31", None, "2026-08-31"), "2036-08-31"),
        (TELE2, CONSUMER, ("2024-02-29",), "2027-02-28"),
        (TELENOR_DK, CONSUMER, ("2026-07-31",), "2029-07-31"),
        (TELENOR_DK, BUSINESS, ("2026-07-31",), "2029-07-31"),
        (TELENOR_DK, CONSUMER, ("2026-07-31", "2026-10-05"), "2029-07-31"),  # a demand changes nothing
        (TELENOR_DK, CONSUMER, ("2026-07-31", "2026-10-05", "2026-08-31"), "2036-08-31"),
        (TELENOR_DK, CONSUMER, ("2026-07-31", None, "2026-08-31", "2027-01-01"), "2027-01-01"),
    ],
)
def test_claims(
    controller: Controller, kind: SubjectKind, claim: tuple[str | None, ...], expected: str
) -> None:
    dates = [day(each) if each else None for each in claim]
    found = ends(Record("contact", claim=True), controller, kind=kind, claims=(Claim(*dates),))  # type: ignore[arg-type]
    assert found == {("DK-CLAIM" if controller is TELENOR_DK else "SE-CLAIM"): day(expected)}


def test_a_claim_holds_only_what_proves_it() -> None:
    claims = (Claim(day("2026-07-31")),)
    assert ends(Record("contact"), claims=claims) == {}
    assert ends(Record("contact", claim=True)) == {}


def test_each_claim_holds_for_itself() -> None:
    claims = (Claim(day("2026-07-31")), Claim(day("2025-07-31")))
    holds = holds_on(Record("account", claim=True), situation(claims=claims))
    assert [hold.last for hold in holds] == [day("2029-07-31"), day("2028-07-31")]


def test_billing_data_have_a_rule_of_their_own_in_sweden() -> None:
    claims = (Claim(day("2026-07-31")),)
    last = day("2029-07-31")
    assert ends(Record("traffic", claim=True), claims=claims) == {"SE-BILL": last, "SE-CLAIM": last}
    assert ends(Record("traffic", claim=True), TELENOR_DK, claims=claims) == {"DK-CLAIM": last}


NOTICE = IpredNotice("told", day("2026-10-15"))
SENT = IpredNotice("sent", day("2026-10-15"), day("2026-11-20"))
PENDING = IpredPending("asked", day("2026-10-01"))
REJECTED = IpredPending("rejected", day("2026-10-01"), day("2026-10-20"))


@pytest.mark.parametrize(
    ("order", "last"), [(NOTICE, None), (SENT, "2026-11-20"), (PENDING, None), (REJECTED, "2026-10-20")]
)
def test_a_rights_holders_order_holds_until_it_is_over(
    order: IpredNotice | IpredPending, last: str | None
) -> None:
    covered = Record("disclosures", orders=frozenset({order.id}))
    assert ends(covered, orders=(order,)) == {order.rule: day(last) if last else None}
    assert ends(Record("disclosures"), orders=(order,)) == {}
    assert last_day_of(order) == (day(last) if last else None)


@pytest.mark.parametrize(
    ("handed_over", "first", "last"),
    [("2026-10-15", "2026-11-15", "2027-01-15"), ("2026-11-30", "2026-12-30", "2027-02-28")],
)
def test_the_window_of_the_notice_is_a_national_period_without_roll(
    handed_over: str, first: str, last: str
) -> None:
    assert notice_window(IpredNotice("told", day(handed_over))) == (day(first), day(last))


ORDER = Preservation("order", "SE-LEK-ORDER", day("2026-09-20"), 90)


def preserved(record: Record | SecretRecord, *orders: Preservation, **more: object) -> dict[str, date | None]:
    cleared = ClearedSituation(situation(**more), orders)  # type: ignore[arg-type]
    return {hold.rule.id: hold.last for hold in cleared_holds_on(record, cleared)}


def call(at: str, *orders: str) -> Record:
    return Record("retained", "telephony", day(at), orders=frozenset(orders))


@pytest.mark.parametrize(
    ("order", "last"),
    [
        (ORDER, "2026-12-19"),
        (Preservation("order", "SE-LEK-ORDER", day("2026-09-20"), 90, 90), "2027-03-19"),
        (Preservation("order", "DK-HASTE", day("2026-09-20"), 1), "2026-09-21"),
    ],
)
def test_the_day_of_a_preservation_order_is_not_counted(order: Preservation, last: str) -> None:
    assert preserved(call("2026-05-10", "order"), order)[order.rule] == day(last)
    assert last_day_of(order) == day(last)


@pytest.mark.parametrize(("at", "is_kept"), [("2026-03-20", True), ("2026-03-19", False)])
def test_an_order_keeps_only_what_had_not_run_out(at: str, is_kept: bool) -> None:
    assert ("SE-LEK-ORDER" in preserved(call(at, "order"), ORDER)) == is_kept
    assert "SE-LEK-ORDER" not in preserved(call(at), ORDER)


def test_what_one_order_kept_a_later_one_may_keep_on() -> None:
    later = Preservation("later", "DK-HASTE", day("2026-12-19"), 30)
    too_late = Preservation("later", "DK-HASTE", day("2026-12-20"), 30)
    covered = call("2026-05-10", "order", "later")
    assert preserved(covered, later, ORDER)["DK-HASTE"] == day("2027-01-18")
    assert "DK-HASTE" not in preserved(covered, too_late, ORDER)


def test_an_order_keeps_what_never_had_a_period() -> None:
    assert "SE-LEK-ORDER" in preserved(Record("place", orders=frozenset({"order"})), ORDER)


def test_a_running_contract_keeps_data_from_running_out_with_a_claim() -> None:
    paid = (Claim(day("2026-01-31"), paid=day("2026-03-01")),)
    covered = Record("contact", claim=True, orders=frozenset({"order"}))
    assert "SE-LEK-ORDER" in preserved(covered, ORDER, claims=paid, contract_end=None)
    assert "SE-LEK-ORDER" not in preserved(covered, ORDER, claims=paid)
    aside = Record("recordings", claim=True, orders=frozenset({"order"}))
    assert "SE-LEK-ORDER" not in preserved(aside, ORDER, claims=paid, contract_end=None)


def test_secret_records_have_holds_for_the_cleared_only() -> None:
    followed = SecretRecord("retained", "targeted", day("2026-01-05"))
    assert preserved(followed, controller=TELENOR_DK) == {"DK-LOG-TGT": day("2027-01-05")}
    suspicion = SecretRecord("kyc", "investigation", day("2026-01-05"))
    assert preserved(suspicion, controller=TELENOR_DK) == {"DK-AML": day("2031-01-05")}
    assert preserved(SecretRecord("disclosures", "authority", day("2026-01-05"))) == {}


def test_a_record_without_a_day_is_held_without_an_end() -> None:
    assert ends(Record("invoices")) == {"SE-BFL": None}
    assert ends(Record("contact", "prepaid-registration")) == {"SE-PREPAID": None}


def hold(rule_id: str, last: str | None) -> Hold:
    return Hold(rule(rule_id), day(last) if last else None)


@pytest.mark.parametrize(
    ("country", "expected", "others"),
    [
        ("SE", ("SE-BFL", "2033-12-31"), [("SE-CLAIM", "2029-12-31")]),
        ("SE", ("SE-IPRED-PENDING", None), [("SE-BFL", "2033-12-31")]),
        ("SE", ("SE-BILL", "2029-10-05"), [("SE-CLAIM", "2029-10-05")]),
        ("SE", ("SE-CLAIM", "2029-10-06"), [("SE-BILL", "2029-10-05")]),
        ("DK", ("DK-AML", "2031-06-30"), [("SE-AML", "2031-06-30")]),
        ("SE", ("SE-AML", "2031-06-30"), [("DK-AML", "2031-06-30")]),
        ("DK", ("SE-BILL", "2029-10-05"), [("DK-CLAIM", "2029-10-05")]),  # specific before national
        ("DK", ("DK-CLAIM", "2029-10-05"), [("SE-CLAIM", "2029-10-05")]),
        ("SE", ("SE-IPRED-NOTICE", None), [("SE-IPRED-PENDING", None)]),
        ("SE", ("SE-BFL", "2033-12-31"), [("SE-CLAIM", "2033-12-31")]),
        ("SE", ("SE-LEK-ORDER", "2026-12-19"), [("SE-LEK-TEL", "2026-12-19")]),
    ],
)
def test_the_longest_hold_is_named(
    country: str, expected: tuple[str, str | None], others: list[tuple[str, str | None]]
) -> None:
    first, rest = hold(*expected), [hold(*other) for other in others]
    assert longest([first, *rest], country) == first  # type: ignore[arg-type]
    assert longest([*rest, first], country) == first  # type: ignore[arg-type]


def test_no_hold_is_the_longest_of_none() -> None:
    assert longest([], "SE") is None


def test_a_letter_quotes_the_longest_hold_it_may_name() -> None:
    holds = [
        hold("SE-LEK-ORDER", "2027-03-01"),
        hold("SE-LEK-TEL", "2026-12-19"),
        hold("SE-BFL", "2026-12-02"),
    ]
    named = quoted(holds, situation())
    assert named is not None
    assert named.rule.id == "SE-LEK-TEL"
    assert quoted(holds[:1], situation()) is None  # only a secret one is left: the general paragraph
    assert quoted([hold("SE-LEK-TEL", "2026-12-01")], situation()) is None  # it has ended
    assert quoted([hold("SE-LEK-TEL", "2026-12-02")], situation()) is not None


def test_a_letter_quotes_the_customers_own_law_on_a_tie() -> None:
    both = [hold("SE-AML", "2031-06-30"), hold("DK-AML", "2031-06-30")]
    for controller, expected in ((TELIA, "DK-AML"), (TELE2, "SE-AML")):
        named = quoted(both, situation(controller))
        assert named is not None
        assert named.rule.id == expected


@pytest.mark.parametrize(
    ("decided", "rule_id"), [("2026-11-14", "SE-CLAIM"), ("2026-11-15", "SE-IPRED-NOTICE")]
)
def test_a_letter_names_no_rights_holder_before_the_window_opens(decided: str, rule_id: str) -> None:
    at_work = situation(orders=(NOTICE,), claims=(Claim(day("2026-07-31")),), decided=decided)
    named = quoted(holds_on(Record("disclosures", claim=True, orders=frozenset({"told"})), at_work), at_work)
    assert named is not None
    assert named.rule.id == rule_id


def test_when_data_have_run_out() -> None:
    ended = [hold("SE-LEK-TEL", "2026-12-01")]
    record = call("2026-06-01")
    assert have_run_out(ended, record, situation(), day("2026-12-02"))
    assert not have_run_out(ended, record, situation(), day("2026-12-01"))
    assert not have_run_out([], record, situation(), day("2026-12-02"))
    assert not have_run_out([*ended, hold("SE-CLAIM", "2027-01-01")], record, situation(), day("2026-12-02"))


def test_the_table_has_every_rule_once_at_a_time() -> None:
    ids = [row.id for row in RULES]
    assert {name for name in ids if ids.count(name) > 1} == {"DK-BFL"}
    assert sorted(set(ids)) == [
        "DK-AML", "DK-BFL", "DK-CLAIM", "DK-CONSENT", "DK-HASTE", "DK-LOG-GEN", "DK-LOG-NET", "DK-LOG-TGT",
        "HEKTOR-24M", "SE-AML", "SE-BFL", "SE-BILL", "SE-CLAIM", "SE-IPRED-NOTICE", "SE-IPRED-PENDING",
        "SE-LEK-EQP", "SE-LEK-LOC", "SE-LEK-NET", "SE-LEK-ORDER", "SE-LEK-TEL", "SE-PREPAID", "SUPPRESS",
    ]  # fmt: skip
    assert {row.id for row in RULES if row.secret} == {"DK-HASTE", "DK-LOG-TGT", "SE-LEK-ORDER"}
    assert {row.id for row in RULES if not row.blocks} == {"HEKTOR-24M", "SUPPRESS"}


def test_what_a_letter_may_quote_has_its_words() -> None:
    """A ceiling has no ground, and a secret rule must not have one."""
    assert {row.id for row in RULES if row.ground is None} == {
        "DK-HASTE", "DK-LOG-TGT", "HEKTOR-24M", "SE-LEK-ORDER",
    }  # fmt: skip


def test_no_rule_that_only_orders_bring_is_found_by_category() -> None:
    for controller in OPERATORS:
        found = rules_for("disclosures", "", controller.countries, controller.slug)
        assert {row.counts for row in found} == {"claim"}


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("retained", True),
        ("traffic", True),
        ("kyc", True),
        ("disclosures", True),
        ("invoices", False),
        ("contact", False),
    ],
)
def test_categories_a_secret_may_lie_behind(category: str, expected: bool) -> None:
    assert secret_can_touch(category) is expected
