"""Every sentence of the letters names what it rests on; without that it is not said, or the letter is refused.

`rests_on.toml` has each key of the texts in exactly one list: a new one fails until somebody says where it belongs. A
sentence that a test here has never heard is in `unheard`, which may only become shorter.
"""

import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from exports.letter.facts import CaseFacts
from exports.letter.texts import reading
from tests.exports.letter.broken import AWAY, Write, letters, spoken
from tests.exports.letter.test_deed_sentences import DEEDS

RESTS_ON: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("rests_on.toml").read_text())[
    "rests-on"
]
UNHEARD = 98  # as many as there are; take from it what you take from the list


def test_every_text_is_in_one_list() -> None:
    listed = Counter(key for keys in RESTS_ON.values() for key in keys)
    assert not [key for key, times in listed.items() if times > 1]
    assert set(listed) == set(reading._all()["en"])
    assert set(RESTS_ON) == {*AWAY, "done", "everybody", "unheard"}
    assert set(RESTS_ON["done"]) == {f"done.{key}" for key in DEEDS}
    assert len(RESTS_ON["unheard"]) <= UNHEARD


@pytest.fixture(scope="module")
def every() -> list[tuple[str, Write, CaseFacts]]:
    return list(letters())


@pytest.fixture(scope="module")
def heard(every: list[tuple[str, Write, CaseFacts]]) -> dict[str, set[str]]:
    """The keys that each whole letter asks for."""
    said = {name: spoken(write, facts) for name, write, facts in every}
    refused = [name for name, keys in said.items() if keys is None]
    assert not refused, "a letter with everything in it is refused"
    return {name: keys or set() for name, keys in said.items()}


def test_each_is_heard_where_it_says_what_it_rests_on(heard: dict[str, set[str]]) -> None:
    said = set().union(*heard.values())
    assert not [key for group in (*AWAY, "everybody") for key in RESTS_ON[group] if key not in said]
    assert not said & set(RESTS_ON["unheard"])


@pytest.mark.parametrize("away", AWAY)
def test_without_it_the_sentence_is_not_said_or_the_letter_refused(
    away: str, heard: dict[str, set[str]], every: list[tuple[str, Write, CaseFacts]]
) -> None:
    resting, broken = set(RESTS_ON[away]), 0
    for name, write, facts in every:
        if resting & heard[name]:
            left = spoken(write, replace(facts, **AWAY[away])) or set()
            assert not left & resting, f"{name} says what nothing is behind"
            broken += 1
    assert broken
