"""What letters say, and what they must never say."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest

from cases.law.holdrules import RULES, TOUCHED_BY_SECRETS
from exports.letter import content
from exports.letter.content import (
    CaseFacts,
    CategoryFacts,
    CollectionFacts,
    Document,
    ExecutionFacts,
    FindingFacts,
    LetterProblem,
    PurposeFacts,
)
from exports.letter.document import Table
from exports.letter.facts import HandOverFacts, StepUpFacts
from exports.letter.texts.reading import inside
from tests.exports.letter.letter_cases import calls

Case = Callable[..., CaseFacts]
DAY = date(2026, 12, 4)
# What a secret rule can touch, with one category that the officers have added.
SILENT = TOUCHED_BY_SECRETS | {"correspondence"}


def said(letter: Document) -> str:
    return repr(letter.sections).replace("\\xa0", " ")


def block(letter: Document, name: str) -> str:
    return repr([section.parts for section in letter.sections if section.block == name])


def kept(key: str, *findings: FindingFacts) -> CategoryFacts:
    return CategoryFacts(key=key, findings=findings)


def test_the_reservation_is_the_same_in_every_letter_of_an_operator(case: Case) -> None:
    granted = content.answer(case(right="access", outcome="granted"))
    partly = content.answer(case(right="erasure", outcome="partly"))
    marketing = content.answer(case(right="marketing-objection", outcome="granted"))
    assert block(granted, "B11") == block(partly, "B11") == block(marketing, "B11") != "[]"


@pytest.mark.parametrize("rule", [rule.id for rule in RULES if rule.secret])
@pytest.mark.parametrize("verdict", ["keep", "describe"])
def test_a_secret_rule_cannot_be_written_down(rule: str, verdict: str, case: Case) -> None:
    found = kept("traffic", FindingFacts(verdict=verdict, rows=1, rule=rule))
    with pytest.raises(LetterProblem, match="secret-rule"):
        content.answer(case(right="erasure", outcome="partly", categories=(found,)))


@pytest.mark.parametrize("key", ["retained", "kyc", "disclosures"])
def test_nothing_individual_is_said_where_a_secret_rule_may_lie_behind(key: str, case: Case) -> None:
    """Whatever became of the rows, the letter is the same to the byte."""
    findings = (
        FindingFacts(verdict="erase", rows=7),
        FindingFacts(verdict="gone", rows=1),
        FindingFacts(verdict="keep", rows=3, rule="SE-LEK-TEL", until=date(2027, 4, 1)),
        FindingFacts(verdict="keep", rows=9, rule="SE-LEK-NET", until=date(2027, 8, 9)),
    )
    other = kept("invoices", FindingFacts(verdict="keep", rows=1, rule="SE-BFL", until=date(2033, 12, 31)))
    mixes = [mix for size in (1, 2, 3, 4) for mix in combinations(findings, size)]
    letters = {
        content.answer(case(right="erasure", outcome="partly", categories=(kept(key, *mix), other)))
        for mix in mixes
    }
    assert len(mixes) == 15
    assert len(letters) == 1


@pytest.mark.parametrize("key", ["traffic", "location", "devices"])
def test_a_letter_never_says_that_guarded_data_are_already_gone(key: str, case: Case) -> None:
    letters = {
        content.answer(
            case(
                right="erasure",
                outcome="granted",
                categories=(kept(key, FindingFacts(verdict=verdict, rows=2)),),
            )
        )
        for verdict in ("erase", "gone")
    }
    assert len(letters) == 1
    assert "så snart ingen lag kräver" in said(letters.pop())


def test_a_receipt_counts_what_went_but_not_in_guarded_categories(case: Case) -> None:
    counts = (("correspondence", 4711), ("retained", 8122), ("traffic", 9133))
    on = {"source_name": "CRM", "name": "Rader", "done_on": date(2026, 12, 20)}
    done = tuple(ExecutionFacts(kind="erase", category=key, rows=rows, **on) for key, rows in counts)  # type: ignore[arg-type]
    letter = content.receipt(case(right="erasure", executions=done))
    assert "4 711" in said(letter)
    assert "8 122" not in said(letter)
    assert "9 133" not in said(letter)
    assert {"B1", "B2", "B11", "receipt"} <= letter.blocks


@pytest.mark.parametrize(("key", "told"), [("correspondence", True), ("traffic", False), ("retained", False)])
def test_an_erasure_counts_what_goes_and_stays_but_not_where_a_secret_rule_can_touch(
    key: str, told: bool, case: Case
) -> None:
    findings = (
        FindingFacts(verdict="erase", rows=4000),
        FindingFacts(verdict="gone", rows=711),
        FindingFacts(verdict="keep", rows=1313, rule="CONTRACT"),
    )
    category = CategoryFacts(key=key, findings=findings)
    letter = content.answer(case(right="erasure", outcome="partly", language="en", categories=(category,)))
    [table] = [
        part for section in letter.sections for part in section.parts
        if isinstance(part, Table) and section.block == "B3"
    ]  # fmt: skip
    assert table.rows[0][2:4] == (("4,711", "1,313") if told else ("–", "–"))


def test_what_is_kept_has_its_reason_its_law_and_its_last_day(case: Case) -> None:
    letter = content.answer(case("tele2-se", "erasure", "refused", "en"))
    assert "Swedish Bookkeeping Act" in block(letter, "B4")
    assert "Article 17(3)(b)" in block(letter, "B4")
    assert "31 December 2033" in block(letter, "B5")


def test_an_open_ended_hold_is_described_by_what_ends_it(case: Case) -> None:
    claim = kept("disclosures", FindingFacts(verdict="keep", rows=1, rule="SE-IPRED-PENDING"))
    contract = kept("contact", FindingFacts(verdict="keep", rows=1, rule="CONTRACT"))
    letter = content.answer(
        case(right="erasure", outcome="refused", language="en", categories=(claim, contract))
    )
    assert "while the contract runs" in block(letter, "B5")
    assert "rights holder" not in said(letter)


def test_an_employee_is_no_customer_and_has_no_contract(case: Case) -> None:
    """Article 6(1)(b) is for a contract with the person; the employer's rests on legitimate interest."""
    contract = kept("contact", FindingFacts(verdict="keep", rows=1, rule="CONTRACT"))
    why = {
        operator: block(
            content.answer(case(operator, "erasure", "refused", "en", categories=(contract,))), "B4"
        )
        for operator in ("tele2-se", "hektor-se")
    }
    assert "You are a customer of ours" in why["tele2-se"]
    assert "You are a customer" not in why["hektor-se"]
    assert "Your employer has a contract with us" in why["hektor-se"]
    assert "Articles 6(1)(f) and 17(1)(a)" in why["hektor-se"]


