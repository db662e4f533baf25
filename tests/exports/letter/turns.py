"""Turns that letters take in single cases: what is left out, what was looked by, whose request it is."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from cases.registers.register import load_register
from demo.samples.letters import OPERATORS, facts
from exports.letter import content
from exports.letter.document import Document
from exports.letter.facts import (
    AbuseFacts,
    AuthorityFacts,
    CaseFacts,
    CategoryFacts,
    ExecutionFacts,
    FindingFacts,
    IdentityFacts,
    SearchedFacts,
    StepUpFacts,
    UnsearchedFacts,
)
from exports.letter.matrix import ANSWERS

DAY = date(2026, 12, 9)
Write = Callable[[CaseFacts], Document]


def turns(register: Any, every_rule: tuple[str, ...]) -> Iterator[tuple[str, Write, CaseFacts]]:
    """What a letter says otherwise: of data that a source may not hand over, of retained ones, of another's request."""
    kept_back = CategoryFacts(key="traffic", findings=(FindingFacts(verdict="left-out", rows=0),),
                              left_out=("A court forbids it",))  # fmt: skip
    for right, outcome in ANSWERS:
        asked = facts(register, "en", right, outcome)
        if (
            right in ("access", "erasure", "portability", "rectification", "restriction")
            and outcome != "granted"
        ):
            with_it = replace(asked, categories=(*asked.categories, kept_back))
            yield f"{right}-{outcome}-left-out", content.answer, with_it
            if right != "access":
                yield (
                    f"{right}-{outcome}-only-left-out",
                    content.answer,
                    replace(asked, categories=(kept_back,)),
                )
        about = {"person": "Sam Other", "ground": "not-shown", "reason": "Looked at.", "days_kept": 14}
        yield f"{right}-{outcome}-not-theirs", partial(content.authority_refused, **about), asked
    for slug in ("tele2-se", "telenor-dk"):
        ours = load_register(OPERATORS / slug)
        rules = [
            rule for rule in every_rule if rule.startswith((f"{ours.country}-LEK", f"{ours.country}-LOG"))
        ]
        kinds = tuple(FindingFacts(verdict="describe", rows=3, rule=rule) for rule in rules)
        described = replace(
            facts(ours, "en", "access", "partly"), categories=(CategoryFacts(key="retained", findings=kinds),)
        )
        yield f"described-{slug}", content.answer, described
    spoken = AuthorityFacts(kind="attorney", answer_to="asker")
    for name, days in (("from", {"covers_from": DAY}), ("until", {"covers_until": DAY})):
        asked = facts(register, "en", "access", "partly")
        yield (
            f"covers-{name}",
            content.answer,
            replace(asked, asked_by="Kim Asker", authority=replace(spoken, **days)),
        )
    asks = IdentityFacts(needed=("mandate",), asked_on=DAY, answer_by=DAY, for_another=True)
    for kind in ("", "custody", "guardian", "estate"):
        question = replace(asks, authority=kind)
        yield f"identity-{kind}", content.identity, replace(asked, identity=question, asked_for="Sam Other")
    refused = facts(register, "en", "access", "abuse")
    dear = AbuseFacts(proof="Eleven in four weeks.", fee="SEK 200")
    yield "fee", content.answer, replace(refused, abuse=dear)
    changed = ExecutionFacts(
        kind="rectify", category="contact", source_name="CRM", name="Card", rows=2, done_on=DAY
    )
    yield (
        "receipt-changed",
        content.receipt,
        replace(
            facts(register, "en", "rectification", "partly"), answer_sha256="0" * 64, executions=(changed,)
        ),
    )


def rarer(register: Any) -> Iterator[tuple[str, Write, CaseFacts]]:
    asked = facts(register, "en", "access", "nothing-held")
    estate = AuthorityFacts(kind="estate", answer_to="asker")
    yield "deceased-se", content.deceased, replace(asked, asked_by="Kim Asker", authority=estate)
    code = {"code": "7KQX A194", "page": "https://desk.example.com", "days": 21, "by_eid": True}
    yield "posted-code-eid", partial(content.posted_code, **code), asked
    kept = tuple(
        FindingFacts(verdict="keep", rows=3, rule=rule, by_hand=by_hand, by_itself=True)
        for rule, by_hand in (("", True), ("CONTRACT", False))
    )
    whole = replace(
        facts(register, "en", "erasure", "partly"), categories=(CategoryFacts(key="contact", findings=kept),)
    )
    yield "kept-undated", content.answer, whole
    business = facts(load_register(OPERATORS / "hektor-se"), "en", "access", "forwarded")
    assert business.forwarded
    for name, more in (("kept", {"passed_on": False}), ("services", {"services": "Calls"})):
        to = replace(business.forwarded, **more)
        yield f"forwarded-{name}", content.answer, replace(business, forwarded=to)
    asked_for = replace(facts(register, "en", "access", "partly"), asked_by="Kim Asker",
                        authority=AuthorityFacts(kind="custody", answer_to="asker"))  # fmt: skip
    yield "received-for", content.answer, asked_for
    later = ExecutionFacts(kind="erase", category="contact", source_name="CRM", name="Card", rows=1, done_on=DAY,
                           kept=(FindingFacts(verdict="keep", rows=1, rule="SE-BFL", until=DAY),))  # fmt: skip
    yield (
        "receipt-later",
        content.receipt,
        replace(facts(register, "en", "erasure", "partly"), answer_sha256="0" * 64, executions=(later,)),
    )


def searches(register: Any) -> Iterator[tuple[str, Write, CaseFacts]]:
    """By what we looked, where nobody could, and how somebody shows more than they have."""
    kinds = ("customer_no", "ip", "msisdn", "name", "national_id", "email", "account_no", "other")
    by_all = tuple(SearchedFacts(kind=kind, value=f"{kind} 1") for kind in kinds)
    asked = facts(register, "en", "access", "nothing-held")
    yield "searched", content.answer, replace(asked, identifiers_searched=by_all, led_nowhere=by_all[:3])
    yield "searched-by-nothing", content.answer, replace(asked, identifiers_searched=())
    places = tuple(UnsearchedFacts(source_name="Archive", name=kind, kinds=(kind,)) for kind in kinds)
    yield "unsearched-by-all", content.answer, replace(asked, unsearched=places)
    partly = facts(register, "en", "access", "partly")
    unproven = CategoryFacts(key="traffic", findings=(FindingFacts(verdict="not-proven", rows=3),))
    for name, faces, ways in (
        ("eid", ("BankID",), ("Come to a shop.",)), ("ways", (), ("Come to a shop.",)), ("asked", (), ())
    ):  # fmt: skip
        more = StepUpFacts(page="https://desk.example.com", faces=faces, groups=((("Calls",), ways),))
        with_it = replace(partly, categories=(*partly.categories, unproven), step_up=more)
        yield f"step-up-{name}", content.answer, with_it
    yield "led-nowhere", content.answer, replace(partly, led_nowhere=by_all)
    yield "no-account", content.answer, replace(partly, categories=(unproven,), holds_no_account=True)
