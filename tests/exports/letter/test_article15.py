"""The information sheet covers exactly what was found, with names instead of kinds of recipients."""

from collections.abc import Callable

import pytest

from exports.letter import content
from exports.letter.content import CaseFacts, CategoryFacts, FindingFacts

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
    assert "The privacy policy gives no time" not in stated
    assert "The privacy policy gives no time" in settled


def test_an_automated_credit_decision_is_explained(case: Case) -> None:
    with_credit = sheet(case("tele2-se", language="en", categories=found("credit")))[
        "Decisions made by a computer"
    ]
    without = sheet(case("tele2-se", language="en", categories=found("contact")))[
        "Decisions made by a computer"
    ]
    assert "How it works" in with_credit
    assert "looked at by a person" in with_credit
    assert "we make no decisions about you by computer alone" in without


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
    assert "The privacy policy names nobody for this" in told
    assert "Nobody outside" not in told