def test_the_caseworkers_reason_stands_with_its_rule(case: Case) -> None:
    letter = content.answer(case(right="access", outcome="refused", language="en"))
    assert "Our assessment: Another person's safety." in block(letter, "B4").replace("\\'", "'")
    assert "Article 15(4)" in block(letter, "B4")


def test_the_person_hears_what_stopping_security_would_mean(case: Case) -> None:
    """T2-P09: without it there is no service, and the duty to pay remains."""
    goes_on = PurposeFacts(code="T2-P09", verdict="continue", reason="Networks must be safe.")
    letter = content.answer(
        case(right="objection", outcome="refused", language="en", purposes=(goes_on,), decided_on=DAY)
    )
    assert "duty to pay" in block(letter, "B15")
    assert "Networks must be safe." in block(letter, "B4")


def test_an_undecided_use_or_row_keeps_the_letter_back(case: Case) -> None:
    waiting = PurposeFacts(code="T2-P09", verdict="review")
    with pytest.raises(LetterProblem, match="undecided: T2-P09"):
        content.answer(case(right="objection", outcome="refused", purposes=(waiting,)))
    with pytest.raises(LetterProblem, match="undecided: review"):
        content.answer(
            case(outcome="refused", categories=(kept("contact", FindingFacts(verdict="review", rows=1)),))
        )


def test_a_delayed_record_says_when_and_names_nobody(case: Case) -> None:
    waits = kept(
        "disclosures", FindingFacts(verdict="delay", rows=1, rule="SE-IPRED-NOTICE", opens=date(2027, 1, 15))
    )
    letter = content.answer(case(outcome="partly", language="en", categories=(waits,)))
    assert "15 January 2027" in block(letter, "B4")


