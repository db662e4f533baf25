"""What becomes of records and purposes, right by right."""

from dataclasses import replace
from pathlib import Path

import pytest

from cases.law.decisions import (
    Override,
    Record,
    Right,
    Ruling,
    SecretRecord,
    Verdict,
    judge,
    judge_cleared,
    judge_purpose,
    may_override,
)
from cases.law.holds import CONTRACT_NEEDS
from cases.law.reasons import reason, say
from cases.law.situation import (
    Claim,
    ClearedSituation,
    Controller,
    IpredNotice,
    IpredPending,
    Preservation,
    SubjectKind,
)
from cases.registers.categories import CATEGORIES
from cases.registers.register import Purpose, load_register
from cases.registers.settings import Settings
from tests.cases.law.facts import HEKTOR, OPERATORS, TELE2, TELENOR_DK, TELIA, day, situation

OPERATORS_DIR = Path(__file__).parents[3] / "operators"
GIVE, ERASE, KEEP, GONE = Ruling.GIVE, Ruling.ERASE, Ruling.KEEP, Ruling.GONE


def erased(record: Record, controller: Controller = TELE2, **more: object) -> Verdict:
    return judge(record, situation(controller, **more))  # type: ignore[arg-type]


def shown(record: Record, controller: Controller = TELE2, **more: object) -> Verdict:
    return judge(record, situation(controller, Right.ACCESS, **more))  # type: ignore[arg-type]


def code(verdict: Verdict) -> tuple[Ruling, str, str | None]:
    return verdict.verdict, verdict.why.code, verdict.review.code if verdict.review else None


# Erasure


@pytest.mark.parametrize(
    ("at", "verdict", "until", "rule"),
    [
        ("2026-06-02", KEEP, "2026-12-02", "SE-LEK-TEL"),
        ("2026-06-01", ERASE, None, None),
        ("2026-05-02", ERASE, None, None),
        ("2026-05-01", GONE, "2026-11-01", "SE-LEK-TEL"),
    ],
)
def test_keep_erase_and_gone_meet_at_the_decision_and_at_receipt(
    at: str, verdict: Ruling, until: str | None, rule: str | None
) -> None:
    found = erased(Record("retained", "telephony", day(at)))
    assert (found.verdict, found.until, found.rule) == (verdict, day(until) if until else None, rule)
    assert found.from_ is found.review is None


@pytest.mark.parametrize(
    ("contract_end", "is_kept"), [(None, True), ("2026-12-03", True), ("2026-12-02", False)]
)
@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_without_a_hold_only_a_running_contract_keeps(
    category: str, contract_end: str | None, is_kept: bool
) -> None:
    kind = "identity" if category == "kyc" else ""
    if category in {"invoices", "orders"} or (category, kind) == ("kyc", "identity"):
        return  # these have a period of their own
    found = erased(Record(category, kind, day("2026-01-01")), contract_end=contract_end)
    if is_kept and category in CONTRACT_NEEDS:
        assert (found.verdict, found.rule, found.until) == (KEEP, "CONTRACT", None)
    else:
        assert (found.verdict, found.rule, found.until) == (ERASE, None, None)


def test_what_a_contract_needs() -> None:
    assert sorted(CONTRACT_NEEDS) == [
        "account", "consents", "contact", "invoices", "national-id", "orders", "security", "traffic",
    ]  # fmt: skip


def test_why_without_a_hold() -> None:
    assert code(erased(Record("profile"))) == (ERASE, "erasure.no-hold-former", None)
    assert code(erased(Record("profile"), contract_end=None)) == (ERASE, "erasure.no-hold", None)
    assert code(erased(Record("contact"), contract_end=None)) == (KEEP, "erasure.contract", None)


