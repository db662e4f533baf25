"""No letter goes out without what the law requires in it: every right, outcome, operator and language."""

from collections.abc import Callable
from datetime import date

import pytest

from exports.letter import content
from exports.letter.content import CaseFacts, Document, LetterProblem
from exports.letter.facts import AbuseFacts, ExtensionFacts, ForwardedFacts, IdentityFacts, SearchedFacts
from tests.exports.letter.letter_cases import OPERATORS

Case = Callable[..., CaseFacts]

# Lawyers' table, typed in from theirs and not from the code. Every letter: B1 B2 B3 and the reservation B11.
TABLE = """
access              granted  B8 B9 B12 B6
access              partly   B8 B9 B12 B4 B6 B7
access              refused  B4 B6 B7
rectification       granted  B10
rectification       partly   B4 B6 B7 B10 statement
rectification       refused  B4 B6 B7 statement
erasure             granted  B10
erasure             partly   B4 B5 B6 B7 B10
erasure             refused  B4 B5 B6 B7
restriction         granted  scope B17 B10
restriction         partly   B4 B6 B7
restriction         refused  B4 B6 B7
portability         granted  format B12
portability         partly   B4 B6 B7 pointer
portability         refused  B4 B6 B7 pointer
objection           granted
objection           partly   B4 B6 B7 B15
objection           refused  B4 B6 B7 B15
marketing-objection granted  service B16
consent-withdrawal  granted  earlier B10 B16
automated-decision  granted  review
automated-decision  partly   B4 B6 B7
automated-decision  refused  B4 B6 B7
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_an_answer_has_its_blocks_in_every_language(row: list[str], operator: str, case: Case) -> None:
    right, outcome, *blocks = row
    for language in ("sv", "da", "en"):
        letter = content.answer(case(operator, right, outcome, language))
        assert {"B1", "B2", "B3", "B11", *blocks} <= letter.blocks
        assert letter.language == language
        assert not unfilled(letter)


@pytest.mark.parametrize("right", ["marketing-objection", "consent-withdrawal"])
@pytest.mark.parametrize("outcome", ["partly", "refused"])
def test_what_the_law_never_refuses_cannot_be_refused_in_a_letter(
    right: str, outcome: str, case: Case
) -> None:
    with pytest.raises(LetterProblem, match="no-such-letter"):
        content.answer(case(right=right, outcome=outcome, categories=(), purposes=(), corrections=()))


@pytest.mark.parametrize("right", ["marketing-objection", "consent-withdrawal"])
def test_what_must_be_done_at_once_is_never_extended(right: str, case: Case) -> None:
    longer = ExtensionFacts(new_due=date(2027, 3, 3), reason="Archives must be restored.")
    with pytest.raises(LetterProblem, match="never-extended"):
        content.extension(case(right=right, extension=longer))


def test_an_extension_without_a_reason_of_its_own_is_not_written(case: Case) -> None:
    for longer in (None, ExtensionFacts(new_due=date(2027, 3, 3), reason="  ")):
        with pytest.raises(LetterProblem, match="block-missing: B13"):
            content.extension(case(extension=longer))


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_small_letters_have_their_blocks(operator: str, language: str, case: Case) -> None:
    longer = ExtensionFacts(new_due=date(2027, 3, 3), reason="Archives must be restored.")
    ask = IdentityFacts(
        needed=("code", "eid", "customer-number", "mandate", "visit"),
        asked_on=date(2026, 12, 4),
        answer_by=date(2026, 12, 18),
    )
    extended = content.extension(
        case(operator, "objection", language=language, extension=longer, limited_on=date(2026, 12, 4))
    )
    asked = content.identity(case(operator, language=language, identity=ask))
    ends = content.lifting(
        case(operator, "restriction", language=language), when=date(2027, 1, 8), reason="Settled."
    )
    assert {"B1", "B2", "B6", "B11", "B13", "meanwhile"} <= extended.blocks
    closed = content.unidentified(
        case(operator, language=language), asked=date(2026, 12, 4), erased=date(2027, 2, 3)
    )
    assert {"B1", "B2", "B11", "B14"} <= asked.blocks
    assert {"B1", "B2", "B4", "B6", "B7", "B11"} <= closed.blocks
    assert {"B1", "B6", "B7", "B11", "B17"} <= ends.blocks
    assert not any(unfilled(letter) for letter in (extended, asked, closed, ends))


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_letters_for_any_right_that_hold_nothing_forward_or_turn_down(
    operator: str, language: str, case: Case
) -> None:
    looked_for = (
        SearchedFacts(kind="email", value="a•••@example.test"),
        SearchedFacts(kind="imsi", value="240•••"),
    )
    employer = ForwardedFacts(company="Verkstad AB", contact="hr@example.test", services="Växel")
    nothing = content.answer(
        case(operator, outcome="nothing-held", language=language, identifiers_searched=looked_for)
    )
    forwarded = content.answer(case(operator, outcome="forwarded", language=language, forwarded=employer))
    abuse = content.answer(
        case(
            operator, outcome="refused", language=language, abuse=AbuseFacts(proof="The ninth in nine days.")
        )
    )
    priced = AbuseFacts(proof="The ninth in nine days.", fee="200 kr")
    fee = content.answer(case(operator, outcome="refused", language=language, abuse=priced))
    assert {"searched", "B6", "B7"} <= nothing.blocks
    assert {"forwarded", "B6"} <= forwarded.blocks
    assert {"B4", "B6", "B7"} <= abuse.blocks & fee.blocks
    assert "Verkstad AB" in said(forwarded)
    assert "200 kr" in said(fee)
    assert "The ninth in nine days." in said(abuse)


@pytest.mark.parametrize(
    ("operator", "authorities"),
    [
        ("tele2-se", ("Box 8114",)),
        ("telenor-se", ("Box 8114",)),
        ("hektor-se", ("Box 8114",)),
        ("telenor-dk", ("Carl Jacobsens Vej 35",)),
        ("telia-finance-dk", ("Carl Jacobsens Vej 35", "Box 8114")),
    ],
)
def test_complaints_go_to_the_operators_own_authority_first(
    operator: str, authorities: tuple[str, ...], case: Case
) -> None:
    parts = [
        s for s in content.answer(case(operator, "erasure", "refused", "sv")).sections if s.block == "B6"
    ]
    shown = [a for part in parts[0].parts for a in ("Box 8114", "Carl Jacobsens Vej 35") if a in part.text]  # type: ignore[union-attr]
    assert tuple(shown) == authorities


def said(letter: Document) -> str:
    """Everything the letter says, in one string."""
    return repr(letter.sections)


def unfilled(letter: Document) -> bool:
    return "{" in said(letter) or "}" in said(letter)