def test_data_that_need_stronger_proof_are_named_with_the_way_to_get_them(case: Case) -> None:
    waits = kept("location", FindingFacts(verdict="not-proven", rows=0))
    step_up = StepUpFacts(
        page="https://desk.example/x/status/",
        faces=("BankID",),
        groups=((("Location",), ("Come to the shop.",)),),
    )
    letter = content.answer(case(outcome="partly", language="en", categories=(waits,), step_up=step_up))
    told = block(letter, "B4")
    assert "sign in with BankID on the page of your request: https://desk.example/x/status/" in told
    assert "Location: if you would rather not use BankID" in told
    assert "Come to the shop." in told


def test_the_first_page_says_that_what_waits_for_proof_stays(case: Case) -> None:
    erased = kept("contact", FindingFacts(verdict="erase", rows=1))
    waits = kept("location", FindingFacts(verdict="not-proven", rows=0))
    letter = content.answer(
        case(right="erasure", outcome="partly", language="en", categories=(erased, waits))
    )
    assert "Some, as long as needed." in block(letter, "B3")
    assert "see below" in block(letter, "B3")
    assert "until we know for sure who asks" in block(letter, "B5")


def test_the_first_page_says_of_which_data_the_use_is_limited(case: Case) -> None:
    for outcome, told in (("granted", "without using them"), ("partly", "Those that the limit covers")):
        assert told in block(content.answer(case(right="restriction", outcome=outcome, language="en")), "B3")


@pytest.mark.parametrize(
    ("faces", "ways", "says"),
    [
        ((), ("Come to the shop.",), "you can show who you are in one of these ways"),
        ((), (), "get in touch with us"),
        (("BankID",), (), "get in touch with us"),
    ],
)
def test_whoever_has_no_electronic_identity_is_never_left_without_a_way(
    case: Case, faces: tuple[str, ...], ways: tuple[str, ...], says: str
) -> None:
    waits = kept("location", FindingFacts(verdict="not-proven", rows=0))
    step_up = StepUpFacts(page="https://desk.example/", faces=faces, groups=((("Location",), ways),))
    letter = content.answer(case(outcome="partly", language="en", categories=(waits,), step_up=step_up))
    assert says in block(letter, "B4")


@pytest.mark.parametrize("done", [["traffic"], ["traffic", "contact"], ["contact", "devices"]])
def test_every_receipt_names_what_no_receipt_has_in_its_table(case: Case, done: list[str]) -> None:
    """The same line for everybody, whatever was erased: in what is left out an order could be found."""
    executions = tuple(
        ExecutionFacts(kind="erase", category=one, source_name="S", name="N", rows=3, done_on=DAY)
        for one in done
    )
    facts = case(
        right="erasure", language="en", executions=executions, extended=frozenset({"correspondence"})
    )
    every = content.receipt(replace(facts, executions=executions[:1]))
    line = re.compile(r"These are in the table of nobody's receipt, whatever became of them: ([^.]+)\.")
    told = line.findall(said(content.receipt(facts)))
    assert told == line.findall(said(every))
    guarded = {inside(one.name.en) for key, one in facts.register.categories.items() if key in SILENT}
    assert set(told[0].split("; ")) == guarded


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_who_only_uses_a_number_is_asked_since_when_as_well(case: Case, language: str) -> None:
    """For what tells of the use; who somebody is suffices for the rest."""

    def said(category: str, *, holds_no_account: bool) -> str:
        waits = kept(category, FindingFacts(verdict="not-proven", rows=0))
        facts = case(
            outcome="partly", language=language, categories=(waits,), holds_no_account=holds_no_account
        )
        return block(content.answer(facts), "B4")

    asked = {"sv": "från när till när", "da": "fra hvornår til hvornår", "en": "from when to when"}[language]
    assert asked in said("location", holds_no_account=True)
    assert asked not in said("location", holds_no_account=False)
    assert asked not in said("national-id", holds_no_account=True)


