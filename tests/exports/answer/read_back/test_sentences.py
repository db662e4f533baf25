"""What counts as a masked value that stands in words, and what every letter may say by chance."""

import json
from random import Random

import orjson
import pytest

from exports.answer.read_back.sentences import Sentences, may_stand_in, needles, without
from exports.answer.read_back.sifting import Sieve

COMMON = frozenset({"anna", "lind", "storgatan", "invoice", "linköping", "by", "phone"})


def found(value: object, text: str) -> bool:
    spoken = Sentences()
    spoken.add("letter.pdf", "1", text)
    wanted = list(needles(value, COMMON))
    at = [one for one in wanted if spoken.find(one)]
    # The quick look misses nothing.
    assert all(may_stand_in(text.casefold(), one) for one in at)
    if at:
        sieve = Sieve.of([text], COMMON.__contains__)
        for line in (orjson.dumps({"c": value}), json.dumps({"other": "x", "c": value}).encode()):
            assert line in sieve([b'{"c": 1}', line]), "a row that tells is not opened"
    return bool(at)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("+46701740697", "You called +46701740697 in March."),
        # Written otherwise, with or without the country, broken over a line.
        ("+46701740697", "You called 070-174 06 97."),
        ("0701740697", "Number: +46 70\n1740697"),
        ("0701740697", "Number: 070\u2009174\u200906 97"),
        # Eight digits behind a country's code.
        ("+4532123456", "You called 32 12 34 56."),
        ("4532123456", "Number: +45 32123456"),
        ("004740123456", "40123456"),
        ("32123456", "+45 32 12 34 56"),
        ("Eva Berg", "You asked for eva  berg."),
        ("Bergström", "The note names Bergström."),
        ("eva.berg@example.com", "Write to eva.berg@example.com!"),
        ({"who": {"name": "Eva Berg"}}, "Eva Berg"),
        (["x", "+46701740697"], "46701740697"),
        # A name that shares a word with the person's.
        ("Eva Lind", "Eva Lind"),
        (7017406970, "070 174 069 70"),
        # Part of a long text.
        (
            "He said that his wife Eva Berg had left the house with all the bills and never came back to pay them",
            "In our notes: his wife Eva Berg had left the house with all the bills and never came back",
        ),
        (
            "The caller gave her other number 070-174 06 97 and hung up at once, angry about the invoice",
            "0701740697",
        ),
    ],
)
def test_it_is_found(value: object, text: str) -> None:
    assert found(value, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        # So short that it stands in every letter.
        ("Bo", "Bo called."), (7, "7 rows"), ("SE", "SE"), (2026, "On 3 May 2026"), ("2026-05-03", "2026-05-03"),
        ("1499.00", "You paid 1499.00"),
        # A code of some system.
        ("mobile", "Your mobile subscription"), (True, "True"), (None, "None"), ("", "anything"),
        # The person's own words, or the letter's.
        ("Anna Lind", "Dear Anna Lind,"), ("Storgatan", "Storgatan 1"),
        # Only a part of another word or number.
        ("Bergström", "Bergströmsgatan"), ("+46701740697", "+46701740698"),
        ("+4532123456", "+4532123457"),
    ],
)  # fmt: skip
def test_it_is_no_find(value: object, text: str) -> None:
    assert not found(value, text)


def test_it_says_where_and_a_cell_that_gives_it_is_no_fault() -> None:
    spoken = Sentences()
    spoken.add("letter.pdf", "1", "Nothing here.")
    spoken.add("letter.pdf", "3", "It was 070-174 06 97.")
    [needle] = needles("+46701740697")
    assert spoken.find(needle) == ("letter.pdf", "3")
    assert without({needle}, ["1", "+46 70 174 06 97"]) == set()
    assert without({needle}, ["+46701740698"]) == {needle}


SYLLABLES = (
    "eva",
    "Bo",
    "Ek",
    "ÅSA",
    "Öhrn",
    "Weiß",
    "İzmir",
    "ﬁn",
    "14",
    "070-174",
    "06 97",
    "linköping",
    "by",
    "К",
)


def test_whatever_is_found_in_a_letter_is_in_a_line_that_is_opened() -> None:
    """Short names, figures beside a word that everybody's letter has, letters that are compared by others."""
    draw, told = Random(14), 0
    for _ in range(3000):
        value = draw.choice((" ", "-", "\n", " / ")).join(draw.choices(SYLLABLES, k=draw.randint(1, 4)))
        told += found(value, f"About {value.upper()} and others, 3 May 2026.")
        found(value, " ".join(draw.choices(SYLLABLES, k=12)))
    assert told > 500


def test_a_line_without_the_letters_words_is_not_opened() -> None:
    sieve = Sieve.of(["Eva Berg was called on 14 March from 070-174 06 97."], COMMON.__contains__)
    lines = [
        orjson.dumps({"id": n, "other": f"+4670{n:07}", "at": "2026-03-14 12:00:00"}) for n in range(2000)
    ]
    assert not list(sieve(lines))
    assert not list(Sieve.of(["Anna Lind, Storgatan"], COMMON.__contains__)([b'{"who": "Eva Berg"}']))
