"""What letters say of what a source may not hand over: with its reason, in every language, and never too much."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from exports.letter import content
from exports.letter.content import CaseFacts, CategoryFacts, Document, FindingFacts
from exports.letter.decided import category_name
from tests.exports.letter.letter_cases import give

Case = Callable[..., CaseFacts]
WHY = "A court has ordered it."
LEFT_OUT = (FindingFacts(verdict="left-out", rows=0),)
SAYS_SO = {
    "sv": ("där lagen hindrar oss från att lämna ut", "artiklarna 12.4 och 23 i dataskyddsförordningen"),
    "da": (
        "hvor loven hindrer os i at udlevere",
        "databeskyttelsesforordningens artikel 12, stk. 4, og artikel 23",
    ),
    "en": ("the law stops us from handing them out", "Articles 12(4) and 23 GDPR"),
}
NOT_ERASED = {"sv": "där lagen hindrar oss", "da": "hvor loven hindrer os", "en": "where the law stops us"}
ANSWERS = [
    ("access", "partly"), ("access", "refused"), ("portability", "partly"), ("portability", "refused"),
    ("erasure", "partly"), ("erasure", "refused"), ("restriction", "partly"), ("rectification", "partly"),
    ("rectification", "refused"), ("objection", "granted"), ("marketing-objection", "granted"),
    ("consent-withdrawal", "granted"), ("automated-decision", "granted"),
]  # fmt: skip


def block(letter: Document, name: str) -> str:
    return repr([section.parts for section in letter.sections if section.block == name]).replace("\\xa0", " ")


def left_out(key: str = "usage", *findings: FindingFacts) -> CategoryFacts:
    return CategoryFacts(key=key, findings=(*findings, *LEFT_OUT), left_out=(WHY,))


@pytest.mark.parametrize("language", ["sv", "da", "en"])
@pytest.mark.parametrize(("right", "outcome"), ANSWERS)
def test_each_answer_says_so_with_the_reason_and_the_way_to_complain(
    right: str, outcome: str, language: str, case: Case
) -> None:
    facts = case("tele2-se", right, outcome, language)
    letter = content.answer(replace(facts, categories=(*facts.categories, left_out())))
    said, ground = SAYS_SO[language]
    assert (NOT_ERASED[language] if right == "erasure" else said) in block(letter, "B4")
    assert WHY in block(letter, "B4")
    assert ground in block(letter, "B4")
    assert {"B6", "B7"} <= letter.blocks


def test_two_reasons_of_one_category_are_both_given(case: Case) -> None:
    two = replace(left_out(), left_out=("One", "Another.", "One"))
    said = block(content.answer(case(outcome="refused", language="en", categories=(two,))), "B4")
    assert "The reason: One. The reason: Another. Legal basis" in said


def test_what_is_given_of_the_rest_keeps_its_own_reasons(case: Case) -> None:
    mixed = replace(left_out("usage", *give(3)), override="withhold", reason="Another person's safety.")
    letter = content.answer(case(outcome="refused", language="en", categories=(mixed,)))
    assert "Not handed over\\nIn a system where the law stops us" in block(letter, "B3")
    assert "Another person" in block(letter, "B4")
    assert WHY in block(letter, "B4")


def test_nothing_is_told_of_the_use_of_what_nobody_has_seen(case: Case) -> None:
    alone = content.answer(case(outcome="refused", categories=(left_out("place"),)))
    assert "B8" not in alone.blocks
    beside = content.answer(
        case(outcome="partly", categories=(left_out("place"), left_out("contact", *give(1))))
    )
    name = category_name(case(), "place")
    assert name in block(beside, "B4")
    assert name not in block(beside, "B8")
    assert category_name(case(), "contact") in block(beside, "B8")


@pytest.mark.parametrize("outcome", ["partly", "refused"])
def test_an_erasure_promises_nothing_of_what_it_cannot_reach(outcome: str, case: Case) -> None:
    facts = case(right="erasure", outcome=outcome, language="en")
    letter = content.answer(replace(facts, categories=(*facts.categories, left_out())))
    assert "nothing is erased here in the system" in block(letter, "B5")
    assert "must or may keep" not in block(letter, "B3")
    assert "erased without your having" not in block(letter, "B3")
    alone = content.answer(replace(facts, outcome="refused", categories=(left_out(),)))
    assert "erased automatically" not in block(alone, "B5")
    assert "see below" in block(alone, "B3")


@pytest.mark.parametrize("key", ["retained", "kyc", "disclosures"])
@pytest.mark.parametrize("right", ["access", "portability", "erasure"])
def test_where_an_order_may_be_behind_it_everybody_reads_the_same(key: str, right: str, case: Case) -> None:
    """Not even that a system refused; whatever was written."""
    letters = {
        content.answer(
            case(right=right, outcome="refused", language="en", categories=(replace(one, left_out=why),))
        )
        for one in (left_out(key),)
        for why in ((), (WHY,), ("A secret order",))
    }
    assert len(letters) == 1
    letter = letters.pop()
    assert "This goes for everyone" in block(letter, "B4")
    assert "Kept only as long as the law requires" in block(letter, "B3")
    assert "system" not in block(letter, "B3") + block(letter, "B4")


def test_an_erasure_of_guarded_data_reads_the_same_with_and_without(case: Case) -> None:
    erased = CategoryFacts(key="retained", findings=(FindingFacts(verdict="erase", rows=7),))
    letters = {
        block(content.answer(case(right="erasure", outcome="partly", categories=(one,))), name)
        for one in (erased, left_out("retained"))
        for name in ("B4",)
    }
    assert len(letters) == 1
