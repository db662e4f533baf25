"""Stretches of a text, however they were marked."""

import pytest

from exports.letter.values import MASK
from exports.masking import spans
from exports.masking.suggested import Suggestion, names_in, suggestions

TEXT = "Eva Berg ringde om Evas faktura. eva  berg bor på Storgatan 12, 582 23 Linköping."


def test_they_are_put_in_order_and_joined_and_never_leave_the_text() -> None:
    assert spans.merged([(5, 8), (0, 3), (2, 4)], 8) == ((0, 4), (5, 8))
    for outside in [(-1, 2), (3, 3), (4, 9)]:
        with pytest.raises(spans.Outside):
            spans.merged([outside], 8)


def test_words_are_found_wherever_they_stand_and_not_in_longer_words() -> None:
    found = list(spans.every(TEXT, "eva berg"))
    assert [TEXT[first:end] for first, end in found] == ["Eva Berg", "eva  berg"]
    assert spans.covered(TEXT, found).startswith(f"{MASK} ringde om Evas faktura. {MASK} bor")
    assert list(spans.every(TEXT, " ")) == []


def test_a_browser_counts_line_ends_and_characters_in_its_own_way() -> None:
    text = "Hej 😀\r\nEva Berg\r\nslut"
    # The browser's text has one character for each end of line.
    at = text.replace("\r\n", "\n").index("Eva")
    first, end = spans.as_gathered(text, (at, at + 8))
    assert text[first:end] == "Eva Berg"
    assert spans.as_gathered(text, (0, 400))[1] > len(text)
    assert list(spans.read(" 1-2  5 - 9,12-13 ")) == [(1, 2), (5, 9), (12, 13)]
    assert list(spans.read("")) == []
    for wrong in ("x", "1-", "1-2-3", "1"):
        with pytest.raises(spans.Outside):
            list(spans.read(wrong))


def test_numbers_addresses_and_names_are_suggested_and_the_persons_own_are_not() -> None:
    text = (
        "Kunden Anna Test (070-174 06 05) sa att hennes man Erik Holm nås på 070-174 06 97 eller "
        "erik.holm@example.com, 850709-9805, Storgatan 12, 582 23 Linköping. Bergström ringer."
    )
    own = {"070-174 06 05", "Anna Test"}
    found = suggestions(text, names=["Kim Bergström", "Anna Test"], own=own.__contains__)
    assert [(one.kind, one.text) for one in found] == [
        ("name", "Erik Holm"),
        ("phone", "070-174 06 97"),
        ("mail", "erik.holm@example.com"),
        ("national-id", "850709-9805"),
        ("address", "Storgatan 12, 582 23 Linköping"),
        ("name", "Bergström"),
    ]
    assert isinstance(found[0], Suggestion)
    assert found[0].end == text.index("Erik Holm") + 9


def test_of_what_is_masked_only_what_may_be_a_name_is_one() -> None:
    values = [
        "Eva Berg",
        "+46701740697",
        "a note about Eva that goes on and on",
        "mobile",
        7,
        None,
        "Jean-Luc",
    ]
    assert list(names_in(values)) == ["Eva Berg", "Jean-Luc"]