def test_why_with_a_hold() -> None:
    voucher = erased(Record("invoices", at=day("2026-07-31")))
    assert code(voucher) == (KEEP, "erasure.until", None)
    assert say(voucher.why) == (
        "Bookkeeping (Swedish law): must be kept until 2033-12-31 (bokföringslagen (1999:1078) 7 kap. 2 §)."
    )
    ended = erased(Record("retained", "telephony", day("2026-05-10")))
    assert code(ended) == (ERASE, "erasure.ended", None)
    assert say(ended.why).startswith(
        "Retention for law enforcement: telephony: the period ended on 2026-11-10"
    )
    gone = erased(Record("retained", "location", day("2026-05-10")))
    assert code(gone) == (GONE, "erasure.gone", None)
    assert gone.why.get("until") == day("2026-07-10")
    assert say(gone.why).startswith("Retention for law enforcement: location: should have been erased")


def test_an_open_hold_outranks_a_dated_one_and_has_no_end() -> None:
    order = IpredNotice("told", day("2026-10-15"))
    record = Record("invoices", at=day("2026-07-31"), orders=frozenset({"told"}))
    found = erased(record, orders=(order,))
    assert (found.verdict, found.until, found.rule) == (KEEP, None, "SE-IPRED-NOTICE")
    assert code(found) == (KEEP, "erasure.open", None)
    assert say(found.why) == (
        "Information handed to a rights holder after a court's decision: must be kept until further notice "
        "(upphovsrättslagen (1960:729) 53 f § andra stycket)."
    )


def test_a_claim_paid_between_request_and_decision_holds_no_longer() -> None:
    debtor = Record("contact", claim=True)
    paid = erased(debtor, claims=(Claim(day("2026-07-31"), paid=day("2026-11-20")),))
    assert code(paid) == (ERASE, "erasure.ended", None)
    long_ago = erased(debtor, claims=(Claim(day("2026-07-31"), paid=day("2026-09-20")),))
    assert (long_ago.verdict, long_ago.rule) == (GONE, "SE-CLAIM")


def test_a_running_contract_needs_the_name_after_the_claim() -> None:
    claims = (Claim(day("2025-07-31"), paid=day("2025-09-20")),)
    found = erased(Record("contact", claim=True), claims=claims, contract_end=None)
    assert (found.verdict, found.rule) == (KEEP, "CONTRACT")
    profile = erased(Record("profile", claim=True), claims=claims, contract_end=None)
    assert profile.verdict is GONE
    invoice = erased(Record("invoices", at=day("2015-01-01"), claim=True), claims=claims, contract_end=None)
    assert (invoice.verdict, invoice.until) == (GONE, day("2025-09-20"))


@pytest.mark.parametrize(
    ("record", "contract_end", "review"),
    [
        (Record("invoices"), None, "review.undated"),
        (Record("invoices"), "2026-08-31", "review.undated"),
        (Record("contact", "prepaid-registration"), None, None),  # the service still runs
        (Record("contact", "prepaid-registration"), "2026-08-31", "review.undated"),
        (Record("kyc", "identity"), None, None),
        (Record("kyc", ""), None, "review.kind-unknown"),
        (Record("kyc", "", day("2026-01-01")), "2026-08-31", "review.kind-unknown"),
        (Record("invoices", at=day("2026-07-31")), "2026-08-31", None),
    ],
)
def test_what_is_kept_for_want_of_knowledge_goes_to_a_person(
    record: Record, contract_end: str | None, review: str | None
) -> None:
    found = erased(record, contract_end=contract_end)
    assert found.verdict is KEEP
    assert (found.review.code if found.review else None) == review


def test_a_record_under_a_claim_needs_no_day() -> None:
    found = erased(Record("contact", claim=True), claims=(Claim(day("2026-07-31")),))
    assert code(found) == (KEEP, "erasure.until", None)


# Access


