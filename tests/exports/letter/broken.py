"""Every kind of letter with all that can be in it, and what of its facts can be taken away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import cycle
from typing import Any
from unittest.mock import patch

from cases.law.holdrules import RULES as HOLDS
from cases.registers.register import load_register
from demo.samples.letters import OPERATORS, OTHERS, facts
from exports.letter import content
from exports.letter.facts import (
    AuthorityFacts,
    CaseFacts,
    CategoryFacts,
    ExecutionFacts,
    ExtensionFacts,
    FindingFacts,
    ForwardedFacts,
    HandFacts,
    HandOverFacts,
    IdentityFacts,
    LaterFacts,
    PurposeFacts,
    ReviewFacts,
    SentFacts,
    ToldFacts,
    UnsearchedFacts,
)
from exports.letter.matrix import ANSWERS, LetterProblem
from exports.letter.texts.reading import Texts
from tests.exports.letter.turns import DAY, Write, rarer, searches, turns

RULES = ("CONTRACT", *(one.id for one in HOLDS if not one.secret))
# What is taken away, and the fields in which it stands.
AWAY: dict[str, dict[str, Any]] = {
    "authority": {"authority": None, "asked_by": ""},
    "other-provider": {"send_to": "", "sent": None},
    "recipients": {"recipients_actual": (), "recipients_informed": ()},
    "search": {"identifiers_searched": (), "unsearched": (), "led_nowhere": ()},
    "last-day-of-law": {"law_until": None},
    "extension": {"extension": None},
    "two-parts": {"later": None, "earlier": ""},
    "question": {"identity": None},
    "hand-over": {"hand_over": None},
    "other-company": {"forwarded": None, "forwarded_on": None},
    "excess": {"abuse": None},
    "carrying-out": {"executions": (), "by_hand": (), "told": (), "sent": None},
    "deed": {"acted_on": None, "limited_on": None, "listed_on": None, "decided_on": None},
    "findings": {
        "categories": (),
        "purposes": (),
        "corrections": (),
        "review": None,
        "files_sha256": "",
        "later": None,
    },
}


def letters() -> Iterator[tuple[str, Write, CaseFacts]]:
    """(name, its writer, its facts), in English."""
    register = load_register(OPERATORS / "telenor-se")
    for right, outcome in ANSWERS:
        yield f"{right}-{outcome}", content.answer, facts(register, "en", right, outcome)
    for outcome in OTHERS:
        yield outcome, content.answer, facts(register, "en", "access", outcome)
    yield from _answers(register)
    yield from _in_parts(register)
    yield from _by_rule()
    yield from _small(register)
    yield from _to_whoever_asks(register)
    yield from turns(register, RULES)
    yield from searches(register)
    yield from rarer(register)


def _answers(register: Any) -> Iterator[tuple[str, Write, CaseFacts]]:
    many = tuple(
        CategoryFacts(key=key, findings=(FindingFacts(verdict=verdict, rows=3, **more),))
        for key, verdict, more in (
            ("contact", "not-proven", {}), ("traffic", "others", {}), ("web", "gone", {"by_hand": True}),
            ("usage", "erase", {"by_hand": True}), ("disclosures", "delay", {"until": DAY}),
            ("account", "withhold", {}),
            ("retained", "describe", {"rule": "SE-LEK-TEL"}), ("orders", "none", {}), ("surveys", "left-out", {}),
        )
    )  # fmt: skip
    yield "access-mixed", content.answer, replace(facts(register, "en", "access", "partly"), categories=many)
    yield (
        "erasure-mixed",
        content.answer,
        replace(facts(register, "en", "erasure", "partly"), categories=many),
    )
    asked = facts(register, "en", "access", "partly")
    for kind, answer_to in (("attorney", "asker"), ("attorney", "person"), ("custody", "both")):
        spoken = AuthorityFacts(
            kind=kind, answer_to=answer_to, covers_from=DAY, covers_until=DAY, without_home=True
        )
        yield f"{kind}-{answer_to}", content.answer, replace(asked, asked_by="Kim Asker", authority=spoken)
    where = UnsearchedFacts(source_name="Archive", name="Calls", kinds=("email", "msisdn"))
    nothing = facts(register, "en", "access", "nothing-held")
    yield "unsearched", content.answer, replace(nothing, unsearched=(where,))


def _in_parts(register: Any) -> Iterator[tuple[str, Write, CaseFacts]]:
    """Answers in two parts, the letter that says so, and parts that are refused by each of the grounds."""
    later = LaterFacts(categories=("traffic",), reference="26-A1B2C-34", due=DAY, reason="Tapes.")
    for right in ("access", "portability"):
        for outcome in ("partly", "refused"):
            first = replace(facts(register, "en", right, outcome), later=later)
            yield f"{right}-{outcome}-later", content.answer, first
    yield "later-closed", content.answer, replace(first, later=replace(later, due=None))
    for outcome in ("granted", "nothing-held"):
        rest = replace(facts(register, "en", "access", outcome), earlier="26-A1B2C-34")
        yield f"rest-{outcome}", content.answer, rest
    longer = ExtensionFacts(new_due=DAY, reason="Tapes are read back.")
    yield "split", content.extension, replace(rest, outcome="extension", extension=longer, later=later)
    grounds = ("others", "secrets", "others-files", "duty", "claim", "excessive")
    refused = tuple(
        CategoryFacts(
            key=key,
            findings=(FindingFacts(verdict="give", rows=1),),
            override="withhold",
            reason=f"Looked at for {ground}.",
            ground=ground,
            fee="SEK 1" if ground == "excessive" else "",
        )
        for key, ground in zip(
            ("contact", "traffic", "web", "usage", "account", "surveys"), grounds, strict=True
        )
    )
    yield (
        "refused-parts",
        content.answer,
        replace(facts(register, "en", "access", "refused"), categories=refused),
    )
    employer = ForwardedFacts(
        company="Your employer", contact="them", named=False, passed_on=False, unasked=True
    )
    yield "unasked", content.answer, replace(facts(register, "en", "access", "partly"), forwarded=employer)


def _by_rule() -> Iterator[tuple[str, Write, CaseFacts]]:
    """Everything kept by each rule there is, at an operator of its country; what another purpose or right says."""
    for slug in ("tele2-se", "telenor-dk", "hektor-se", "telia-finance-dk"):
        register = load_register(OPERATORS / slug)
        asked = facts(register, "en", "erasure", "partly")
        kept = tuple(
            CategoryFacts(key=key, findings=(FindingFacts(verdict="keep", rows=3, rule=rule, until=until),))
            for key, rule, until in zip(register.categories, RULES, cycle((DAY, None)), strict=False)
        )
        yield f"kept-{slug}", content.answer, replace(asked, categories=kept)
        guarded = tuple(
            CategoryFacts(key=key, findings=(FindingFacts(verdict="erase", rows=3),))
            for key in ("retained", "kyc", "disclosures", "contact")
            if key in register.categories
        )
        yield f"guarded-{slug}", content.answer, replace(asked, categories=guarded, stop_listed=True)
        everything = tuple(
            CategoryFacts(key=key, findings=(FindingFacts(verdict="give", rows=1),))
            for key in register.categories
        )
        whole = replace(
            asked, right="access", outcome="granted", categories=everything, files_sha256="0" * 64
        )
        yield f"all-{slug}", content.answer, whole
    again = facts(register, "en", "automated-decision", "refused")
    upheld = ReviewFacts(decision="Credit check", result="not-automated", reasons="A person decided.")
    yield "not-automated", content.answer, replace(again, review=upheld)
    none = tuple(PurposeFacts(code=one.code, verdict="none", reached=False) for one in register.purposes[:3])
    yield "no-right", content.answer, replace(facts(register, "en", "objection", "refused"), purposes=none)


def _to_whoever_asks(register: Any) -> Iterator[tuple[str, Write, CaseFacts]]:
    asked = facts(register, "en", "access", "nothing-held")
    for ground in ("not-shown", "not-valid", "not-covered", "in-doubt"):
        about = {"person": "Sam Other", "ground": ground, "reason": "Looked at.", "days_kept": 14}
        yield f"refused-{ground}", partial(content.authority_refused, **about), asked
    yield "unidentified", partial(content.unidentified, asked=DAY, erased=DAY), asked
    yield (
        "unidentified-for",
        partial(content.unidentified, asked=None, erased=DAY),
        replace(asked, asked_for="Sam"),
    )
    limited = facts(register, "en", "restriction", "granted")
    yield "lifting", partial(content.lifting, when=DAY, reason="It is settled."), limited
    code = {"code": "7KQX A194", "page": "https://desk.example.com", "days": 21}
    yield "posted-code", partial(content.posted_code, **code), asked


def _small(register: Any) -> Iterator[tuple[str, Write, CaseFacts]]:
    asked = facts(register, "en", "access", "nothing-held")
    longer = ExtensionFacts(new_due=date(2027, 3, 3), reason="Tapes are read back.")
    yield "extension", content.extension, replace(asked, extension=longer)
    who = IdentityFacts(
        needed=("code", "eid", "customer-number", "visit"), asked_on=DAY, answer_by=DAY, faces=("BankID",)
    )
    yield "identity", content.identity, replace(asked, identity=who)
    other = replace(who, needed=("mandate", "visit"), for_another=True, authority="attorney")
    yield "identity-for", content.identity, replace(asked, identity=other, asked_for="Sam Other")
    to = HandOverFacts(on=DAY, to="Filmbolaget AB", court="A court", court_case="PMT 1-26")
    yield "ipred", content.ipred_notice, replace(asked, right="ipred", outcome="notice", hand_over=to)
    yield "interim", content.interim, replace(asked, right="marketing-objection", acted_on=DAY)
    estate = AuthorityFacts(kind="estate", answer_to="asker")
    yield "deceased", content.deceased, replace(asked, asked_by="Kim Asker", authority=estate, law_until=DAY)
    done = ExecutionFacts(
        kind="erase",
        category="contact",
        source_name="CRM",
        name="Card",
        rows=1,
        done_on=DAY,
        copies_until=DAY,
    )
    erased = replace(
        facts(register, "en", "erasure", "partly"),
        answer_sha256="0" * 64,
        executions=(done,),
        versioned=(("traffic", "Lake: Calls"),),
        by_hand=(HandFacts(what="Card", done_on=DAY),),
        told=(ToldFacts(recipient=next(iter(register.recipients)), on=DAY),),
    )
    yield "receipt", content.receipt, erased
    sent = SentFacts(receiver="Nordlind", files=3, sha256="0" * 64, receipt="N-1", sent_on=DAY)
    ported = facts(register, "en", "portability", "granted")
    yield "receipt-sent", content.receipt, replace(ported, answer_sha256="0" * 64, sent=sent)


def spoken(write: Write, of: CaseFacts) -> set[str] | None:
    """The keys of the texts that the letter asks for; None for a letter that is refused."""
    keys: set[str] = set()
    with _heard(keys):
        try:
            write(of)
        except LetterProblem:
            return None
    return keys


@contextmanager
def _heard(keys: set[str]) -> Iterator[None]:
    really = Texts.__call__

    def said(self: Texts, key: str, **values: object) -> str:
        keys.add(key)
        return really(self, key, **values)

    with patch.object(Texts, "__call__", said):
        yield
