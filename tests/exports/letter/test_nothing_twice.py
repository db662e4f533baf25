"""No sentence stands twice in one letter, whatever was asked, found and decided."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cases.registers.register import load_register
from demo.samples.letters import OPERATORS, facts, samples
from demo.samples.more import more
from exports.letter import content
from exports.letter.document import Bullets, Document, Pairs, Paragraph
from exports.letter.facts import CategoryFacts, FindingFacts
from exports.letter.texts.reading import LANGUAGES, texts
from tests.exports.letter.broken import letters

# The end of a sentence, and no "stk. 1", "dvs. det" or "e.g. this".
BETWEEN = re.compile(r"(?<=[a-zåäöæø\d)][.!?])(?<!stk\.)(?<!kap\.)(?<!nr\.)\s+(?=[A-ZÅÄÖÆØ])|\n")
WORDS = 4  # fewer are a name or a word, no sentence


def sentences(letter: Document) -> Iterator[str]:
    """All that it says in sentences. Each use has to say by itself why it is allowed, and each reason its law."""
    words = texts(letter.language)
    law = words("reasons.ground", ground="\0").partition("\0")[0]
    for section in letter.sections:
        for part in section.parts:
            said: list[str] = []
            if isinstance(part, Paragraph):
                said = [part.text]
            elif isinstance(part, Bullets):
                said = list(part.items)
            elif isinstance(part, Pairs):
                said = [value for name, value in part.items if name != words("sheet.basis")]
            found = [one.strip() for text in said for one in BETWEEN.split(text)]
            yield from (
                one
                for one in found
                if one.endswith((".", "!", "?")) and len(one.split()) >= WORDS and not one.startswith(law)
            )


def twice(letter: Document) -> list[str]:
    return [one for one, times in Counter(sentences(letter)).items() if times > 1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_says_a_sentence_twice(language: str) -> None:
    """Every right and outcome, and what goes out before and beside an answer."""
    found = {name: twice(letter) for name, letter in (*samples(language), *more(language))}
    assert {name: said for name, said in found.items() if said} == {}


def test_nor_does_one_with_all_that_can_be_in_it() -> None:
    """But for those that are kept by the rules of two countries, which nobody gets."""
    found = {name: twice(write(of)) for name, write, of in letters() if not name.startswith("kept-")}
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_nor_does_one_about_every_kind_of_retained_data(language: str) -> None:
    kinds = tuple(
        FindingFacts(verdict="describe", rows=3, rule=f"SE-LEK-{kind}")
        for kind in ("TEL", "LOC", "NET", "EQP")
    )
    retained = CategoryFacts(key="retained", findings=kinds)
    asked = facts(load_register(OPERATORS / "tele2-se"), language, "access", "partly")
    assert twice(content.answer(replace(asked, categories=(*asked.categories, retained)))) == []