@pytest.mark.parametrize(
    ("record", "controller", "verdict", "rule", "review"),
    [
        (Record("traffic"), TELE2, "give", None, None),
        (Record("traffic", hidden_number=True), TELE2, "redact", None, "review.balance"),
        (Record("recordings", other_person=True), TELE2, "redact", None, "review.balance"),
        (Record("retained", "telephony"), TELE2, "describe", "SE-LEK-TEL", None),
        (Record("retained", "location"), TELE2, "describe", "SE-LEK-LOC", None),
        (Record("retained", "internet", other_person=True), TELE2, "describe", "SE-LEK-NET", None),
        (Record("retained", "equipment"), HEKTOR, "describe", "SE-LEK-EQP", None),
        (Record("retained", "telephony"), TELENOR_DK, "give", None, "review.logging"),
        (Record("retained", "telephony", hidden_number=True), TELENOR_DK, "redact", None, "review.logging"),
        (Record("retained", "internet"), TELIA, "give", None, "review.logging"),
        (Record("company"), HEKTOR, "none", None, None),
        (Record("company", other_person=True), HEKTOR, "none", None, None),
        (Record("disclosures"), TELE2, "give", None, None),
        (Record("kyc", "identity"), TELIA, "give", None, None),
        (Record("kyc"), TELIA, "give", None, "review.kind-unknown"),
        (Record("credit"), TELE2, "give", None, None),
    ],
)
def test_access(
    record: Record, controller: Controller, verdict: str, rule: str | None, review: str | None
) -> None:
    found = shown(record, controller)
    assert (found.verdict, found.rule) == (verdict, rule)
    assert (found.review.code if found.review else None) == review
    assert found.until is found.from_ is None


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Record("traffic"), "access.give"),
        (Record("traffic", hidden_number=True), "access.hidden-number"),
        (Record("traffic", hidden_number=True, other_person=True), "access.other-person"),
        (Record("retained", "telephony"), "access.retained"),
        (Record("company"), "access.company"),
    ],
)
def test_why_access(record: Record, expected: str) -> None:
    assert shown(record).why.code == expected


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [(SubjectKind.CONSUMER, "none"), (SubjectKind.BUSINESS_USER, "none"), (SubjectKind.SOLE_TRADER, "give")],
)
def test_a_sole_trader_is_the_company(kind: SubjectKind, verdict: str) -> None:
    assert shown(Record("company"), HEKTOR, kind=kind).verdict == verdict


@pytest.mark.parametrize(
    ("controller", "chosen", "verdict", "rule"),
    [
        (TELE2, "country", "describe", "SE-LEK-NET"),
        (TELE2, "describe", "describe", "SE-LEK-NET"),
        (TELE2, "give", "give", None),
        (TELENOR_DK, "country", "give", None),
        (TELENOR_DK, "describe", "describe", "DK-LOG-NET"),
        (TELENOR_DK, "give", "give", None),
    ],
)
def test_the_operator_settles_access_to_retained_data(
    controller: Controller, chosen: str, verdict: str, rule: str | None
) -> None:
    found = shown(Record("retained", "internet"), controller, settings=Settings(retained_access=chosen))  # type: ignore[arg-type]
    assert (found.verdict, found.rule) == (verdict, rule)


FIRST, SECOND = IpredNotice("first", day("2026-10-15")), IpredNotice("second", day("2026-10-20"))
TOLD = Record("disclosures", orders=frozenset({"first"}))


@pytest.mark.parametrize(
    ("record", "decided", "verdict", "opens"),
    [
        (TOLD, "2026-11-14", "delay", "2026-11-15"),
        (TOLD, "2026-11-15", "give", None),
        (replace(TOLD, other_person=True), "2026-11-14", "delay", "2026-11-15"),
        (replace(TOLD, other_person=True), "2026-11-15", "redact", None),
        (replace(TOLD, orders=frozenset({"first", "second"})), "2026-11-19", "delay", "2026-11-20"),
        (replace(TOLD, orders=frozenset()), "2026-11-14", "give", None),
        (Record("contact", orders=frozenset({"first"})), "2026-11-14", "give", None),
    ],
)
def test_a_rights_holder_is_named_when_the_window_opens(
    record: Record, decided: str, verdict: str, opens: str | None
) -> None:
    found = shown(record, orders=(FIRST, SECOND), decided=decided)
    assert (found.verdict, found.from_) == (verdict, day(opens) if opens else None)
    assert found.rule == ("SE-IPRED-NOTICE" if verdict == "delay" else None)
    if verdict == "delay":
        assert code(found)[1:] == ("access.delay", "review.delay")
        assert found.why.get("opens") == found.from_
        assert "53 f" in str(found.why.get("law"))


