"""The information sheet covers exactly what was found, with names instead of kinds of recipients."""

import re
from collections.abc import Callable

import pytest

from exports.letter import content
from exports.letter.content import CaseFacts, CategoryFacts, FindingFacts
from exports.letter.document import Pairs
from tests.exports.letter.letter_cases import OPERATORS

Case = Callable[..., CaseFacts]


def found(*keys: str) -> tuple[CategoryFacts, ...]:
    return tuple(CategoryFacts(key=key, findings=(FindingFacts(verdict="give", rows=1),)) for key in keys)


def sheet(facts: CaseFacts) -> dict[str, str]:
    """heading -> what is said under it"""
    return {s.heading: repr(s.parts) for s in content.answer(facts).sections if s.block == "B8"}


def test_only_purposes_that_use_what_was_found_are_listed(case: Case) -> None:
    told = sheet(case(language="en", categories=found("viewing")))
    register = case().register
    used = {purpose.name.en for purpose in register.purposes if "viewing" in purpose.categories}
    unused = {purpose.name.en for purpose in register.purposes} - used
    assert used <= told.keys()
    assert not unused & told.keys()


def test_only_categories_that_were_found_are_named(case: Case) -> None:
    told = repr(sheet(case(language="en", categories=found("contact", "viewing"))))
    register = case().register
    for key, entry in register.categories.items():
        assert (f"'{entry.name.en}'" in told) is (key in {"contact", "viewing"}), key


def test_recipients_are_named_and_two_names_of_one_company_are_one(case: Case) -> None:
    told = repr(sheet(case(language="en", categories=found("profile", "web"))))
    for name in ("Meta", "Google", "TikTok", "Pinterest"):
        assert name in told
    assert told.count("YouTube") <= 1


def test_those_who_actually_received_data_are_named_once_each(case: Case) -> None:
    told = sheet(
        case(language="en", categories=found("profile"), recipients_actual=("youtube", "google", "Polisen"))
    )
    actual = told["Who has actually received data about you"]
    assert actual.count("Google") == 1
    assert "Polisen" in actual


def test_how_long_is_said_for_each_category_and_whose_word_it_is(case: Case) -> None:
    stated = sheet(case("hektor-se", language="en", categories=found("contact")))[
        "How long the data stay with us"
    ]
    settled = sheet(case("tele2-se", language="en", categories=found("contact")))[
        "How long the data stay with us"
    ]
    assert "24 months" in stated
    assert "has set this time itself" not in stated
    assert "has set this time itself" in settled


def test_an_automated_credit_decision_is_explained(case: Case) -> None:
    with_credit = sheet(case("tele2-se", language="en", categories=found("credit")))[
        "Decisions made by a computer"
    ]
    without = sheet(case("tele2-se", language="en", categories=found("contact")))[
        "Decisions made by a computer"
    ]
    assert "How it works" in with_credit
    assert "looked at by a person" in with_credit
    assert "no decisions about you are made by a computer alone" in without


@pytest.mark.parametrize(
    "operator", ["tele2-se", "telia-finance-dk", "telenor-se", "hektor-se", "telenor-dk"]
)
@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_every_category_of_every_operator_can_be_told_about(operator: str, language: str, case: Case) -> None:
    everything = tuple(case(operator).register.categories)
    told = "".join(sheet(case(operator, language=language, categories=found(*everything))).values())
    assert "{" not in told
    assert "none-stated" not in told


def test_other_rights_carry_no_sheet(case: Case) -> None:
    assert "B8" not in content.answer(case(right="erasure", outcome="partly")).blocks


def test_that_the_policy_names_nobody_is_not_that_nobody_gets_them(case: Case) -> None:
    """Who received data is told from the records, and may be somebody whom no use names."""
    told = repr(sheet(case("telenor-se", "access", "granted", "en")))
    assert told.count("no recipients are on record") == 1
    assert "Nobody outside" not in told


# Two texts put together that do not read as one: signs after one another, a chain of colons, a small letter at a
# beginning, a capital after a preposition.
UNREADABLE = re.compile(
    r"\.\.|\s[.,;:]|[.,;:][,;:]|\. [a-zåäöæø]|\(\)|: [^.\n]*: |\b(för|till|om|av|for|til|af|to|of) (För|For|Till|Til)\b"
)


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_what_is_put_together_from_the_register_reads_as_sentences(
    operator: str, language: str, case: Case
) -> None:
    everything = tuple(case(operator).register.categories)
    facts = case(operator, language=language, categories=found(*everything))
    said = [
        value
        for section in content.answer(facts).sections
        for part in section.parts
        if section.block == "B8" and isinstance(part, Pairs)
        for _name, values in part.items
        for value in values.split("\n")
    ]
    # "dvs." and the like end no sentence.
    assert [each for each in said if UNREADABLE.search(each.replace("stk. ", "").replace("kap. ", ""))] == []
    policy = re.compile(
        "policyn (säger|nämner|anger)|politikken (siger|nævner|angiver)|the policy", re.IGNORECASE
    )
    assert [each for each in said if policy.search(each)] == []


def test_what_says_where_data_go_stands_in_the_place_of_what_leaves_it_open(case: Case) -> None:
    told = repr(sheet(case("hektor-se", language="en", categories=found("contact"))))
    assert "Sub-contractors: Driftbolaget Exempel AB processes data in the United States" in told
    assert "Some sub-contractors are outside" not in told
