"""What was decided, why, and how long what stays is kept: blocks B3, B4 and B5."""

from collections.abc import Iterable, Iterator
from datetime import date

from cases.holdrules import rule as hold_rule
from cases.holdrules import secret_can_touch
from exports.document import Column, Pairs, Paragraph, Part, Section, Table
from exports.facts import IN_PACKAGE, CaseFacts, CategoryFacts, FindingFacts, PurposeFacts
from exports.matrix import Block, LetterProblem
from exports.texts import Texts

# Records here come and go with orders nobody may hear of, so nothing is said of this person's.
GENERAL_ONLY = frozenset({"retained", "kyc", "disclosures"})
BY_CATEGORY = frozenset({"access", "portability", "erasure", "restriction"})
BY_PURPOSE = frozenset({"objection", "marketing-objection", "consent-withdrawal"})
VERDICT_ORDER = (
    "give", "redact", "port", "describe", "delay", "withhold", "not-portable", "none",
    "erase", "gone", "keep", "restrict", "no-restriction",
)  # fmt: skip


def decided(category: CategoryFacts) -> tuple[FindingFacts, ...]:
    """The findings as decided: the caseworker's outcome in their place where there is one."""
    if category.override:
        rows = sum(finding.rows for finding in category.findings)
        return (FindingFacts(verdict=category.override, rows=rows),)
    return category.findings


def is_general(category: CategoryFacts) -> bool:
    """Whether only a paragraph that is the same for everyone may stand for these findings."""
    kept = {finding.verdict for finding in decided(category)} & {"erase", "keep", "gone"}
    return bool(kept) and category.key in GENERAL_ONLY


def category_name(facts: CaseFacts, key: str) -> str:
    return facts.register.categories[key].name.get(facts.language)


def purpose_name(facts: CaseFacts, code: str) -> str:
    return facts.register.purpose(code).name.get(facts.language)


def given_rows(category: CategoryFacts) -> int:
    return sum(collection.rows for collection in category.collections)


def given_rows_of(facts: CaseFacts) -> int:
    """How many rows are handed over, all in all."""
    return sum(given_rows(category) for category in facts.categories)


def decision_table(facts: CaseFacts, texts: Texts) -> tuple[Part, ...]:
    """The decisions as one table, with the columns that the right calls for; nothing if nothing was decided."""
    if facts.right in BY_PURPOSE:
        columns, rows = ("purpose", "outcome", "from"), list(_purpose_rows(facts, texts))
    elif facts.right == "rectification":
        columns, rows = ("what", "outcome", "new_value"), list(_correction_rows(facts, texts))
    elif facts.right == "erasure":
        columns, rows = ("category", "outcome", "until"), list(_erasure_rows(facts, texts))
    elif facts.right == "restriction":
        columns, rows = ("category", "outcome"), [row[:2] for row in _category_rows(facts, texts)]
    else:
        columns, rows = ("category", "outcome", "rows", "period"), list(_category_rows(facts, texts))
    if not rows:
        return ()
    heads = tuple(Column(texts(f"decision.{column}"), numeric=column == "rows") for column in columns)
    return (Table(texts("decision.caption"), heads, tuple(rows)),)


def _category_rows(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, ...]]:
    for category in facts.categories:
        rows = given_rows(category)
        yield (
            category_name(facts, category.key),
            "\n".join(_verdicts(category, texts)),
            texts.number(rows) if rows else texts("page.nothing"),
            texts.period(*_span(category)) if rows else texts("page.nothing"),
        )


def _verdicts(category: CategoryFacts, texts: Texts) -> Iterator[str]:
    findings = decided(category)
    if {"give", "redact"} <= {finding.verdict for finding in findings}:
        findings = tuple(finding for finding in findings if finding.verdict != "give")
    said = dict.fromkeys(_verdict(finding, category, texts) for finding in sorted(findings, key=_place))
    return iter(said)


def _place(finding: FindingFacts) -> int:
    return VERDICT_ORDER.index(finding.verdict)


def _verdict(finding: FindingFacts, category: CategoryFacts, texts: Texts) -> str:
    if finding.verdict == "delay":
        opens = finding.opens
        return texts("verdict.delay", opens=texts.day(opens)) if opens else texts("verdict.delay_undated")
    if finding.verdict in ("erase", "gone") and secret_can_touch(category.key):
        return texts("verdict.erase_guarded")
    return texts(f"verdict.{finding.verdict}")