def test_an_operator_may_choose_not_to_wait() -> None:
    found = shown(TOLD, orders=(FIRST,), decided="2026-11-03", settings=Settings(ipred_name_delayed=False))
    assert found.verdict is GIVE


def test_a_pending_application_is_revealed_by_a_person_only() -> None:
    pending = IpredPending("asked", day("2026-10-20"))
    about = Record("disclosures", orders=frozenset({"asked"}))
    assert code(shown(about, orders=(pending,))) == (GIVE, "access.give", "review.proceeding")
    assert shown(replace(about, orders=frozenset()), orders=(pending,)).review is None
    assert shown(replace(about, category="contact"), orders=(pending,)).review is None
    assert shown(about, orders=(FIRST,), decided="2026-12-02").review is None


def test_access_does_not_depend_on_ends_of_holds() -> None:
    for at in (day("1999-01-01"), day("2026-11-01"), None):
        assert shown(Record("retained", "telephony", at)).rule == "SE-LEK-TEL"
        assert shown(Record("invoices", at=at)).verdict is GIVE


# Portability


@pytest.mark.parametrize("controller", OPERATORS)
def test_portable_is_what_was_given_or_produced(controller: Controller) -> None:
    at_hand = situation(controller, Right.PORTABILITY)
    portable = {name for name in CATEGORIES if judge(Record(name), at_hand).verdict == "port"}
    assert portable == {
        "contact", "national-id", "account", "orders", "invoices", "traffic", "location", "place", "devices",
        "viewing", "usage", "sites", "correspondence", "surveys", "consents",
    }  # fmt: skip
    hidden = judge(Record("traffic", hidden_number=True, other_person=True), at_hand)
    assert code(hidden) == (Ruling.PORT, "portability.port", None)
    assert code(judge(Record("profile"), at_hand)) == (Ruling.NOT_PORTABLE, "portability.not-portable", None)


# Purposes

MARKETING = {"T2-P03", "T2-P07", "T2-P08", "TF-P04", "TS-P01", "HK-P04", "TD-P05", "TD-P10"}
CONSENT = {"T2-P08", "TF-P04", "HK-P03", "HK-P04", "TD-P05", "TD-P10"}
NO_OBJECTION = {
    "T2-P01", "T2-P02", "T2-P10", "TF-P01", "TF-P05", "TF-P06", "HK-P01", "HK-P05", "HK-P06", "TD-P01", "TD-P02",
    "TD-P07", "TD-P09",
}  # fmt: skip


def purposes(controller: Controller) -> tuple[Purpose, ...]:
    return load_register(OPERATORS_DIR / controller.slug).purposes


def judged(right: Right, controller: Controller, **more: object) -> dict[str, Verdict]:
    at_hand = situation(controller, right, **more)  # type: ignore[arg-type]
    found = {purpose.code: judge_purpose(purpose, at_hand) for purpose in purposes(controller)}
    return {name: verdict for name, verdict in found.items() if verdict}


@pytest.mark.parametrize("controller", OPERATORS)
def test_advertising_stops_whatever_its_basis(controller: Controller) -> None:
    for name, verdict in judged(Right.MARKETING_OBJECTION, controller).items():
        wanted = (
            (Ruling.STOP, "purpose.marketing")
            if name in MARKETING
            else (Ruling.CONTINUE, "purpose.not-marketing")
        )
        assert code(verdict) == (*wanted, None)


@pytest.mark.parametrize("controller", OPERATORS)
def test_only_what_rests_on_consent_stops_with_it(controller: Controller) -> None:
    for name, verdict in judged(Right.CONSENT_WITHDRAWAL, controller).items():
        assert verdict.verdict == ("stop" if name in CONSENT else "continue"), name
        assert verdict.review is None