@pytest.mark.parametrize(
    ("covered", "said"),
    [(0, "number is still there."), (5, "number is still there, except where we have hidden it.")],
)
def test_files_to_take_along_speak_of_calls_only_where_calls_are_given(
    case: Case, covered: int, said: str
) -> None:
    def written(*categories: CategoryFacts) -> str:
        return repr(content.answer(case(right="portability", language="en", categories=categories)).sections)

    contact = CategoryFacts(key="contact", findings=(FindingFacts(verdict="port", rows=1),))
    ported = (FindingFacts(verdict="port", rows=90),)
    listed = CategoryFacts(key="traffic", collections=(calls(90, covered),), findings=ported)
    assert "number is still there" not in written(contact)
    assert said in written(contact, listed)


def test_marketing_stops_on_the_day_it_stopped_and_only_what_stops_is_listed(case: Case) -> None:
    both = (
        PurposeFacts(code="T2-P07", verdict="stop", effective_on=date(2026, 12, 5)),
        PurposeFacts(code="T2-P01", verdict="continue"),
    )
    letter = content.answer(
        case(right="marketing-objection", language="en", purposes=both, acted_on=date(2026, 12, 5))
    )
    assert "From 5 December 2026" in block(letter, "B3")
    assert "General marketing" in block(letter, "B3")
    assert "Deliver what your contract covers" not in block(letter, "B3")


def test_restriction_decided_by_a_person_without_findings(case: Case) -> None:
    on = CategoryFacts(key="contact", override="granted", reason="Accuracy is contested.")
    off = CategoryFacts(key="account", override="refused", reason="Nothing is contested.")
    letter = content.answer(
        case(
            right="restriction",
            outcome="partly",
            language="en",
            categories=(on, off),
            latest_on=date(2026, 12, 5),
        )
    )
    assert "Use will be limited" in block(letter, "B3")
    assert "from 5 December 2026 at the latest" in block(letter, "B3")
    assert "Nothing is contested." in block(letter, "B4")
    assert "Accuracy is contested." not in block(letter, "B4")


def test_a_lifting_notice_tells_the_day_and_the_reason(case: Case) -> None:
    letter = content.lifting(
        case(right="restriction", language="en"), when=date(2027, 1, 8), reason="it is settled"
    )
    assert "On 8 January 2027" in block(letter, "B17")
    assert "it is settled" in block(letter, "B17")


def test_the_same_facts_give_the_same_letter(case: Case) -> None:
    assert content.answer(case(outcome="partly")) == content.answer(case(outcome="partly"))


def test_what_was_searched_and_empty_is_no_row_of_the_decision(case: Case) -> None:
    empty, full = kept("disclosures"), kept("contact", FindingFacts(verdict="give", rows=1))
    both = content.answer(case(outcome="granted", categories=(empty, full)))
    assert both == content.answer(case(outcome="granted", categories=(full,)))


def with_contact(facts: CaseFacts, **known: str | None) -> CaseFacts:
    nothing = dict.fromkeys(("address", "email", "phone", "dpo"))
    ours = facts.register.controller.model_copy(update={**nothing, **known})
    return replace(facts, register=facts.register.model_copy(update={"controller": ours}))


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_a_letter_offers_a_way_to_write_only_where_there_is_one(language: str, case: Case) -> None:
    facts = case(language=language)
    reachable = block(content.answer(with_contact(facts, email="privacy@example.test")), "B1")
    assert "privacy@example.test" in reachable
    silent = block(content.answer(with_contact(facts)), "B1")
    assert reachable.count("24-7KQ-19") == 1
    assert "24-7KQ-19" not in silent


def notice(case: Case, **known: str) -> Document:
    told = HandOverFacts(on=date(2026, 10, 1), to="Film AB", court="PMD", court_case="PMT 0000-26")
    facts = case(right="ipred", outcome="notice", language="en", reference="PMT 0000-26", hand_over=told)
    return content.ipred_notice(with_contact(facts, **known))


def test_a_notice_bears_the_courts_number_and_sends_nobody_to_a_case(case: Case) -> None:
    letter = notice(case, email="privacy@example.test", phone="0123")
    assert letter.reference_label == "Court's case number"
    assert "are for us: privacy@example.test, phone 0123." in block(letter, "hand-over")
    assert "follow your case" not in said(letter)
    assert "for us" not in block(notice(case), "hand-over")


