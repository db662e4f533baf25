"""What was decided, as a table (in block B3), and what other blocks need to know of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from cases.law.holdrules import secret_can_touch
from cases.law.verdicts import LEFT_OUT, NOT_PROVEN
from cases.registers.categories import CATEGORIES
from exports.letter.document import Column, Part, Table
from exports.letter.facts import CaseFacts, CategoryFacts, FindingFacts, PurposeFacts
from exports.letter.matrix import LetterProblem
from exports.letter.texts.reading import Texts

# Records here come and go with orders nobody may hear of, so nothing is said of this person's.
GENERAL_ONLY = frozenset({"retained", "kyc", "disclosures"})
# What nobody decides otherwise for the whole category.
STAYS = frozenset({LEFT_OUT, "others"})
NARROW = ("rows", "period", "from")
NUMBERS = ("rows", "goes", "stays")
GOES = ("erase", "gone")
BY_PURPOSE = frozenset({"objection", "marketing-objection", "consent-withdrawal"})
VERDICT_ORDER = (
    "give", "redact", "port", "describe", "delay", "withhold", "not-portable", "none", "others",
    "erase", "gone", "keep", "restrict", "no-restriction", "corrected", "not-corrected", "changed", "upheld",
    "not-proven", "left-out",
)  # fmt: skip
# What "granted" and "refused" mean where a person decides without findings.
SAID = {
    ("restriction", "granted"): "restrict", ("restriction", "refused"): "no-restriction",
    ("rectification", "granted"): "corrected", ("rectification", "refused"): "not-corrected",
    ("automated-decision", "granted"): "changed", ("automated-decision", "refused"): "upheld",
}  # fmt: skip


def decided(facts: CaseFacts, category: CategoryFacts) -> tuple[FindingFacts, ...]:
    """The findings as decided: the caseworker's outcome in their place where there is one.

    What a source may not hand over nobody could decide, and what another used a number for was decided by itself:
    both stay what they are. Raises LetterProblem for rows to be given with what tells of others covered, where nothing
    is.
    """
    found = _as_decided(facts, category)
    if not category.covered and any(one.verdict == "redact" for one in found):
        raise LetterProblem("not-covered", category.key)
    return found


def _as_decided(facts: CaseFacts, category: CategoryFacts) -> tuple[FindingFacts, ...]:
    if not category.override:
        return category.findings
    stays = tuple(finding for finding in category.findings if finding.verdict in STAYS)
    rows: Counter[tuple[bool, bool]] = Counter()
    for finding in category.findings:
        if finding.verdict not in STAYS:
            rows[finding.by_hand, finding.by_itself] += finding.rows
    verdict = SAID.get((facts.right, category.override), category.override)
    changed = (
        FindingFacts(
            verdict=verdict, rows=n, rule=category.rule, until=category.until, by_hand=hand, by_itself=itself
        )
        for (hand, itself), n in (rows or {(False, False): 0}).items()
    )
    return (*changed, *stays)


def found(facts: CaseFacts) -> tuple[CategoryFacts, ...]:
    """The categories something is decided for; one that was searched and held nothing is not among them."""
    return tuple(category for category in facts.categories if decided(facts, category))


def looked_into(facts: CaseFacts) -> tuple[CategoryFacts, ...]:
    """Those among them of which more is known than that a source may not hand them over."""
    return tuple(
        category
        for category in found(facts)
        if any(finding.verdict != LEFT_OUT for finding in decided(facts, category))
    )


def is_left_out(category: CategoryFacts) -> bool:
    """Whether a source may not hand over some of it."""
    return any(finding.verdict == LEFT_OUT for finding in category.findings)


def only_masked(facts: CaseFacts) -> bool:
    """Whether everything that was found is given, some of it with what tells of others masked."""
    verdicts = {finding.verdict for category in facts.categories for finding in decided(facts, category)}
    return verdicts <= {"give", "redact", "none"}


def is_general(facts: CaseFacts, category: CategoryFacts) -> bool:
    """Whether only a paragraph that is the same for everyone may stand for these findings of an erasure."""
    told = {"erase", "keep", "gone"} | ({LEFT_OUT} if facts.right == "erasure" else set())
    return category.key in GENERAL_ONLY and any(one.verdict in told for one in decided(facts, category))


def category_name(facts: CaseFacts, key: str) -> str:
    """The category's name; the shared table's where the register does not mention it."""
    return (facts.register.categories.get(key) or CATEGORIES[key]).name.get(facts.language)


def category_description(facts: CaseFacts, key: str) -> str:
    """What the category holds, in a sentence."""
    return (facts.register.categories.get(key) or CATEGORIES[key]).description.get(facts.language)


def purpose_name(facts: CaseFacts, code: str) -> str:
    return facts.register.purpose(code).name.get(facts.language)


def given_rows(category: CategoryFacts) -> int:
    return sum(collection.rows for collection in category.collections)


def given_rows_of(facts: CaseFacts) -> int:
    """How many rows are handed over, all in all."""
    return sum(given_rows(category) for category in facts.categories)


def decision_table(facts: CaseFacts, texts: Texts) -> tuple[Part, ...]:
    """The decisions as one table, with the columns that the right calls for; nothing if nothing was decided."""
    columns, rows = _columns_and_rows(facts, texts)
    if not rows:
        return ()
    heads = tuple(
        Column(texts(f"decision.{column}"), numeric=column in NUMBERS, narrow=column in NARROW)
        for column in columns
    )
    return (Table(texts("decision.caption"), heads, rows),)


def _columns_and_rows(facts: CaseFacts, texts: Texts) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    if facts.right in BY_PURPOSE:
        return ("purpose", "outcome", "from"), tuple(_purpose_rows(facts, texts))
    if facts.corrections:
        return ("what", "outcome", "new_value"), tuple(_correction_rows(facts, texts))
    if facts.right == "erasure":
        return ("category", "outcome", "goes", "stays", "until"), tuple(_erasure_rows(facts, texts))
    if facts.right in ("restriction", "rectification", "automated-decision"):
        return ("category", "outcome"), tuple(row[:2] for row in _category_rows(facts, texts))
    return ("category", "outcome", "rows", "period"), tuple(_category_rows(facts, texts))


def _category_rows(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, ...]]:
    for category in found(facts):
        rows = given_rows(category)
        yield (
            category_name(facts, category.key),
            "\n".join(_verdicts(facts, category, texts)),
            texts.number(rows) if rows else texts("page.nothing"),
            texts.period(*_span(category)) if rows else texts("page.nothing"),
        )


def _verdicts(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> Iterator[str]:
    findings = decided(facts, category)
    # Given in part: to say "given" beside it would be to say that all of it is.
    if {"give", "redact"} <= {finding.verdict for finding in findings}:
        findings = tuple(finding for finding in findings if finding.verdict != "give")
    guarded = secret_can_touch(category.key, facts.extended)
    said = dict.fromkeys(
        texts("verdict.erase_guarded")
        if guarded and finding.verdict in ("erase", "gone")
        else _verdict(finding, category, texts)
        for finding in sorted(findings, key=place)
    )
    return iter(said)


def place(finding: FindingFacts) -> int:
    """Where a finding stands among others: what the person gets comes first."""
    if finding.verdict not in VERDICT_ORDER:
        raise LetterProblem("undecided", finding.verdict)
    return VERDICT_ORDER.index(finding.verdict)


def _verdict(finding: FindingFacts, category: CategoryFacts, texts: Texts) -> str:
    if finding.verdict == "delay":
        opens = finding.opens
        return texts("verdict.delay", opens=texts.day(opens)) if opens else texts("verdict.delay_undated")
    if finding.verdict == LEFT_OUT and category.key in GENERAL_ONLY:
        return texts("verdict.guarded")
    if is_erased_by_hand(finding):
        return texts(f"verdict.{finding.verdict}_by_hand")
    return texts(f"verdict.{finding.verdict}")


def is_erased_by_hand(finding: FindingFacts) -> bool:
    """Whether the rows go, but no connector takes them: they are still there when the letter is written."""
    return finding.by_hand and finding.verdict in ("erase", "gone")


def _span(category: CategoryFacts) -> tuple[date | None, date | None]:
    firsts = [c.first_on for c in category.collections if c.first_on]
    lasts = [c.last_on for c in category.collections if c.last_on]
    return min(firsts, default=None), max(lasts, default=None)


def _erasure_rows(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, ...]]:
    for category in found(facts):
        name = category_name(facts, category.key)
        if is_general(facts, category):
            nothing = texts("page.nothing")
            yield name, texts("verdict.guarded"), nothing, nothing, texts("until.guarded")
        else:
            verdicts = "\n".join(_verdicts(facts, category, texts))
            yield name, verdicts, *_counts(facts, category, texts), _until(facts, category, texts)


def _counts(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> tuple[str, str]:
    """How many rows go and how many stay; of what a secret rule can touch no number, whoever asks."""
    if secret_can_touch(category.key, facts.extended):
        return texts("page.nothing"), texts("page.nothing")
    findings = decided(facts, category)
    goes = sum(one.rows for one in findings if one.verdict in GOES)
    stays = sum(one.rows for one in findings if one.verdict == "keep")
    return texts.number(goes), texts.number(stays)


def _until(facts: CaseFacts, category: CategoryFacts, texts: Texts) -> str:
    """The longest time in a word: the last day, or that there is none."""
    found = decided(facts, category)
    kept = [finding for finding in found if finding.verdict == "keep"]
    if not kept:
        waits = any(finding.verdict == NOT_PROVEN for finding in found)
        return texts("until.open" if waits or is_left_out(category) else "until.na")
    return until_of(kept, facts, texts)


def until_of(kept: Sequence[FindingFacts], facts: CaseFacts, texts: Texts) -> str:
    """The last day of what is kept, or that there is none."""
    if open_ended := [finding for finding in kept if finding.until is None]:
        only_contract = {finding.rule for finding in open_ended} == {"CONTRACT"}
        contract = "until.contract_of-another" if facts.contract_is_anothers else "until.contract"
        return texts(contract if only_contract else "until.open")
    days = sorted({finding.until for finding in kept if finding.until})
    last = texts.day(days[-1])
    return texts("until.rolling", last=last) if len(days) > 1 else last


def _purpose_rows(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, ...]]:
    for purpose in facts.purposes:
        if purpose.verdict != "stop" and facts.right != "objection":
            continue
        yield (
            purpose_name(facts, purpose.code),
            texts(_purpose_key(purpose)),
            _in_force(facts, purpose, texts),
        )


def _in_force(facts: CaseFacts, purpose: PurposeFacts, texts: Texts) -> str:
    """Since when a use has stopped; the last day for it where it is still to stop."""
    if purpose.verdict != "stop":
        return texts("page.nothing")
    since = purpose.effective_on or facts.acted_on
    return texts.day(since) if since else texts("decision.latest", latest=texts.day(facts.latest))


def _purpose_key(purpose: PurposeFacts) -> str:
    if purpose.verdict not in ("stop", "continue", "none"):
        raise LetterProblem("undecided", purpose.code)
    goes_on = purpose.verdict == "none" or (purpose.verdict == "continue" and not purpose.reached)
    return "verdict.purpose_none" if goes_on else f"verdict.{purpose.verdict}"


def is_weighed(purpose: PurposeFacts) -> bool:
    """Whether the person's grounds were weighed: where there is a right to object and the use goes on all the same."""
    return purpose.verdict == "continue" and purpose.reached


def _correction_rows(facts: CaseFacts, texts: Texts) -> Iterator[tuple[str, ...]]:
    for correction in facts.corrections:
        key = "verdict.corrected" if correction.new_value else "verdict.not-corrected"
        yield correction.what, texts(key), correction.new_value or texts("page.nothing")