def test_separate_consent_for_some_data_is_said() -> None:
    found = judged(Right.CONSENT_WITHDRAWAL, TELE2)
    assert found["T2-P05"].why.code == "purpose.consent-for-some"
    assert found["T2-P01"].why.code == "purpose.other-basis"
    assert found["T2-P08"].why.code == "purpose.consent"


def test_one_consent_taken_back_leaves_the_others() -> None:
    found = judged(Right.CONSENT_WITHDRAWAL, TELE2, withdrawn=frozenset({"T2-P05"}))
    assert found["T2-P05"].why.code == "purpose.consent-for-some"
    assert (found["T2-P08"].verdict, found["T2-P08"].why.code) == (Ruling.CONTINUE, "purpose.not-withdrawn")
    assert (
        judged(Right.CONSENT_WITHDRAWAL, TELE2, withdrawn=frozenset({"T2-P08"}))["T2-P08"].verdict == "stop"
    )


def test_an_operator_may_hold_that_only_the_customer_can_withdraw() -> None:
    strict = Settings(user_withdrawal_honoured=False)
    found = judged(Right.CONSENT_WITHDRAWAL, HEKTOR, settings=strict)
    assert {verdict.verdict for verdict in found.values()} == {Ruling.CONTINUE}
    assert judged(Right.CONSENT_WITHDRAWAL, TELE2, settings=strict)["T2-P08"].verdict is Ruling.STOP


@pytest.mark.parametrize("controller", OPERATORS)
def test_an_objection_is_weighed_where_an_interest_is(controller: Controller) -> None:
    for name, verdict in judged(Right.OBJECTION, controller).items():
        if name in MARKETING:
            assert code(verdict) == (Ruling.STOP, "purpose.marketing", None)
        elif verdict.verdict is Ruling.NONE:
            assert name in NO_OBJECTION
            assert code(verdict) == (Ruling.NONE, "purpose.no-objection", None)
        else:
            assert name not in NO_OBJECTION
            assert verdict.verdict is Ruling.REVIEW
            assert verdict.review == reason("review.compelling")


def test_why_an_objection_is_weighed() -> None:
    assert judged(Right.OBJECTION, TELE2)["T2-P09"].why.code == "purpose.interest"
    assert judged(Right.OBJECTION, TELENOR_DK)["TD-P06"].why.code == "purpose.no-basis"


def test_an_operator_may_rest_credit_checks_on_the_contract() -> None:
    settled = judged(Right.OBJECTION, TELE2, settings=Settings(credit_objection_open=False))
    assert code(settled["T2-P04"]) == (Ruling.NONE, "purpose.credit-contract", None)
    assert settled["T2-P09"].verdict is Ruling.REVIEW
    assert judged(Right.OBJECTION, TELE2)["T2-P04"].verdict is Ruling.REVIEW


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY, Right.ERASURE])
def test_some_rights_are_about_records_only(right: Right) -> None:
    assert judged(right, TELE2) == {}


@pytest.mark.parametrize("right", [Right.OBJECTION, Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL])
def test_some_rights_are_about_purposes_only(right: Right) -> None:
    found = judge(Record("contact"), situation(right=right))
    assert code(found) == (Ruling.NONE, "purpose.not-by-record", None)
    assert judge_cleared(Record("contact"), ClearedSituation(situation(right=right))) == found


@pytest.mark.parametrize("right", [Right.RECTIFICATION, Right.RESTRICTION, Right.AUTOMATED_DECISION])
def test_some_rights_are_decided_by_a_person(right: Right) -> None:
    expected = (Ruling.REVIEW, f"person.{right}", f"person.{right}")
    assert code(judge(Record("contact"), situation(right=right))) == expected
    assert {code(verdict) for verdict in judged(right, TELE2).values()} == {expected}


# With clearance


def cleared(
    record: Record | SecretRecord,
    right: Right,
    controller: Controller = TELENOR_DK,
    orders: tuple[Preservation, ...] = (),
) -> Verdict:
    return judge_cleared(record, ClearedSituation(situation(controller, right), orders))


