"""Case files: read, refused with one clear line, decided, compared."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from cases.law.casefiles.compare import mismatches
from cases.law.casefiles.format import Expect
from cases.law.casefiles.outcome import cleared_outcome, outcome
from cases.law.casefiles.reading import read
from connectors.description.tomlfile import ConfigError
from tests.cases.law.facts import day

OPERATORS = Path(__file__).parents[3] / "operators"
CASES = sorted((Path(__file__).parent / "cases").glob("*.toml"))

HEAD = """
operator = "tele2-se"
right = "erasure"
received = 2026-11-02
subject = { kind = "consumer", contract_end = 2026-08-31 }
"""
CALL = '[[record]]\nid = "call"\ncategory = "retained"\nkind = "telephony"\nat = 2026-05-10\n'


@pytest.mark.parametrize("is_cleared", [False, True], ids=["uncleared", "cleared"])
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_case_gets_what_it_expects(path: Path, is_cleared: bool) -> None:
    case = read(path, OPERATORS)
    assert case.file.expect is not None
    found = cleared_outcome(case) if is_cleared else outcome(case)
    assert mismatches(case.file.expect, found, is_cleared=is_cleared) == []


def test_the_cases_cover_every_right_and_operator() -> None:
    read_cases = [read(path, OPERATORS).file for path in CASES]
    assert {case.operator for case in read_cases} == {folder.name for folder in OPERATORS.iterdir()}
    assert len({case.right for case in read_cases}) == 9


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "case.toml"
    path.write_text(dedent(text))
    return path


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (HEAD.replace("tele2-se", "tele3-se"), r"operator: unknown operator `tele3-se`; known: hektor-se, tele2-se"),
        (HEAD.replace("erasure", "deletion"), "right: "),
        (HEAD.replace("consumer", "company"), r"subject\.kind: "),
        (HEAD.replace("subject", "person"), "subject: is missing|person: unknown key"),
        (HEAD + "extra = 1", "extra: unknown key"),
        (HEAD + '"two\\nlines" = 1', r"two\\nlines: unknown key"),
        (HEAD.replace("2026-11-02", '"2026-11-02"'), "received: is not a date such as"),
        (HEAD.replace("2026-11-02", "2026-11-02T10:00:00"), "received: is not a date such as"),
        (HEAD.replace("2026-11-02", "2026-02-30"), ":4: received: not TOML: invalid date"),
        (HEAD.replace("2026-11-02", "9999-12-31"), "received: is not a date between"),
        (HEAD + "decided = 2026-11-01", "decided: lies before `received`"),
        (HEAD + CALL.replace("retained", "metadata"), r"record\[0\]\.category: unknown category"),
        (HEAD + CALL.replace("telephony", "fax"), r"record\[0\]\.kind: unknown kind `fax` of retained"),
        (HEAD + CALL.replace('kind = "telephony"', ""), r"record\[0\]\.kind: unknown kind `` of retained"),
        (HEAD + CALL.replace("telephony", "targeted"), r"record\[0\]\.kind: `targeted` exists in Denmark only"),
        (HEAD + CALL.replace("retained", "invoices"), r"record\[0\]\.kind: unknown kind `telephony` of invoices"),
        (HEAD + CALL + CALL, r"record\[1\]\.id: `call` is used twice"),
        (HEAD + CALL + "clame = true", r"record\[0\]\.clame: unknown key; did you mean `claim`"),
        (HEAD + CALL + "claim = 1", r"record\[0\]\.claim: "),
        (HEAD + "[[pause]]\nfrom = 2026-11-01\nto = 2026-11-05", r"pause\[0\]\.from: starts before `received`"),
        (HEAD + "[[pause]]\nfrom = 2026-11-05\nto = 2026-11-04", r"pause\[0\]\.to: lies before `from`"),
        (HEAD + "[[pause]]\nfrom = 2026-11-05", "decided: is missing, and an open pause"),
        (HEAD + '[extension]\nnoticed = 2026-12-03\nreason = "many"', r"extension\.noticed: lies after the due date"),
        (HEAD + '[extension]\nnoticed = 2026-11-01\nreason = "many"', r"extension\.noticed: lies before `received`"),
        (HEAD + "[extension]\nnoticed = 2026-12-01", r"extension\.reason: is missing"),
        (HEAD + '[extension]\nnoticed = 2026-12-01\nreason = ""', r"extension\.reason: "),
        *[
            (
                HEAD.replace("erasure", right) + '[extension]\nnoticed = 2026-11-03\nreason = "many"',
                r"extension\.noticed: this right cannot be extended",
            )
            for right in ("marketing-objection", "consent-withdrawal")
        ],
        (HEAD + '[settings]\nfinancial_year_end = "13-31"', r"settings\.financial_year_end: "),
        (HEAD + '[settings]\nfinancial_year_end = "02-30"', r"settings\.financial_year_end: should look like 12-31"),
        (HEAD + "[settings]\nlogging = true", r"settings\.logging: unknown key"),
        (HEAD + "[[claim]]\ndemanded = 2026-01-01", r"claim\[0\]\.arose: is missing"),
        (HEAD + "[expect]\ndew = 2026-12-02", r"expect\.dew: unknown key"),
        (HEAD + "[expect.record.call]\nverdikt = 'keep'", r"expect\.record\.call\.verdikt: unknown key"),
        (HEAD + "[expect.cleared]\nabsent = true", r"expect\.cleared\.absent: unknown key"),
        ("operator = ", ":1: operator: not TOML"),
        ("operator", ":1: not TOML"),
        ("[[record", ":1: not TOML"),
    ],
)  # fmt: skip
def test_bad_input_is_one_clear_line(text: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        read(written(tmp_path, text), OPERATORS)
    assert "\n" not in str(refused.value)
    assert re.search(r"case\.toml:\d+: ", str(refused.value))
    assert re.search(complaint, str(refused.value))


ORDER = '[[order]]\nrule = "SE-LEK-ORDER"\ndecided = 2026-09-20\ndays = 90\ncovers = ["call"]\n'


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        (ORDER.replace("90", "91"), r"order\[0\]\S*\.days: "),
        (ORDER.replace("90", "0"), r"order\[0\]\S*\.days: "),
        (ORDER + "extended = 91", r"order\[0\]\S*\.extended: "),
        (ORDER.replace('"call"', '"cell"'), r"order\[0\]\.covers\[0\]: unknown record `cell`"),
        (ORDER.replace('"call"', ""), r"order\[0\]\S*\.covers: "),
        (ORDER.replace('covers = ["call"]', ""), r"order\[0\]\S*\.covers: is missing"),
        (ORDER.replace("SE-LEK-ORDER", "SE-LEK-TEL"), r"order\[0\]\.rule: is not one of 'SE-LEK-ORDER', "),
        (ORDER.replace("rule =", "role ="), r"order\[0\]\.rule: is missing$"),
        (ORDER + "handed_over = 2026-10-01", r"order\[0\]\S*\.handed_over: unknown key$"),
        (ORDER + "served = 2026-10-01", r"order\[0\]\S*\.served: unknown key$"),
        (ORDER.replace("SE-LEK-ORDER", "SE-IPRED-NOTICE"), r"order\[0\]\S*: (is missing|unknown key)"),
        (ORDER.replace("SE-LEK-ORDER", "SE-IPRED-PENDING"), r"order\[0\]\S*: (is missing|unknown key)"),
    ],
)  # fmt: skip
def test_an_order_has_the_fields_of_its_own_rule_only(order: str, complaint: str, tmp_path: Path) -> None:
    assert read(written(tmp_path, HEAD + CALL + ORDER + "extended = 90"), OPERATORS)
    with pytest.raises(ConfigError) as refused:
        read(written(tmp_path, HEAD + CALL + order), OPERATORS)
    assert re.search(complaint, str(refused.value))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml:1: cannot be read"):
        read(tmp_path / "none.toml", OPERATORS)


def test_the_complaint_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"case\.toml:10: record\[0\]\.kind: "):
        read(written(tmp_path, HEAD + "\n" + CALL.replace("telephony", "targeted")), OPERATORS)


def test_verdicts_are_given_on_the_due_date_unless_said_otherwise(tmp_path: Path) -> None:
    extended = '[extension]\nnoticed = 2026-11-25\nreason = "archives"\n'
    case = read(written(tmp_path, HEAD + extended), OPERATORS)
    assert case.situation.decided == case.clock.due == day("2026-12-02")
    case = read(written(tmp_path, HEAD + "decided = 2026-11-20\n" + extended), OPERATORS)
    assert case.situation.decided == day("2026-11-20")


def test_the_outcome_has_the_keys_of_expect(tmp_path: Path) -> None:
    found = outcome(read(written(tmp_path, HEAD + CALL), OPERATORS))
    assert list(found) == ["due", "extended_due", "record", "purpose", "order"]
    assert list(found["record"]["call"]) == ["verdict", "until", "from", "rule", "why"]
    assert found["purpose"] == found["order"] == {}


def test_an_ignored_pause_leaves_a_note(tmp_path: Path) -> None:
    late = "[[pause]]\nfrom = 2026-11-10\nto = 2026-11-20"
    found = outcome(read(written(tmp_path, HEAD + late), OPERATORS))
    assert found["due"] == day("2026-12-02")
    assert found["notes"] == [
        "The question of 2026-11-10 was asked after 2026-11-09 and does not stop the clock."
    ]
    longer = outcome(
        read(written(tmp_path, HEAD + late + "\n[settings]\npause_ask_working_days = 6"), OPERATORS)
    )
    assert longer["due"] == day("2026-12-14")
    assert "notes" not in longer


def test_a_right_that_cannot_be_extended_has_no_extended_date(tmp_path: Path) -> None:
    for right in ("marketing-objection", "consent-withdrawal"):
        found = outcome(read(written(tmp_path, HEAD.replace("erasure", right) + CALL), OPERATORS))
        assert found["extended_due"] is None
        assert found["record"] == {}
        assert found["purpose"]


def test_several_orders_of_one_rule(tmp_path: Path) -> None:
    notice = '[[order]]\nrule = "SE-IPRED-NOTICE"\nhanded_over = 2026-10-15\ncovers = ["call"]\n'
    pending = (
        '[[order]]\nrule = "SE-IPRED-PENDING"\nserved = 2026-10-15\nended = 2026-10-20\ncovers = ["call"]\n'
    )
    found = outcome(
        read(written(tmp_path, HEAD + CALL + notice + notice.replace("10-15", "10-31") + pending), OPERATORS)
    )
    assert found["order"] == {
        "SE-IPRED-NOTICE": {"notice_from": day("2026-11-15"), "notice_to": day("2027-01-15"), "until": None},
        "SE-IPRED-NOTICE#2": {
            "notice_from": day("2026-11-30"),
            "notice_to": day("2027-01-31"),
            "until": None,
        },
        "SE-IPRED-PENDING": {"until": day("2026-10-20")},
    }


def test_a_case_overrides_the_registers_settings(tmp_path: Path) -> None:
    logged = HEAD.replace("tele2-se", "telenor-dk") + "decided = 2026-11-05\n" + CALL
    assert outcome(read(written(tmp_path, logged), OPERATORS))["record"]["call"]["verdict"] == "erase"
    mandate = "[settings]\ngeneral_logging_mandate = true\n"
    assert (
        outcome(read(written(tmp_path, logged + mandate), OPERATORS))["record"]["call"]["rule"]
        == "DK-LOG-GEN"
    )


EXPECTED = {
    "due": day("2026-12-02"),
    "record": {"call": {"verdict": "keep", "until": day("2027-01-01")}, "ghost": {"absent": True}},
}
FOUND = {
    "due": day("2026-12-02"), "extended_due": None, "order": {"SE-IPRED-NOTICE": {"until": None}},
    "record": {
        "call": {
            "verdict": "keep", "until": day("2027-01-01"), "from": None, "rule": None, "why": "x", "review": "y",
        },
    },
    "purpose": {"T2-P01": {"verdict": "stop"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("expect", "told"),
    [
        (EXPECTED, []),
        ({"due": day("2026-12-03")}, ["due: expected 2026-12-03, got 2026-12-02"]),
        ({"extended_due": day("2026-12-03")}, ["extended_due: expected 2026-12-03, got nothing"]),
        (
            {"record": {"call": {"verdict": "erase", "rule": "SE-BFL"}}},
            ["record.call.verdict: expected erase, got keep", "record.call.rule: expected SE-BFL, got nothing"],
        ),
        ({"record": {"ghost": {"verdict": "erase"}}}, ["record.ghost: expected verdict erase, got absent"]),
        ({"record": {"call": {"absent": True}}}, ["record.call: expected absent, got keep"]),
        ({"record": {"call": {"review": True}}}, []),
        ({"record": {"call": {"review": "y"}}}, []),
        ({"record": {"call": {"review": "z"}}}, ["record.call.review: expected z, got y"]),
        ({"record": {"call": {"from": day("2026-12-03")}}}, ["record.call.from: expected 2026-12-03, got nothing"]),
        ({"purpose": {"T2-P01": {"verdict": "continue"}}}, ["purpose.T2-P01.verdict: expected continue, got stop"]),
        ({"purpose": {"T2-P01": {"review": True}}}, ["purpose.T2-P01.review: expected True, got nothing"]),
        ({"order": {"SE-IPRED-NOTICE": {"absent": True}}}, ["order.SE-IPRED-NOTICE: expected absent, got present"]),
        (
            {"order": {"SE-IPRED-NOTICE": {"notice_from": day("2026-11-15")}}},
            ["order.SE-IPRED-NOTICE.notice_from: expected 2026-11-15, got nothing"],
        ),
    ],
)  # fmt: skip
def test_every_difference_is_told(expect: dict[str, object], told: list[str]) -> None:
    found = mismatches(Expect.model_validate(expect), FOUND, is_cleared=False)
    assert [str(each) for each in found] == told


def test_with_clearance_a_table_replaces_the_one_of_its_name() -> None:
    expect = Expect.model_validate(
        {
            "due": day("2026-12-03"),
            "record": {"call": {"verdict": "gone"}},
            "cleared": {"record": {"ghost": {"absent": True}}},
        }
    )
    keys = [each.key for each in mismatches(expect, FOUND, is_cleared=False)]
    assert keys == ["due", "record.call.verdict"]
    assert [each.key for each in mismatches(expect, FOUND, is_cleared=True)] == ["due"]


SECRETS = """
[[order]]
rule = "SE-LEK-ORDER"
decided = 2026-09-20
days = 90
extended = 90
covers = ["call", "police", "suspicion"]
[[order]]
rule = "DK-HASTE"
decided = 2026-09-20
days = 90
covers = ["call"]
[[record]]
id = "police"
category = "disclosures"
kind = "authority"
at = 2026-09-20
[[record]]
id = "suspicion"
category = "kyc"
kind = "investigation"
at = 2026-09-20
"""


@pytest.mark.parametrize("right", ["access", "erasure", "portability", "restriction", "objection"])
@pytest.mark.parametrize("operator", ["tele2-se", "telenor-dk", "telia-finance-dk"])
def test_without_clearance_secrets_leave_no_trace(right: str, operator: str, tmp_path: Path) -> None:
    plain = HEAD.replace("erasure", right).replace("tele2-se", operator) + CALL
    without = outcome(read(written(tmp_path, plain), OPERATORS))
    case = read(written(tmp_path, plain + SECRETS), OPERATORS)
    assert outcome(case) == without
    assert cleared_outcome(case) != without
