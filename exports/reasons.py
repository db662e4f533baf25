"""Why, and for how long: blocks B4 and B5 (Article 12(4) GDPR)."""

from collections.abc import Iterable, Iterator

from cases.holdrules import rule as hold_rule
from cases.holdrules import secret_can_touch
from exports.decided import category_name, decided, is_general, place, purpose_name
from exports.document import Pairs, Paragraph, Section
from exports.facts import IN_PACKAGE, AbuseFacts, CaseFacts, CategoryFacts, FindingFacts, PurposeFacts
from exports.matrix import Block, LetterProblem
from exports.texts import Texts


def reasons(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """B4: the fact and the rule behind every no, every masked row and every delay (Article 12(4))."""
    if facts.abuse:
        return (_abuse(facts.abuse, texts),)
    by_reason: dict[str, list[str]] = {}
    for name, reason in _reasons(facts, texts):
        by_reason.setdefault(reason, []).append(name)
    items = tuple((texts.series(dict.fromkeys(names)), reason) for reason, names in by_reason.items())
    return (Section(Block.REASONS, texts("reasons.heading"), (Pairs(items),)),) if items else ()


def _abuse(abuse: AbuseFacts, texts: Texts) -> Section:
    said = [texts("abuse.text", proof=abuse.proof)]
    if abuse.fee:
        said.append(texts("abuse.fee", fee=abuse.fee))
    said.append(_ground(texts, texts("ground.abuse")))
    return Section(Block.REASONS, texts("abuse.heading"), tuple(Paragraph(text) for text in said))


def _reasons(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, str]]:
    """(what it is about, why) in the letter's order."""
    for category in facts.categories:
        for reason in _category_reasons(facts, category, texts):
            yield category_name(facts, category.key), reason
    for purpose in facts.purposes:
        if reason := _purpose_reason(facts, purpose, texts):
            yield purpose_name(facts, purpose.code), reason
    for correction in facts.corrections:
        if not correction.new_value:
            said = texts("reasons.override", reason=correction.reason)
            yield correction.what, f"{said} {_ground(texts, texts('ground.rectification'))}"
    if facts.review and facts.outcome != "granted":
        said = texts("reasons.override", reason=facts.review.reasons)
        yield facts.review.decision, f"{said} {_ground(texts, texts('ground.review'))}"


def _category_reasons(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> Iterator[str]:
    if is_general(category):
        yield _general(facts, category, texts)
        return
    if category.override and category.reason:
        yield texts("reasons.override", reason=category.reason)
        return
    for finding in sorted(decided(category), key=place):
        if reason := _finding_reason(finding, category, texts):
            yield reason


def _general(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> str:
    key = f"retained_{facts.register.country}" if category.key == "retained" else category.key
    return f"{texts(f'guarded.{key}')} {_ground(texts, texts('ground.erasure'))}"


def _finding_reason(finding: FindingFacts, category: CategoryFacts, texts: Texts) -> str:
    """Why a row is not simply given, erased or carried over; nothing where it is."""
    verdict, rule = finding.verdict, finding.rule
    if rule and rule != "CONTRACT" and hold_rule(rule).secret:
        raise LetterProblem("secret-rule", rule)
    if verdict in IN_PACKAGE - {"redact"} or verdict in ("erase", "none", "restrict"):
        return ""
    if verdict == "gone":
        return "" if secret_can_touch(category.key) else _why("reasons.gone", "gone", texts)
    if verdict == "delay":
        when = texts("reasons.delay_on", opens=texts.day(finding.opens)) if finding.opens else ""
        said = texts("reasons.delay", when=when or texts("reasons.delay_later"))
        return f"{said} {_ground(texts, texts('ground.delay'))}"
    if verdict == "keep":
        said = texts(f"rule.{rule}.why" if rule else "reasons.keep")
        return f"{said} {_ground(texts, rule_ground(rule, texts))}"
    if verdict == "describe":
        said = texts(f"rule.{rule}.why") if rule else texts("reasons.withhold")
        return f"{said} {_ground(texts, texts('ground.describe'))}"
    plain = {"redact": "redact", "not-portable": "not_portable", "no-restriction": "no_restriction"}
    ground = {"no-restriction": "restriction"}.get(verdict, verdict)
    return _why(f"reasons.{plain.get(verdict, 'withhold')}", ground, texts)


def _why(key: str, ground: str, texts: Texts) -> str:
    return f"{texts(key)} {_ground(texts, texts(f'ground.{ground}'))}"


def _ground(texts: Texts, ground: str) -> str:
    return texts("reasons.ground", ground=ground)


def rule_ground(rule: str, texts: Texts) -> str:
    """The article and the section of law that a hold rule rests on, as the letter quotes them."""
    if rule == "CONTRACT":
        return texts("ground.contract")
    ground = hold_rule(rule).ground if rule else None
    return ground.get(texts.language) if ground else texts("ground.erasure")


def _purpose_reason(facts: CaseFacts, purpose: PurposeFacts, texts: Texts) -> str:
    if facts.right != "objection" or purpose.verdict == "stop":
        return ""
    if purpose.verdict == "none":
        return _why("reasons.purpose_none", "purpose", texts)
    said = texts("reasons.purpose_keep", reason=purpose.reason)
    return f"{said} {_ground(texts, texts('ground.purpose'))}"


def kept_until(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """B5: how long each kept category stays, by its longest rule and by the rule's own words."""
    items = tuple(_kept(facts, texts))
    if not items:
        return ()
    note = Paragraph(texts("kept.note"))
    return (Section(Block.KEPT_UNTIL, texts("kept.heading"), (Pairs(items), note)),)


def _kept(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, str]]:
    for category in facts.categories:
        name = category_name(facts, category.key)
        if facts.right != "erasure":
            continue
        if is_general(category):
            yield name, texts("verdict.guarded")
        elif kept := [finding for finding in decided(category) if finding.verdict == "keep"]:
            yield name, _how_long(kept, texts)


def _how_long(kept: Iterable[FindingFacts], texts: Texts) -> str:
    kept = list(kept)
    open_ended = dict.fromkeys(finding.rule for finding in kept if finding.until is None)
    parts = [texts(f"rule.{rule}.criterion" if rule else "kept.undated") for rule in open_ended]
    if days := sorted({finding.until for finding in kept if finding.until}):
        key = "kept.rolling" if len(days) > 1 else "kept.dated"
        parts.append(texts(key, until=texts.day(days[-1])))
    return "; ".join(parts)