@pytest.mark.parametrize(
    ("record", "controller", "rule"),
    [
        (SecretRecord("retained", "targeted"), TELENOR_DK, "DK-LOG-TGT"),
        (SecretRecord("kyc", "investigation", other_person=True), TELIA, "DK-AML"),
        (SecretRecord("kyc", "investigation"), TELE2, "SE-AML"),
        (SecretRecord("disclosures", "authority"), TELE2, None),
    ],
)
def test_secret_records_are_withheld(record: SecretRecord, controller: Controller, rule: str | None) -> None:
    found = cleared(record, Right.ACCESS, controller)
    assert code(found) == (Ruling.WITHHOLD, "access.withheld", "review.neutral")
    assert found.rule == rule


def test_secret_records_are_kept_by_their_own_hold() -> None:
    followed = cleared(SecretRecord("retained", "targeted", day("2026-01-05")), Right.ERASURE)
    assert (followed.verdict, followed.until, followed.rule) == (KEEP, day("2027-01-05"), "DK-LOG-TGT")
    suspicion = cleared(SecretRecord("kyc", "investigation", day("2025-12-31")), Right.ERASURE, TELIA)
    assert (suspicion.verdict, suspicion.until, suspicion.rule) == (KEEP, day("2030-12-31"), "DK-AML")
    asked = cleared(SecretRecord("disclosures", "authority", day("2026-01-05")), Right.ERASURE, TELE2)
    assert asked.verdict is ERASE


def test_secret_records_are_not_portable() -> None:
    assert cleared(SecretRecord("retained", "targeted"), Right.PORTABILITY).verdict is Ruling.NOT_PORTABLE
    assert cleared(SecretRecord("retained", "targeted"), Right.RESTRICTION).verdict is Ruling.REVIEW


def test_a_preservation_order_keeps_for_the_cleared_and_shows_nothing() -> None:
    order = Preservation("order", "DK-HASTE", day("2026-10-20"), 90)
    record = Record("retained", "internet", day("2025-11-10"), orders=frozenset({"order"}))
    assert erased(record, TELENOR_DK).verdict is ERASE
    kept = cleared(record, Right.ERASURE, orders=(order,))
    assert (kept.verdict, kept.until, kept.rule) == (KEEP, day("2027-01-18"), "DK-HASTE")
    assert cleared(record, Right.ACCESS, orders=(order,)) == shown(record, TELENOR_DK)


# Overriding


@pytest.mark.parametrize(
    ("right", "ruling", "rule", "who"),
    [
        (Right.MARKETING_OBJECTION, Ruling.STOP, None, Override.NOBODY),
        (Right.MARKETING_OBJECTION, Ruling.CONTINUE, None, Override.NOBODY),
        (Right.CONSENT_WITHDRAWAL, Ruling.STOP, None, Override.NOBODY),
        (Right.OBJECTION, Ruling.STOP, None, Override.NOBODY),
        (Right.OBJECTION, Ruling.REVIEW, None, Override.CASEWORKER),
        (Right.ERASURE, Ruling.KEEP, "SE-BFL", Override.LEGAL_OFFICER),
        (Right.ERASURE, Ruling.KEEP, "CONTRACT", Override.CASEWORKER),
        (Right.ERASURE, Ruling.ERASE, None, Override.CASEWORKER),
        (Right.ACCESS, Ruling.DESCRIBE, "SE-LEK-TEL", Override.LEGAL_OFFICER),
        (Right.ACCESS, Ruling.DELAY, "SE-IPRED-NOTICE", Override.LEGAL_OFFICER),
        (Right.ACCESS, Ruling.WITHHOLD, None, Override.LEGAL_OFFICER),
        (Right.ACCESS, Ruling.REDACT, None, Override.CASEWORKER),
    ],
)
def test_who_may_decide_otherwise(right: Right, ruling: Ruling, rule: str | None, who: Override) -> None:
    assert may_override(right, Verdict(ruling, reason("access.give"), rule=rule)) is who
