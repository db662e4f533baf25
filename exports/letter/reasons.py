"""Why, and for how long: blocks B4 and B5 (Article 12(4) GDPR)."""

from collections.abc import Iterator
from functools import partial

from cases.law.decisions import OF_THE_USER
from cases.law.holdrules import rule as hold_rule
from cases.law.holdrules import secret_can_touch
from cases.law.verdicts import LEFT_OUT, NOT_PROVEN
from cases.registers.vocabulary import BASES
from exports.letter.decided import (
    GENERAL_ONLY,
    STAYS,
    category_name,
    decided,
    is_general,
    is_left_out,
    is_weighed,
    place,
    purpose_name,
)
from exports.letter.document import Bullets, Pairs, Paragraph, Part, Section
from exports.letter.facts import AbuseFacts, CaseFacts, CategoryFacts, FindingFacts, LaterFacts, PurposeFacts
from exports.letter.matrix import Block, LetterProblem
from exports.letter.texts.reading import Texts, inside

AS_ASKED = frozenset({"give", "port", "erase", "restrict", "corrected", "changed", "none"})
# What follows from a system that may not hand data over; for the other rights nothing does.
FOLLOWS = {
    "access": "given", "portability": "given",
    "erasure": "erased",
    "rectification": "changed", "restriction": "changed",
}  # fmt: skip


def reasons(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """B4: the fact and the rule behind every no, every masked row and every delay (Article 12(4))."""
    if facts.abuse:
        return (_abuse(facts.abuse, texts),)
    by_reason: dict[str, list[str]] = {}
    for name, reason in _reasons(facts, texts):
        by_reason.setdefault(reason, []).append(name)
    items = tuple((texts.series(dict.fromkeys(names)), reason) for reason, names in by_reason.items())
    if not items:
        return ()
    general = (
        [Paragraph(texts("guarded.everyone"))]
        if any(map(partial(_told_generally, facts), facts.categories))
        else []
    )
    parts = (Pairs(items), *general, *_step_up(facts, texts))
    return (Section(Block.REASONS, texts("reasons.heading"), parts),)


def _told_generally(facts: CaseFacts, category: CategoryFacts) -> bool:
    """Whether its reason is the paragraph that is the same for everyone."""
    if is_left_out(category) and category.key in GENERAL_ONLY:
        return True
    return is_general(facts, category) and not facts.corrections and not facts.review


def _step_up(facts: CaseFacts, texts: Texts) -> Iterator[Part]:
    """How somebody shows more than they have: signing in, and beside it a way for whoever cannot (Article 12(2))."""
    if facts.step_up is None:
        return
    faces, groups = " / ".join(facts.step_up.faces), facts.step_up.groups
    if faces:
        yield Paragraph(texts("step-up.eid", faces=faces, page=facts.step_up.page))
    for names, ways in groups:
        told = {"names": texts.series(names), "faces": faces}
        key = "step-up.without" if faces and ways else "step-up.how" if ways else "step-up.ask"
        yield Paragraph(texts(key, **told))
        if ways:
            yield Bullets(ways)


def _abuse(abuse: AbuseFacts, texts: Texts) -> Section:
    said = [texts("abuse.text", proof=abuse.proof)]
    if abuse.fee:
        said.append(texts("abuse.fee", fee=abuse.fee))
    said.append(texts("reasons.ground", ground=texts("ground.abuse")))
    return Section(Block.REASONS, texts("abuse.heading"), tuple(Paragraph(text) for text in said))


def _reasons(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, str]]:
    """(what it is about, why) in the letter's order."""
    for category in facts.categories:
        # What is decided value by value has its reasons there.
        if facts.corrections or facts.review:
            yield from _left_out(facts, category, texts)
        else:
            yield from _category_reasons(facts, category, texts)
    yield from _later(facts, texts)
    for purpose in facts.purposes:
        if reason := _purpose_reason(facts, purpose, texts):
            yield purpose_name(facts, purpose.code), reason
    for correction in facts.corrections:
        if not correction.new_value:
            yield (
                correction.what,
                _because(_ours(correction.reason, texts), texts("ground.not-corrected"), texts),
            )
    if facts.review and facts.outcome != "granted":
        yield (
            facts.review.decision,
            _because(_ours(facts.review.reasons, texts), texts("ground.upheld"), texts),
        )


