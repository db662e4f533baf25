"""The three languages say the same things, each in its own way."""

from datetime import date

import pytest

from cases.law.holdrules import RULES
from exports.letter.texts.reading import LANGUAGES, TextsError, checked, texts

ACCESS_VERDICTS = (
    "give",
    "redact",
    "describe",
    "withhold",
    "delay",
    "none",
    "others",
    "not-proven",
    "left-out",
)
ERASURE_VERDICTS = ("erase", "keep", "gone")
PORTABILITY_VERDICTS = ("port", "not-portable")


def test_a_key_missing_in_one_language_is_refused() -> None:
    with pytest.raises(TextsError, match="sv and da differ in the key greeting"):
        checked({"sv": {"greeting": "Hej", "end": "!"}, "da": {"end": "!"}})


def test_a_placeholder_missing_in_one_language_is_refused() -> None:
    with pytest.raises(TextsError, match="da: until has other placeholders"):
        checked({"sv": {"until": "till {day}"}, "da": {"until": "til {date}"}})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_that_may_be_named_can_be_explained_and_no_secret_one(language: str) -> None:
    words = texts(language)
    for rule in RULES:
        named = {f"rule.{rule.id}.why", f"rule.{rule.id}.criterion"}
        if rule.secret:
            assert not any(key in words for key in named), rule.id
        elif rule.blocks:
            assert all(key in words for key in named), rule.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_words(language: str) -> None:
    for verdict in (*ACCESS_VERDICTS, *ERASURE_VERDICTS, *PORTABILITY_VERDICTS):
        assert f"verdict.{verdict}" in texts(language), verdict


@pytest.mark.parametrize(
    ("language", "day", "number", "rows"),
    [
        ("sv", "14 januari 2027", "12\xa0345,5", "1 post"),
        ("da", "14. januar 2027", "12.345,5", "1 post"),
        ("en", "14 January 2027", "12,345.5", "1 record"),
    ],
)
def test_dates_and_numbers_are_written_as_the_language_does(
    language: str, day: str, number: str, rows: str
) -> None:
    words = texts(language)
    assert words.day(date(2027, 1, 14)) == day
    assert words.number(12345.5) == number
    assert words.count("rows", 1) == rows


def test_names_in_a_series_keep_their_own_and_and_their_capitals() -> None:
    words = texts("da")
    assert (
        words.series(["Navn og adresse", "CPR-nummer", "Trafikdata"])
        == "Navn og adresse; CPR-nummer; trafikdata"
    )
    assert words.listing(["Google", "Meta", "Reddit"]) == "Google, Meta og Reddit"
