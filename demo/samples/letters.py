"""What the cases of the samples have in them: one of each right and outcome that a letter may be written about."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from cases.registers.register import Register, load_register
from connectors.description.config import load_sources
from demo.samples import rows
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import (
    AbuseFacts,
    CaseFacts,
    CategoryFacts,
    CollectionFacts,
    CorrectionFacts,
    ExecutionFacts,
    ExtensionFacts,
    FindingFacts,
    ForwardedFacts,
    IdentityFacts,
    PurposeFacts,
    ReviewFacts,
    SearchedFacts,
    SentFacts,
)
from exports.letter.items.described import described
from exports.letter.matrix import ANSWERS
from exports.letter.usage import Tally
from exports.letter.values import MASK
from exports.package.data import FEW

OPERATORS = Path(__file__).parents[2] / "operators"
OPERATOR = {"sv": "tele2-se", "da": "telenor-dk", "en": "telenor-se"}
PERSON = {"sv": "Kim Exempelsson", "da": "Kim Eksempelsen", "en": "Kim Samplesson"}
ASKED, ANSWERED, DUE = date(2026, 12, 3), date(2026, 12, 14), date(2027, 1, 4)
CARRIED_OUT = date(2026, 12, 22)  # the day of the receipts
WHY = {
    "threat": {
        "sv": "Anteckningen återger vad någon annan har berättat i förtroende, och skulle röja den personen.",
        "da": "Notatet gengiver, hvad en anden har fortalt i fortrolighed, og ville røbe den person.",
        "en": "The note gives what somebody else told in confidence, and would give that person away.",
    },
    "secure": {
        "sv": "Utan uppgifterna går det inte att upptäcka intrång i nätet.",
        "da": "Uden oplysningerne kan indbrud i nettet ikke opdages.",
        "en": "Without the data, break-ins into the network cannot be discovered.",
    },
    "score": {
        "sv": "Poängen var riktig den dag då den räknades fram.",
        "da": "Scoren var rigtig den dag, den blev beregnet.",
        "en": "The score was right on the day it was worked out.",
    },
    "income": {
        "sv": "Inkomsten hade lästs fel. Rätt inkomst räcker för köpet.",
        "da": "Indkomsten var læst forkert. Den rigtige indkomst rækker til købet.",
        "en": "The income had been read wrongly. The right one is enough for the purchase.",
    },
    "upheld": {
        "sv": "Underlaget stämmer: två fakturor var obetalda den dagen.",
        "da": "Grundlaget er rigtigt: To regninger var ubetalte den dag.",
        "en": "What it was based on is right: two invoices were unpaid that day.",
    },
    "checked": {
        "sv": "Vi har kontrollerat adressen, och den stämmer.",
        "da": "Vi har kontrolleret adressen, og den er rigtig.",
        "en": "We have checked the address, and it is right.",
    },
    "archives": {
        "sv": "Äldre samtal ligger på band som måste läsas tillbaka.",
        "da": "Ældre opkald ligger på bånd, der først skal læses ind igen.",
        "en": "Older calls are on tapes that have to be read back.",
    },
    "abuse": {
        "sv": "Samma begäran har kommit elva gånger på fyra veckor, och vi har svarat på de tre första.",
        "da": "Den samme anmodning er kommet elleve gange på fire uger, og vi har svaret på de tre første.",
        "en": "The same request has come eleven times in four weeks, and we have answered the first three.",
    },
}
WORDS = {
    "street": {"sv": "Gatuadress", "da": "Vej og nummer", "en": "Street address"},
    "points": {"sv": "Kreditpoäng", "da": "Kreditscore", "en": "Credit score"},
    "moved": {"sv": "Exempelgatan 9", "da": "Eksempelvej 9", "en": "Exempelgatan 9"},
    "credit": {"sv": "Kreditkontroll", "da": "Kreditvurdering", "en": "Credit check"},
    "customer": {"sv": "Din arbetsgivare", "da": "Din arbejdsgiver", "en": "Your employer"},
}
RECEIVER = "Nordlind Mobil"
OTHERS = ("nothing-held", "forwarded", "abuse")


def samples(language: str) -> Iterator[tuple[str, Document]]:
    """(name, letter) for every right and outcome, and for the letters beside an answer."""
    register = load_register(OPERATORS / OPERATOR[language])
    for right, outcome in ANSWERS:
        yield f"{right}-{outcome}", content.answer(facts(register, language, right, outcome))
    for outcome in OTHERS:
        yield f"access-{outcome}", content.answer(facts(register, language, "access", outcome))
    yield from _beside(register, language)


def _beside(register: Register, language: str) -> Iterator[tuple[str, Document]]:
    asked = facts(register, language, "access", "nothing-held")
    longer = ExtensionFacts(new_due=date(2027, 3, 3), reason=WHY["archives"][language])
    yield "extension", content.extension(replace(asked, extension=longer))
    who = IdentityFacts(needed=("code", "visit"), asked_on=ANSWERED, answer_by=date(2027, 1, 13))
    yield "identity", content.identity(replace(asked, identity=who))
    stopped = replace(asked, right="marketing-objection", acted_on=date(2026, 12, 4))
    yield "interim", content.interim(stopped)
    erased = replace(facts(register, language, "erasure", "partly"), answered_on=CARRIED_OUT)
    yield (
        "receipt",
        content.receipt(replace(erased, answer_sha256=rows.CHECKSUM, executions=_executions(erased))),
    )
    taken = replace(facts(register, language, "portability", "granted"), answered_on=CARRIED_OUT)
    sent = SentFacts(
        receiver=RECEIVER, files=4, sha256=rows.CHECKSUM[::-1], receipt="N-2207", sent_on=date(2026, 12, 18)
    )
    yield "receipt-sent", content.receipt(replace(taken, answer_sha256=rows.CHECKSUM, sent=sent))
    away = replace(sent, sent_on=None, given_up_on=date(2026, 12, 22))
    yield "receipt-not-sent", content.receipt(replace(taken, answer_sha256=rows.CHECKSUM, sent=away))
    limited = facts(register, language, "restriction", "granted")
    yield "lifting", content.lifting(limited, when=date(2027, 1, 20), reason=WHY["checked"][language])
    yield "unidentified", content.unidentified(asked, asked=ASKED, erased=date(2026, 12, 28))


def _executions(case: CaseFacts) -> tuple[ExecutionFacts, ...]:
    """What was decided, done: each row that was to go is gone, and what stays is there."""
    held = {
        one.category: (source, one)
        for source in load_sources(OPERATORS / case.register.slug)
        for one in source.collection
    }
    return tuple(
        ExecutionFacts(
            kind="erase",
            category=each.key,
            source_name=held[each.key][0].name.get(case.language),
            name=held[each.key][1].name.get(case.language),
            rows=sum(one.rows for one in each.findings if one.verdict == "erase"),
            done_on=date(2026, 12, 18) if any(one.verdict == "erase" for one in each.findings) else None,
            kept=tuple(one for one in each.findings if one.verdict == "keep"),
        )
        for each in case.categories
    )


def facts(register: Register, language: str, right: str, outcome: str) -> CaseFacts:
    """What the sample case of this right and outcome has in it."""
    details = _details(register, language, right, outcome)
    files = any(one.rows for category in details.get("categories", ()) for one in category.collections)
    street, *rest = rows.HOME[register.country]
    return CaseFacts(
        reference="26-7KQXA-19",
        register=register,
        right=right,
        language=language,
        outcome="refused" if outcome == "abuse" else outcome,
        person_name=PERSON[language],
        address_lines=(street, " ".join(rest)),
        received_on=ASKED,
        answered_on=ANSWERED,
        due_on=DUE,
        signed_by="Exempel Handläggare" if register.country == "SE" else "Eksempel Sagsbehandler",
        identifiers_searched=(SearchedFacts(kind="email", value="k•••@example.com"),),
        files_sha256=rows.CHECKSUM if files else "",
        package_days=register.settings.package_days,
        **details,
    )


def _details(register: Register, language: str, right: str, outcome: str) -> dict[str, Any]:
    if outcome == "abuse":
        return {"abuse": AbuseFacts(proof=WHY["abuse"][language])}
    if outcome == "forwarded":
        to = ForwardedFacts(company=WORDS["customer"][language], contact="hr@example.com", named=False)
        return {"forwarded": to}
    if outcome == "nothing-held":
        return {}
    of_right = {
        "access": _access, "portability": _portability, "erasure": _erasure, "restriction": _restriction,
        "rectification": _rectification, "automated-decision": _automated,
    }.get(right)  # fmt: skip
    return (
        of_right(register, language, outcome) if of_right else _purposes(register, language, right, outcome)
    )


def _access(register: Register, language: str, outcome: str) -> dict[str, Any]:
    withheld = CategoryFacts(key="correspondence", override="withhold", reason=WHY["threat"][language])
    if outcome == "refused":
        return {"categories": (withheld,)}
    partly = outcome == "partly"
    calls = collection_facts(register, language, "traffic", rows.traffic(register.country, masked=partly))
    masked = (FindingFacts(verdict="redact", rows=calls.rows),)
    described_ = (FindingFacts(verdict="describe", rows=90, rule="SE-LEK-TEL"),)
    card = collection_facts(register, language, "customer", rows.customer(PERSON[language], register.country))
    parts = [
        given("contact", card),
        given("invoices", collection_facts(register, language, "invoice", rows.invoices(register.country))),
        CategoryFacts(
            key="traffic", collections=(calls,), findings=masked if partly else found("give", calls)
        ),
    ]
    if partly:
        parts.append(withheld)
    if partly and register.country == "SE":
        parts.append(CategoryFacts(key="retained", findings=described_))
    return {"categories": tuple(parts), "recipients_actual": tuple(list(register.recipients)[:1])}


def _portability(register: Register, language: str, outcome: str) -> dict[str, Any]:
    card = collection_facts(register, language, "customer", rows.customer(PERSON[language], register.country))
    calls = collection_facts(register, language, "traffic", rows.traffic(register.country))
    port = (given("contact", card, "port"), given("traffic", calls, "port"))
    not_portable = CategoryFacts(key="credit", findings=(FindingFacts(verdict="not-portable", rows=2),))
    more = {"send_to": RECEIVER} if outcome == "granted" else {}
    return more | {
        "categories": {"granted": port, "partly": (*port, not_portable)}.get(outcome, (not_portable,))
    }


def _erasure(register: Register, _language: str, outcome: str) -> dict[str, Any]:
    rule = "DK-BFL" if register.country == "DK" else "SE-BFL"
    kept = CategoryFacts(key="invoices", findings=(
        FindingFacts(verdict="keep", rows=7, rule=rule, until=date(2032, 12, 31), by_itself=True),
        FindingFacts(verdict="keep", rows=2, rule=rule, until=date(2033, 12, 31), by_itself=True),
    ))  # fmt: skip
    erased = [
        CategoryFacts(key=key, findings=(FindingFacts(verdict="erase", rows=count),))
        for key, count in (("contact", 1), ("correspondence", 3), ("usage", 14), ("traffic", 2400))
    ]
    told = {"granted": tuple(erased), "partly": (*erased, kept)}.get(outcome, (kept,))
    return {"categories": told, "latest_on": date(2026, 12, 21)}


def _restriction(_register: Register, _language: str, outcome: str) -> dict[str, Any]:
    on = CategoryFacts(key="contact", findings=(FindingFacts(verdict="restrict", rows=1),))
    off = CategoryFacts(key="account", findings=(FindingFacts(verdict="no-restriction", rows=1),))
    return {"categories": {"granted": (on,), "partly": (on, off)}.get(outcome, (off,))}


def _rectification(_register: Register, language: str, outcome: str) -> dict[str, Any]:
    done = CorrectionFacts(
        category="contact", what=WORDS["street"][language], new_value=WORDS["moved"][language]
    )
    not_done = CorrectionFacts(
        category="credit", what=WORDS["points"][language], reason=WHY["score"][language]
    )
    told = {"granted": (done,), "partly": (done, not_done)}.get(outcome, (not_done,))
    return {"corrections": told, "decided_on": date(2026, 12, 10)}


def _automated(_register: Register, language: str, outcome: str) -> dict[str, Any]:
    result, why = ("upheld", "upheld") if outcome == "refused" else ("changed", "income")
    review = ReviewFacts(decision=WORDS["credit"][language], result=result, reasons=WHY[why][language])
    return {"review": review, "decided_on": date(2026, 12, 10)}


def _purposes(register: Register, language: str, right: str, outcome: str) -> dict[str, Any]:
    wanted = [one for one in register.purposes if one.direct_marketing] or list(register.purposes)
    weighed = [one for one in register.purposes if one not in wanted] or wanted
    at_once = None if right == "objection" else date(2026, 12, 4)
    stop = PurposeFacts(code=wanted[0].code, verdict="stop", effective_on=at_once)
    goes_on = PurposeFacts(code=weighed[0].code, verdict="continue", reason=WHY["secure"][language])
    told = {"granted": (stop,), "partly": (stop, goes_on)}.get(outcome, (goes_on,))
    days = {"decided_on": date(2026, 12, 10)} if right == "objection" else {"acted_on": date(2026, 12, 4)}
    listed = {"listed_on": date(2026, 12, 4)} if right == "marketing-objection" else {}
    return {"purposes": told, **days, **listed}


def given(key: str, collection: CollectionFacts, verdict: str = "give") -> CategoryFacts:
    return CategoryFacts(key=key, collections=(collection,), findings=found(verdict, collection))


def found(verdict: str, collection: CollectionFacts) -> tuple[FindingFacts, ...]:
    return (FindingFacts(verdict=verdict, rows=collection.rows),)


def collection_facts(
    register: Register, language: str, key: str, row_by_row: Iterable[rows.Row]
) -> CollectionFacts:
    """The facts of a collection of the register's own systems with these rows in it."""
    source, collection = next(
        (source, each)
        for source in load_sources(OPERATORS / register.slug)
        for each in source.collection
        if each.key == key
    )
    everything = tuple(row_by_row)
    tally = Tally(collection.at, collection.tells, register.time_zone)
    for row in everything:
        tally.see(row)
    usage = tally.usage()
    days = [each.first for each in usage.months] if usage else []
    return CollectionFacts(
        source=source.key,
        collection=key,
        source_name=source.name.get(language),
        name=collection.name.get(language),
        rows=len(everything),
        first_on=min(days, default=None),
        last_on=max(days, default=None),
        covered=sum(MASK in row.values() for row in everything),
        usage=usage if collection.tells.columns else None,
        inline=everything if len(everything) <= FEW else None,
        **described(collection, language),
    )