def test_each_kind_of_retained_data_is_named_in_its_heading(case: Case) -> None:
    rules = ("SE-LEK-TEL", "SE-LEK-LOC", "SE-LEK-NET", "SE-LEK-EQP")
    findings = (FindingFacts(verdict="describe", rows=1, rule=rule) for rule in rules)
    letter = content.answer(case(outcome="partly", language="sv", categories=(kept("retained", *findings),)))
    for kind in ("samtal och meddelanden", "plats", "internetåtkomst", "utrustning"):
        assert f"brottsbekämpning: {kind}'" in block(letter, "B4")


@pytest.mark.parametrize("write", [content.answer, content.receipt])
def test_what_is_not_tied_to_its_files_or_its_answer_is_not_written(
    write: Callable[[CaseFacts], Document], case: Case
) -> None:
    where = {"source_name": "CRM", "name": "Card"}
    done = ExecutionFacts(kind="erase", category="contact", rows=1, done_on=date(2026, 12, 9), **where)
    loose = case(files_sha256="", answer_sha256="", executions=(done,))
    with pytest.raises(LetterProblem, match="no-checksum"):
        write(loose)
    assert "0123456789abcdef" in said(write(case(executions=(done,))))


def test_the_sums_of_a_receipt_are_those_of_what_was_done(case: Case) -> None:
    def erased(category: str, rows: int, kept: int) -> ExecutionFacts:
        stays = (FindingFacts(verdict="keep", rows=kept, rule="CONTRACT"),) if kept else ()
        where = {"source_name": "CRM", "name": "Card"}
        return ExecutionFacts(
            kind="erase", category=category, rows=rows, done_on=date(2026, 12, 9), kept=stays, **where
        )

    done = (erased("contact", 1, 2), erased("correspondence", 30, 0), erased("traffic", 500, 7))
    letter = content.receipt(case(right="erasure", language="en", executions=done))
    [table] = [part for section in letter.sections for part in section.parts if isinstance(part, Table)]
    told = [row[2] for row in table.rows], [row[4] for row in table.rows]
    # Of traffic, which a secret rule can touch, nobody's receipt has a number, and so no sum has it.
    assert told == (["1", "30", "31"], ["2", "0", "2"])


def test_a_receipt_says_where_earlier_versions_still_hold_what_was_erased(case: Case) -> None:
    def erased(category: str, until: date | None) -> ExecutionFacts:
        where = {"source_name": "Lake", "name": category, "done_on": date(2026, 12, 9)}
        return ExecutionFacts(kind="erase", category=category, rows=3, copies_until=until, **where)  # type: ignore[arg-type]

    done = (
        erased("contact", date(2026, 12, 16)),
        erased("usage", None),
        erased("traffic", date(2026, 12, 16)),
    )
    versioned = (("contact", "Lake: contact"), ("traffic", "Lake: calls"), ("location", "Lake: cells"))
    told = said(content.receipt(case(right="erasure", language="en", executions=done, versioned=versioned)))
    assert told.count("at least until 16 December 2026") == 1
    assert "Lake: contact: earlier versions of the table still have the records that went." in told
    # Of what a secret rule can touch the same is said to everybody, whatever was erased, and without a day.
    for table in ("calls", "cells"):
        assert (
            f"Lake: {table}: what goes from this table, at anybody's request, stays in its earlier versions"
            in told
        )
    assert "Lake: usage:" not in told


def test_the_bureau_that_assessed_the_credit_is_an_actual_recipient(case: Case) -> None:
    checks = CollectionFacts(source="crm", collection="credit", source_name="CRM", name="Checks", rows=2)
    credit = CategoryFacts(
        key="credit", collections=(checks,), findings=(FindingFacts(verdict="give", rows=2),)
    )
    actual = "Who has actually received"
    told = content.answer(case(language="en", categories=(credit,), recipients_actual=("Experian",)))
    [section] = [section for section in told.sections if section.heading.startswith(actual)]
    assert "Experian and Dun & Bradstreet" in repr(section.parts)
    contact = kept("contact", FindingFacts(verdict="give", rows=1))
    assert actual not in said(content.answer(case(language="en", categories=(contact,))))
