"""Letters of the other operators, to an estate, and those that are written before or beside a case's own answer."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from cases.registers.register import load_register
from demo.samples import rows
from demo.samples.letters import OPERATOR, OPERATORS, PERSON, collection_facts, facts, found, given
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import AuthorityFacts, CaseFacts, CategoryFacts, HandOverFacts

OTHER = {"sv": ("hektor", "hektor-se"), "da": ("telia-finance", "telia-finance-dk")}
DEAD = {"sv": "Sam Exempelsson", "da": "Sam Eksempelsen", "en": "Sam Samplesson"}
ESTATE = AuthorityFacts(kind="estate", answer_to="asker")
DIED_OUTSIDE = date(2024, 3, 2)  # the last day of the ten years, in Denmark
NOT_SHOWN = {
    "sv": "Fullmakten gäller ett annat bolag än oss.",
    "da": "Fuldmagten gælder et andet selskab end os.",
    "en": "The power of attorney is for another company than us.",
}


def more(language: str) -> Iterator[tuple[str, Document]]:
    """(name, letter)."""
    if language in OTHER:
        yield from _of_another_operator(*OTHER[language], language)
    yield from _to_estates(language)
    yield from _to_whoever_asks(language)


def _of_another_operator(short: str, slug: str, language: str) -> Iterator[tuple[str, Document]]:
    register = load_register(OPERATORS / slug)
    asked = facts(register, language, "access", "nothing-held")
    card = collection_facts(register, language, "customer", rows.customer(PERSON[language], register.country))
    calls = collection_facts(
        register, language, "traffic", rows.traffic(register.country, count=90, masked=True)
    )
    masked = CategoryFacts(key="traffic", collections=(calls,), findings=found("redact", calls))
    partly = replace(
        asked, outcome="partly", categories=(given("contact", card), masked), files_sha256=rows.CHECKSUM
    )
    yield f"{short}-access-partly", content.answer(partly)
    erased = facts(register, language, "erasure", "partly")
    yield f"{short}-erasure-partly", content.answer(erased)
    if slug == "hektor-se":
        yield f"{short}-access-forwarded", content.answer(facts(register, language, "access", "forwarded"))
    else:
        refused = facts(register, language, "automated-decision", "refused")
        yield f"{short}-automated-decision-refused", content.answer(refused)


def _to_estates(language: str) -> Iterator[tuple[str, Document]]:
    """Danish law goes on for ten years; Sweden has none for those who have died."""
    danish, own = load_register(OPERATORS / "telenor-dk"), load_register(OPERATORS / OPERATOR[language])
    if language != "sv":
        yield "estate-erasure-partly", content.answer(_of_dead(facts(danish, language, "erasure", "partly")))
    if language == "da":
        yield "estate-access-granted", content.answer(_of_dead(facts(danish, language, "access", "granted")))
    outside = _of_dead(facts(own, language, "access", "nothing-held"))
    until = DIED_OUTSIDE if own.country == "DK" else None
    yield "deceased", content.deceased(replace(outside, law_until=until))


def _of_dead(asked: CaseFacts) -> CaseFacts:
    dead, asker = DEAD[asked.language], PERSON[asked.language]
    return replace(asked, person_name=dead, asked_by=asker, authority=ESTATE)


def _to_whoever_asks(language: str) -> Iterator[tuple[str, Document]]:
    register = load_register(OPERATORS / OPERATOR[language])
    asked = facts(register, language, "access", "nothing-held")
    about = {"person": DEAD[language], "ground": "not-covered", "reason": NOT_SHOWN[language]}
    yield "authority-refused", content.authority_refused(asked, **about, days_kept=14)
    page = f"https://desk.example.com/{register.slug}/status/"
    yield "posted-code", content.posted_code(asked, code="7KQX A194", page=page, days=21)
    if register.country == "SE":
        to = HandOverFacts(
            on=date(2026, 10, 30), to="Filmbolaget Exempel AB", court="Patent- och marknadsdomstolen",
            court_case="PMT 99001-26",
        )  # fmt: skip
        notice = replace(asked, right="ipred", outcome="notice", reference=to.court_case, hand_over=to)
        yield "ipred", content.ipred_notice(notice)
