"""A letter says that something was done only where it was, and on which day.

Such sentences stand in the table [done] of the texts, each with the day of its deed. A new one is listed here, with the
fact that it depends on; a sentence elsewhere that sounds like one is refused.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from exports.letter import content
from exports.letter.content import (
    CaseFacts,
    Document,
    ExecutionFacts,
    ExtensionFacts,
    ForwardedFacts,
    HandFacts,
    LetterProblem,
    SentFacts,
    ToldFacts,
)
from exports.letter.plain import plain
from exports.letter.texts import reading
from exports.letter.texts.reading import LANGUAGES, TextsError, checked, texts

DAY = date(2026, 12, 9)
Write = Callable[[CaseFacts], Document]
COMPANY = ForwardedFacts(company="Verkstad AB", contact="hr@example.test")
SENT = SentFacts(receiver="Nordlind Mobil", files=3, sha256="0" * 64, receipt="N-1")
LONGER = ExtensionFacts(new_due=date(2027, 3, 3), reason="Archives must be restored.")


def one(kind: str, done_on: date | None) -> tuple[ExecutionFacts, ...]:
    if done_on is None:
        return ()
    where = {"category": "contact", "source_name": "CRM", "name": "Card"}
    return (ExecutionFacts(kind=kind, rows=1, done_on=done_on, **where),)  # type: ignore[arg-type]


def receipt_of(kind: str, right: str) -> tuple[str, str, Write, Callable[[date | None], dict[str, Any]]]:
    """Beside something else that a person did, so that the receipt is one without it too."""
    beside = HandFacts(what="Something else", done_on=date(2026, 12, 1))
    return right, "granted", content.receipt, lambda on: {"executions": one(kind, on), "by_hand": (beside,)}


def fact(name: str) -> Callable[[date | None], dict[str, Any]]:
    return lambda on: {name: on}


# The sentence: the right and outcome whose letter says it, that letter, and the deed with its day.
DEEDS: dict[str, tuple[str, str, Write, Callable[[date | None], dict[str, Any]]]] = {
    "marketing": ("marketing-objection", "granted", content.answer, fact("acted_on")),
    "consent": ("consent-withdrawal", "granted", content.answer, fact("acted_on")),
    "reviewed": ("automated-decision", "refused", content.answer, fact("decided_on")),
    "weighed": ("objection", "refused", content.answer, fact("decided_on")),
    "weighed_one": ("objection", "partly", content.answer, fact("decided_on")),
    "corrected_checked": ("rectification", "refused", content.answer, fact("decided_on")),
    "listed": ("marketing-objection", "granted", content.answer, fact("listed_on")),
    "limited": ("objection", "granted", content.answer, fact("limited_on")),
    "erase": receipt_of("erase", "erasure"),
    "suppress": receipt_of("suppress", "objection"),
    "suppress_erasure": receipt_of("suppress", "erasure"),
    "restrict": receipt_of("restrict", "restriction"),
    "rectify": receipt_of("rectify", "rectification"),
    "by_hand": (
        "restriction", "granted", content.receipt,
        lambda on: {
            "executions": one("restrict", date(2026, 12, 1)),
            "by_hand": (HandFacts(what="Card", done_on=on),) if on else (),
        },
    ),
    "told": (
        "erasure", "granted", content.receipt,
        lambda on: {
            "executions": one("erase", date(2026, 12, 1)),
            "told": (ToldFacts(recipient="meta", on=on),) if on else (),
        },
    ),
    "forwarded": (
        "access", "granted", content.receipt,
        lambda on: {"executions": one("erase", date(2026, 12, 1)), "forwarded": COMPANY, "forwarded_on": on},
    ),
    "sent": (
        "portability", "granted", content.receipt,
        lambda on: {"sent": replace(SENT, sent_on=on), "by_hand": (HandFacts(what="Card", done_on=date(2026, 12, 1)),)},
    ),
    "not_sent": (
        "portability", "granted", content.receipt,
        lambda on: {
            "sent": replace(SENT, given_up_on=on), "by_hand": (HandFacts(what="Card", done_on=date(2026, 12, 1)),),
        },
    ),
}  # fmt: skip
WORDS = {
    "receiver": SENT.receiver,
    "reason": "Without it the networks cannot be kept safe.",
    "company": COMPANY.company,
}

# Sentences that sound like a deed and are none: what was found or decided, what the person or the law does.
NO_DEEDS = frozenset({
    "authority.about_restriction", "authority.decision",
    "authority.papers",
    "corrections.hidden", "deceased.SE", "deceased.kept", "forwarded.kept", "identity.why_for", "opening.covers_from",
    "opening.covers_from_until", "opening.covers_until", "opening.without_home",
    "title.deceased", "unidentified.erased", "unidentified.for_whom", "unidentified.why",
    "copy.readme", "decision.caption", "extension.rule", "format.calls_covered",
    "identity.paused", "identity.why", "kept.note",
    "lead.access.granted", "lead.access.partly", "lead.access.partly_masked",
    "opening.checked", "opening.estate",
    "first.keep_case_many", "first.keep_case_one", "first.keep_unchanged", "identity.deadline",
    "later.closed", "lead.nothing-held_rest", "refused.claim",
    "kept.left-out", "reasons.gone", "until.rolling", "lead.erasure.granted", "lead.erasure.partly",
    "lead.erasure.partly_left-out", "lead.nothing-held", "lead.nothing-held_left-out",
    "lead.nothing-held_registers", "lead.nothing-held_unsearched",
    "lead.objection.granted", "lead.objection.partly", "lead.portability.partly", "lead.portability.refused",
    "lead.rectification.granted", "lead.rectification.partly", "lead.rectification.partly_left-out",
    "lead.rectification.refused_left-out", "lead.restriction.granted", "lead.restriction.partly",
    "lead.restriction.partly_left-out", "left-out.changed", "left-out.erased", "left-out.looked",
    "meanwhile.ends", "meanwhile.heading", "opening.received_for", "pointer.text", "reasons.delay",
    "reasons.delay_later",
    "reasons.not-portable", "reasons.not-proven", "reasons.not-proven_no-account", "reasons.purpose_automated",
    "reasons.redact",
    "receipt.later", "receipt.rows_changed", "receipt.rows_erased", "recipients.heading",
    "recipients.informed", "review.changed", "searched.heading", "title.consent-withdrawal", "title.extension",
    "title.identity", "title.identity_for", "title.interim", "title.ipred", "title.receipt", "verdict.changed",
    "verdict.corrected", "verdict.erase",
    "verdict.gone", "verdict.no-restriction", "verdict.not-corrected", "verdict.restrict", "verdict.upheld",
})  # fmt: skip
SOUNDS_DONE = re.compile(
    r"\b(we|our caseworkers|they|it) (have|has|had)\b"
    r"|\b(have|has|had|is|are|was|were) (now |just )?(been |being )?\w+ed\b"
    r"|\b(is|are) done\b|\bwe \w+ed\b|\bno longer use\b|\b(is|are|stays) on a (stop )?list\b"
    r"|\b(erased|corrected|changed|limited|stopped|told|withdrawn)\b(?=[.;]|$)",
    re.IGNORECASE,
)
# What the law says of everybody, and what the person asked for.
OTHERS = ("done.", "rule.", "guarded.", "asked.", "sheet.", "ipred.", "package.", "annex.")


def said(document: Document) -> str:
    return " ".join(plain(document).split())


def sentence(key: str, language: str) -> str:
    return " ".join(texts(language).done(key, DAY, **WORDS).split())


@pytest.mark.parametrize(
    ("language", "company", "inside"),
    [
        ("en", "Your employer", "on to your employer."),
        ("sv", "Din arbetsgivare", "till din arbetsgivare."),
        ("da", "Din arbejdsgiver", "til din arbejdsgiver."),
    ],
)
def test_a_common_noun_has_a_small_letter_inside_a_sentence(
    case: Callable[..., CaseFacts], language: str, company: str, inside: str
) -> None:
    to = ForwardedFacts(company=company, contact="hr@example.test", named=False)
    passed_on = case("hektor-se", language=language, forwarded=to, forwarded_on=DAY)
    assert inside in said(content.receipt(passed_on))


def test_every_sentence_about_a_deed_is_listed_with_its_deed() -> None:
    written = {key.removeprefix("done.") for key in reading._all()["en"] if key.startswith("done.")}
    assert written == set(DEEDS)


def written_or_refused(write: Write, facts: CaseFacts) -> str:
    """What the letter says; nothing where it may not be written because something was not done."""
    with suppress(LetterProblem):
        return said(write(facts))
    with pytest.raises(LetterProblem, match="not-done"):
        write(facts)
    return ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", DEEDS)
def test_it_is_said_with_the_day_of_the_deed_and_not_without_one(
    case: Callable[..., CaseFacts], key: str, language: str
) -> None:
    right, outcome, write, deed = DEEDS[key]
    facts = case("tele2-se", right, outcome, language)
    assert sentence(key, language) in said(write(replace(facts, **deed(DAY))))
    assert texts(language).day(DAY) not in written_or_refused(write, replace(facts, **deed(None)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_about_a_deed_without_its_day_is_refused_when_the_texts_are_read(language: str) -> None:
    with pytest.raises(TextsError, match=f"{language}: done.erased does not say when"):
        checked({language: {"done.erased": "It is gone."}})


def test_what_sounds_like_a_deed_is_one_or_is_known_to_be_none() -> None:
    every = reading._all()["en"].items()
    sounds = {key for key, text in every if SOUNDS_DONE.search(text) and not key.startswith(OTHERS)}
    assert sounds == NO_DEEDS


def test_a_letter_of_more_time_says_that_the_use_is_limited_only_where_it_is(
    case: Callable[..., CaseFacts],
) -> None:
    waits = case("tele2-se", "objection", language="en", extension=LONGER)
    assert "only stored the data" not in said(content.extension(waits))
    limited = replace(waits, limited_on=DAY)
    assert sentence("limited", "en") in said(content.extension(limited))


RIGHTS_WITH_A_LAST_DAY = [
    ("erasure", "granted"), ("erasure", "partly"), ("objection", "granted"), ("objection", "partly"),
    ("rectification", "granted"), ("rectification", "partly"), ("restriction", "granted"), ("restriction", "partly"),
    ("automated-decision", "granted"), ("automated-decision", "partly"),
]  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("right", "outcome"), RIGHTS_WITH_A_LAST_DAY)
def test_what_is_still_to_be_done_has_its_last_day(
    case: Callable[..., CaseFacts], right: str, outcome: str, language: str
) -> None:
    facts = case("tele2-se", right, outcome, language, latest_on=DAY)
    assert texts(language).day(DAY) in repr([
        section.parts for section in content.answer(facts).sections if section.block == "B3"
    ]).replace("\\xa0", " ")  # fmt: skip
