"""What a package says of each place that was asked: how much was found and given, and under which rule the rest is not.

Of the ordinary view, as the letter. Of what a secret rule can touch it says that it was asked, whoever asks, and how
much lies in the package; anything more could differ with an order.
"""

from collections import Counter
from collections.abc import Iterator

from cases.assessment.reviews import is_abusive
from cases.law.holdrules import rule as hold_rule
from cases.law.holdrules import secret_can_touch
from cases.law.verdicts import NOT_PROVEN, Ruling
from cases.models import Case, Finding, Run
from cases.models.case import Right
from cases.sources.configured import names_of
from exports.letter.facts import IN_PACKAGE, CaseFacts, CategoryFacts, file_stem
from exports.letter.matrix import LetterProblem

Said = dict[str, object]
# What was never looked into, by a rule that knows nothing of orders.
STATES = {Run.Status.NOT_PROVEN: "not-proven", Run.Status.UNSEARCHED: "not-searched"}
HANDS_OVER_DATA = frozenset({Right.ACCESS, Right.PORTABILITY})


def asked(case: Case, facts: CaseFacts) -> Iterator[Said]:
    """Each place, with its ``state``: searched, nothing-held, left-out, not-proven, not-searched, general.

    Nothing of a request that is refused as abusive. Raises LetterProblem for a rule nobody may hear of.
    """
    if is_abusive(case):
        return
    categories = {category.key: category for category in facts.categories}
    for run in case.runs.prefetch_related("findings").order_by("source", "collection"):
        source, collection = names_of(case.operator_id, run.source, run.collection, case.language)
        place = {"source": run.source, "collection": run.collection, "category": run.category}
        yield {**place, "name": f"{source}: {collection}", **_said(case, run, facts, categories)}


def _said(case: Case, run: Run, facts: CaseFacts, categories: dict[str, CategoryFacts]) -> Said:
    if (state := STATES.get(Run.Status(run.status))) is not None:
        return {"state": state}
    category = categories.get(run.category)
    given = _given(run, category)
    named: Said = {"file": f"data/{file_stem(run.category, run.source, run.collection)}"} if given else {}
    if secret_can_touch(run.category, facts.extended):
        return {"state": "general", **({"given": given} if given else {}), **named}
    if run.status == Run.Status.LEFT_OUT:
        return {"state": "left-out"}
    counts = _counts(run, category)
    if not (found := sum(counts.values())):
        return {"state": "nothing-held"}
    told = [{"rows": n, "verdict": verdict, "rule": rule} for (verdict, rule), n in sorted(counts.items())]
    if case.right not in HANDS_OVER_DATA:
        return {"state": "searched", "found": found, "decided": told}
    withheld = [one for one in told if one["verdict"] not in IN_PACKAGE]
    return {"state": "searched", "found": found, "given": given, "withheld": withheld, **named}


def _given(run: Run, category: CategoryFacts | None) -> int:
    places = category.collections if category else ()
    return sum(one.rows for one in places if (one.source, one.collection) == (run.source, run.collection))


def _counts(run: Run, category: CategoryFacts | None) -> Counter[tuple[str, str]]:
    """Rows by verdict and rule, as decided. What is somebody else's is not counted: it would tell of them."""
    counts: Counter[tuple[str, str]] = Counter()
    for finding in run.findings.all():
        if finding.verdict in (NOT_PROVEN, Ruling.OTHERS):
            continue
        counts[_decided(finding, category)] += finding.rows
    return counts


def _decided(finding: Finding, category: CategoryFacts | None) -> tuple[str, str]:
    verdict, rule = (category.override, category.rule) if category and category.override else _own(finding)
    if rule not in ("", "CONTRACT") and hold_rule(rule).secret:
        raise LetterProblem("secret-rule", rule)
    return verdict, rule


def _own(finding: Finding) -> tuple[str, str]:
    return finding.verdict, finding.rule
