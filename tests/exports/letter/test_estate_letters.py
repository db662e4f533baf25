"""A letter to an estate speaks to whoever writes for it, and of the one who has died by name."""

import re
from collections.abc import Callable

import pytest

from exports.letter import content
from exports.letter.facts import AuthorityFacts, CaseFacts
from exports.letter.matrix import Block
from exports.letter.plain import plain
from exports.letter.texts import reading
from exports.letter.texts.reading import LANGUAGES, texts

DEAD = "Bo Lind"
ESTATE = {
    "person_name": DEAD,
    "asked_by": "Anna Lind",
    "authority": AuthorityFacts(kind="estate", answer_to="asker"),
}
# Said before anybody is found, to whoever asks, or to a subscriber who lives.
NEVER = (
    "authority.",
    "identity.",
    "unidentified.",
    "deceased.",
    "posted-code.",
    "ipred.",
    "title.",
    "opening.",
    "annex.",
)
OF_THE_DEAD = {
    "sv": r"\b(om dig|dina (uppgifter|egna)|ditt (nummer|avtal|samtycke|namn)|din (adress|identitet|faktura)"
    r"|din arbetsgivare|du (är kund|hade sagt|(har )?använ\w+|själv|inte vill ha|har haft)|för dig\.)",
    "da": r"\b(om dig|dine (oplysninger|egne)|dit (nummer|samtykke|navn)"
    r"|din (adresse|identitet|aftale|arbejdsgiver|regning)"
    r"|du (er kunde|havde sagt|har brugt|selv|ikke vil have|engang)|for dig\.)",
    "en": r"\b(about you|your (data|number|address|contract|identity|name|own|employer|bill|consent)"
    r"|you (are a customer|had said|used|(once )?said|gave|do not want marketing)|to you in particular)\b",
}
RIGHTS = [
    ("access", "partly"),
    ("erasure", "partly"),
    ("portability", "partly"),
    ("marketing-objection", "granted"),
    ("objection", "partly"),
]
# They hold descriptions of the register, which speak to customers, and say so.
OF_THE_REGISTER = {Block.INFORMATION, Block.FOUND}
# Here it is whoever writes that is meant.
OWN = {"statement.heading", "statement.text", "forwarded.contact", "forwarded.kept", "searched.nothing"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_for_an_estate_speaks_to_the_one_who_has_died(language: str) -> None:
    words = {**reading._all()[language], **reading._of_estates()[language]}
    speaks = {
        key
        for key, text in words.items()
        if re.search(OF_THE_DEAD[language], text, re.IGNORECASE) and not key.startswith(NEVER)
    }
    assert speaks - OWN == set()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("right", "outcome"), RIGHTS)
def test_a_letter_to_an_estate(
    case: Callable[..., CaseFacts], right: str, outcome: str, language: str
) -> None:
    letter = content.answer(case("telenor-dk", right, outcome, language, **ESTATE))
    own = [section for section in letter.sections if section.block not in OF_THE_REGISTER]
    said = " ".join(repr(own).split())
    assert letter.recipient[0] == "Anna Lind"
    assert f"{texts(language)('opening.greeting', name='Anna Lind')}" in said
    assert DEAD in said
    assert not re.search(OF_THE_DEAD[language], said, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_register_speaks_to_its_customers_and_the_letter_says_who_that_is(
    case: Callable[..., CaseFacts], language: str
) -> None:
    letter = content.answer(case("telenor-dk", "access", "granted", language, **ESTATE))
    intro = texts(language, of_dead=DEAD)("sheet.intro")
    assert intro in " ".join(plain(letter).split())
    assert DEAD in intro


@pytest.mark.parametrize("kind", ["attorney", "guardian", "custody"])
def test_whoever_lives_is_spoken_to_whoever_asked(case: Callable[..., CaseFacts], kind: str) -> None:
    by = {**ESTATE, "authority": AuthorityFacts(kind=kind, answer_to="both")}
    said = plain(content.answer(case("telenor-dk", "access", "granted", "en", **by)))
    assert f"Dear {DEAD}," in said
    assert "data about you" in said