def _category_reasons(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> Iterator[tuple[str, str]]:
    name = category_name(facts, category.key)
    if is_general(facts, category):
        yield name, _because(_guarded(facts, category, texts), texts("ground.erasure"), texts)
        return
    found = decided(facts, category)
    for finding in sorted(found, key=place):
        if finding.verdict == LEFT_OUT or not _needs_reason(finding, category, facts.extended):
            continue
        if category.ground and finding.verdict not in STAYS:
            yield _named(name, category, finding, texts), _refused(category, texts)
            continue
        why = _ours(category.reason, texts) if category.reason else _why(finding, category.key, facts, texts)
        yield _named(name, category, finding, texts), _because(why, _ground(finding, facts, texts), texts)
    # Masked by hand, or in what is taken along: no verdict of its own says so.
    if category.covered and all(finding.verdict != "redact" for finding in found):
        yield name, _because(texts("reasons.redact"), texts("ground.covered"), texts)
    yield from _left_out(facts, category, texts)


def _guarded(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> str:
    """The paragraph that is the same for everyone."""
    key = f"retained_{facts.register.country}" if category.key == "retained" else category.key
    return texts(f"guarded.{key}")


def _left_out(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> Iterator[tuple[str, str]]:
    """What a source may not hand over, and why (Articles 12(4) and 23)."""
    if not is_left_out(category):
        return
    said = [texts(f"left-out.{FOLLOWS.get(facts.right, 'looked')}")]
    said += [
        texts("left-out.because", reason=_sentence(reason)) for reason in dict.fromkeys(category.left_out)
    ]
    why = _guarded(facts, category, texts) if category.key in GENERAL_ONLY else " ".join(said)
    yield category_name(facts, category.key), _because(why, texts("ground.left-out"), texts)


def _later(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, str]]:
    """What another case answers, until when, and why it takes longer (Article 12(3))."""
    if later := facts.later:
        for category in later.categories:
            yield category_name(facts, category), _later_words(later, texts)


def _later_words(later: LaterFacts, texts: Texts) -> str:
    """When the other part comes, and why it is not here."""
    if later.due is None:
        return texts("later.closed", reference=later.reference)
    comes = texts("later.comes", reference=later.reference, due=texts.day(later.due))
    return _because(f"{comes} {_sentence(later.reason)}", texts("ground.later"), texts)


def _sentence(written: str) -> str:
    return written if written.endswith((".", "!", "?")) else f"{written}."


def _named(name: str, category: CategoryFacts, finding: FindingFacts, texts: Texts) -> str:
    """Retained data come in kinds, each with its own time: the heading says which."""
    kind = f"kind.{finding.rule}"
    return f"{name}: {texts(kind)}" if category.key == "retained" and kind in texts else name


def _needs_reason(finding: FindingFacts, category: CategoryFacts, extended: frozenset[str]) -> bool:
    """What is given, erased or done as asked needs none. Raises LetterProblem for a rule nobody may hear of."""
    if finding.rule not in ("", "CONTRACT") and hold_rule(finding.rule).secret:
        raise LetterProblem("secret-rule", finding.rule)
    if finding.verdict == "gone" and secret_can_touch(category.key, extended):
        return False
    return finding.verdict not in AS_ASKED


def _why(finding: FindingFacts, category: str, facts: CaseFacts, texts: Texts) -> str:
    """The fact behind a verdict on a category, in plain words."""
    if finding.verdict == "delay":
        on = texts("reasons.delay_on", opens=texts.day(finding.opens)) if finding.opens else ""
        return texts("reasons.delay", when=on or texts("reasons.delay_later"))
    if _is_anothers(finding, facts):
        whose = "employers" if facts.register.business_users else "another"
        return texts(f"rule.CONTRACT.{whose}")
    if finding.verdict == NOT_PROVEN and facts.holds_no_account and category in OF_THE_USER:
        return texts("reasons.not-proven_no-account")
    if finding.rule and finding.verdict in ("keep", "describe"):
        return texts(f"rule.{finding.rule}.why")
    return texts(f"reasons.{finding.verdict}")


def _ground(finding: FindingFacts, facts: CaseFacts, texts: Texts) -> str:
    """The rule behind a verdict: the hold's own where something is kept, else that of the verdict."""
    if _is_anothers(finding, facts):
        return texts("ground.CONTRACT_OF_ANOTHER")
    if finding.verdict == "keep" and finding.rule:
        ground = hold_rule(finding.rule).ground if finding.rule != "CONTRACT" else None
        return ground.get(texts.language) if ground else texts("ground.CONTRACT")
    if finding.verdict == "describe":
        country = hold_rule(finding.rule).country if finding.rule else facts.register.country
        return texts(f"ground.describe_{country}")
    return texts(f"ground.{finding.verdict}")


def _is_anothers(finding: FindingFacts, facts: CaseFacts) -> bool:
    """Whether a contract keeps the data that is not the person's own: Article 6(1)(b) asks for one with them."""
    return (finding.verdict, finding.rule) == ("keep", "CONTRACT") and facts.contract_is_anothers


def _refused(category: CategoryFacts, texts: Texts) -> str:
    """The ground on which a person refuses this part, and why it holds here (Articles 12(4), 12(5))."""
    said = [texts(f"refused.{category.ground}"), _sentence(_ours(category.reason, texts))]
    if category.fee:
        said.append(texts("refused.fee", fee=category.fee))
    return _because(" ".join(said), texts(f"ground.refused_{category.ground}"), texts)


def _ours(reason: str, texts: Texts) -> str:
    return texts("reasons.override", reason=reason)


def _because(why: str, ground: str, texts: Texts) -> str:
    return f"{why} {texts('reasons.ground', ground=ground)}"


def _purpose_reason(facts: CaseFacts, purpose: PurposeFacts, texts: Texts) -> str:
    if facts.right != "objection" or purpose.verdict == "stop":
        return ""
    if is_weighed(purpose):
        why = texts.done("weighed_one", facts.decided_on, reason=purpose.reason)
    else:
        why = _no_right(facts, purpose, texts)
    return _because(why, texts("ground.purpose"), texts)


def _no_right(facts: CaseFacts, purpose: PurposeFacts, texts: Texts) -> str:
    """Why nobody has a right to object to a use: what it rests on."""
    rests_on = facts.register.purpose(purpose.code)
    if rests_on.automated:
        said = [texts("reasons.purpose_automated")]
    else:
        kinds = dict.fromkeys(one.basis.kind for one in facts.register.legal_bases(rests_on))
        bases = (inside(BASES[kind].get(texts.language)) for kind in kinds if kind != "none-stated")
        said = [texts("reasons.purpose_none", bases="; ".join(bases) or texts("reasons.other_basis"))]
    if purpose.reason:
        said.append(_ours(purpose.reason, texts))
    return " ".join(said)


def kept_until(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """B5: how long each kept category stays, by its longest rule and by the rule's own words."""
    parts = tuple(_kept_parts(facts, texts)) if facts.right == "erasure" else ()
    return (Section(Block.KEPT_UNTIL, texts("kept.heading"), parts),) if parts else ()


def _kept_parts(facts: CaseFacts, texts: Texts) -> Iterator[Part]:
    if items := tuple(_kept(facts, texts)):
        yield Pairs(items)
        yield from _what_becomes_of(facts, texts)
    left = [one for one in facts.categories if is_left_out(one) and not is_general(facts, one)]
    if left:
        names = texts.series(category_name(facts, one.key) for one in left)
        yield Paragraph(texts("kept.left-out", names=names))


def _what_becomes_of(facts: CaseFacts, texts: Texts) -> Iterator[Part]:
    """Who erases what is kept when its time is up: the schedule, a person's task, or nobody until it is asked again."""
    names: dict[str, list[str]] = {"note": [], "by_hand": [], "ask_again": []}
    for category in facts.categories:
        kept = () if is_general(facts, category) else decided(facts, category)
        for finding in (one for one in kept if one.verdict == "keep"):
            key = "ask_again" if not finding.by_itself else "by_hand" if finding.by_hand else "note"
            names[key].append(category_name(facts, category.key))
    for key, found in names.items():
        if found:
            yield Paragraph(texts(f"kept.{key}", names=inside(texts.series(dict.fromkeys(found)))))


def _kept(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, str]]:
    for category in facts.categories:
        name = category_name(facts, category.key)
        found = decided(facts, category)
        if is_general(facts, category):
            yield name, texts("verdict.guarded")
        elif kept := [finding for finding in found if finding.verdict == "keep"]:
            yield name, _how_long(kept, texts)
        elif any(finding.verdict == "not-proven" for finding in found):
            yield name, texts("kept.not-proven")


def _how_long(kept: list[FindingFacts], texts: Texts) -> str:
    open_ended = dict.fromkeys(finding.rule for finding in kept if finding.until is None)
    parts = [texts(f"rule.{rule}.criterion" if rule else "kept.undated") for rule in open_ended]
    if days := sorted({finding.until for finding in kept if finding.until}):
        key = "kept.rolling" if len(days) > 1 else "kept.dated"
        parts.append(texts(key, until=texts.day(days[-1])))
    return "; ".join(parts)


def stop_list(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """What stays of somebody who left, so that marketing does not begin again (Articles 17(1)(c), 21(3))."""
    if not facts.stop_listed:
        return ()
    return (Section(Block.STOP_LIST, texts("stop-list.heading"), (Paragraph(texts("stop-list.text")),)),)
