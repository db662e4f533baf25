"""Every reason can be said in three languages, and nothing is left over."""

import re
import string
from datetime import date
from pathlib import Path

import pytest

from cases.law.reasons import SENTENCES, Step, reason, say
from cases.registers.texts import LANGUAGES, Text

RULES = Path(__file__).parents[3] / "cases" / "law"
LAW = ("clock.py", "decisions.py", "people/children.py", "people/deceased.py")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", SENTENCES)
def test_the_languages_say_the_same(code: str) -> None:
    text = SENTENCES[code]
    assert placeholders(text.sv) == placeholders(text.da) == placeholders(text.en)
    assert len({text.sv, text.da, text.en}) == 3


def test_every_code_in_use_has_a_sentence_and_every_sentence_a_use() -> None:
    source = "".join((RULES / name).read_text() for name in LAW)
    parts = "clock|erasure|access|portability|purpose|review|child|custodian|deceased"
    used = set(re.findall(rf'"((?:{parts})\.[a-z-]+)"', source))
    used |= {"person.rectification", "person.restriction", "person.automated-decision"}
    used |= {"erasure.no-hold", "erasure.no-hold-former"}
    used |= {f"custodian.{rule}-{country}" for rule in ("one", "together") for country in ("SE", "DK")}
    assert used == set(SENTENCES)


def test_dates_and_names_are_written_as_the_reader_is_used_to() -> None:
    names = Text(sv="Bokföring", da="Bogføring", en="Bookkeeping")
    why = reason("erasure.ended", name=names, until=date(2026, 11, 20))
    assert say(why) == "Bookkeeping: the period ended on 2026-11-20, so nothing stops erasure."
    assert say(why, "da", lambda day: f"{day:%d.%m.%Y}") == (
        "Bogføring: fristen udløb 20.11.2026, så intet hindrer sletning."
    )


def test_a_step_says_its_own_date() -> None:
    step = Step("clock.moved", (("days", 7),), date(2026, 12, 9))
    for language in LANGUAGES:
        assert "2026-12-09" in say(step, language)
        assert "7" in say(step, language)


def test_a_parameter_by_name() -> None:
    assert reason("clock.moved", days=7).get("days") == 7
    with pytest.raises(KeyError):
        reason("clock.moved").get("days")