def _span(category: CategoryFacts) -> tuple[date | None, date | None]:
    firsts = [c.first_on for c in category.collections if c.first_on]
    lasts = [c.last_on for c in category.collections if c.last_on]
    return min(firsts, default=None), max(lasts, default=None)


def _erasure_rows(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, ...]]:
    for category in facts.categories:
        name = category_name(facts, category.key)
        if is_general(category):
            yield name, texts("verdict.guarded"), texts("until.guarded")
        else:
            yield name, "\n".join(_verdicts(category, texts)), _until(category, texts)


def _until(category: CategoryFacts, texts: Texts) -> str:
    """The longest time in a word: the last day, or that there is none."""
    kept = [finding for finding in decided(category) if finding.verdict == "keep"]
    if not kept:
        return texts("until.na")
    if open_ended := [finding for finding in kept if finding.until is None]:
        only_contract = {finding.rule for finding in open_ended} == {"CONTRACT"}
        return texts("until.contract" if only_contract else "until.open")
    days = sorted({finding.until for finding in kept if finding.until})
    last = texts.day(days[-1])
    return texts("until.rolling", last=last) if len(days) > 1 else last


def _purpose_rows(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, ...]]:
    for purpose in facts.purposes:
        since = purpose.effective_on or facts.acted_on
        stops = purpose.verdict == "stop" and since
        yield (
            purpose_name(facts, purpose.code),
            texts(_purpose_key(facts, purpose)),
            texts.day(since) if stops and since else texts("page.nothing"),
        )


def _purpose_key(facts: CaseFacts, purpose: PurposeFacts) -> str:
    if purpose.verdict == "continue" and facts.right != "objection":
        return "verdict.purpose_continue"
    return "verdict.purpose_none" if purpose.verdict == "none" else f"verdict.{purpose.verdict}"


def _correction_rows(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, ...]]:
    for correction in facts.corrections:
        key = "verdict.corrected" if correction.new_value else "verdict.not-corrected"
        yield correction.what, texts(key), correction.new_value or texts("page.nothing")


def reasons(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """B4: the fact and the rule behind every no, every masked row and every delay (Article 12(4))."""
    if facts.abuse:
        key = "abuse.fee" if facts.abuse.fee else "abuse.text"
        said = [texts("abuse.text", proof=facts.abuse.proof)]
        said += [texts(key, fee=facts.abuse.fee)] if facts.abuse.fee else []
        said.append(_ground(texts, texts("ground.abuse")))
        return (Section(Block.REASONS, texts("abuse.heading"), tuple(Paragraph(text) for text in said)),)
    by_reason: dict[str, list[str]] = {}
    for name, reason in _reasons(facts, texts):
        by_reason.setdefault(reason, []).append(name)
    items = tuple((texts.listing(dict.fromkeys(names)), reason) for reason, names in by_reason.items())
    return (Section(Block.REASONS, texts("reasons.heading"), (Pairs(items),)),) if items else ()


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
    if facts.review and facts.review.result != "changed":
        said = texts("reasons.override", reason=facts.review.reasons)
        yield facts.review.decision, f"{said} {_ground(texts, texts('ground.review'))}"


def _category_reasons(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> Iterator[str]:
    if is_general(category):
        yield _general(facts, category, texts)
        return
    if category.override and category.reason:
        yield texts("reasons.override", reason=category.reason)
        return
    for finding in sorted(decided(category), key=_place):
        if reason := _finding_reason(finding, category, texts):
            yield reason


def _general(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> str:
    key = f"retained_{facts.register.country}" if category.key == "retained" else category.key
    return f"{texts(f'guarded.{key}')} {_ground(texts, texts('ground.erasure'))}"


def _finding_reason(finding: FindingFacts, category: CategoryFacts, texts: Texts) -> str:
    """Why a row is not simply given, erased or carried over; nothing where it is."""
    verdict, rule = finding.verdict, finding.rule
    if rule and rule != "CONTRACT" and _row(rule).secret:
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
        said = texts(f"rule.{rule}.why")
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


def _row(rule: str) -> object:
    return hold_rule(rule)


def rule_ground(rule: str, texts: Texts) -> str:
    """The article and the section of law that a hold rule rests on, as the letter quotes them."""
    if rule == "CONTRACT":
        return texts("ground.contract")
    ground = hold_rule(rule).ground
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
    parts = [texts(f"rule.{rule}.criterion") for rule in open_ended]
    if days := sorted({finding.until for finding in kept if finding.until}):
        key = "kept.rolling" if len(days) > 1 else "kept.dated"
        parts.append(texts(key, until=texts.day(days[-1])))
    return "; ".join(parts)
