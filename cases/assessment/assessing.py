"""Stage 5: what the law makes of the gathered rows.

Every row is reduced to its signature, each signature judged once, and the counts kept; given and withheld always add
up to what was collected. From the counts one decision a category (or purpose) is proposed, for a person to confirm.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from cases.assessment import over_retained
from cases.assessment.situations import open_orders_on, refresh, situation_of
from cases.casework import audit, case_clock
from cases.casework.operators import register_of_case
from cases.casework.workflow import advance, take
from cases.law import reasons
from cases.law.decisions import Verdict, judge, judge_purpose, review_not_gathered
from cases.law.situation import Record, Situation
from cases.law.verdicts import LEFT_OUT, NOT_PROVEN, PARTLY, Confirms, who_confirms
from cases.models import Case, Decision, Finding, Order, Run
from cases.models.case import Right, Stage
from cases.models.decisions import View
from cases.registers.register import Register
from cases.rows import counted, rowkeys
from cases.rows.signatures import signatures

Status = Decision.Status
# What these rights stop is a use, not a row (Articles 7(3) and 21).
BY_PURPOSE = frozenset({Right.OBJECTION, Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL})


@dataclass
class Tally:
    """So many rows with one verdict, and the span of days they are of."""

    rows: int = 0
    first: date | None = None
    last: date | None = None

    def add(self, count: int, day: date | None) -> None:
        self.rows += count
        if day is not None:
            self.first = min(self.first or day, day)
            self.last = max(self.last or day, day)


@transaction.atomic
def assess(case_id: int) -> None:
    """Judge everything gathered and propose decisions. Safe to repeat; decided categories keep their decision."""
    case = take(case_id, Stage.HOLDS)
    if case is None:
        return
    runs, orders = list(case.runs.all()), open_orders_on(case)
    # The case at hand, or each run would fetch it again.
    for run in runs:
        run.case = case
    # First: the situation reads the claims and the contract's end that this writes down.
    refresh(case, runs)
    over_retained.ask(case)
    situation = situation_of(case, case_clock.today(case), orders)
    for run in runs:
        _find(run, situation, orders)
    _propose(case, situation)
    advance(
        case, Stage.DECISIONS, by=audit.SYSTEM, decided=situation.decided, decisions=case.decisions.count()
    )


def _find(run: Run, situation: Situation, orders: list[Order]) -> None:
    if not rowkeys.kept_for(run):
        counted.renew(run)
    found = signatures(run, orders).items()
    judged = ((judge(record, situation), count, record.at) for record, count in found)
    run.findings.all().delete()
    # A finding without rows, so that a decision and the letter speak of what was left out.
    left_out = [_not_gathered(run, LEFT_OUT, situation)] if run.status == Run.Status.LEFT_OUT else []
    Finding.objects.bulk_create([*findings(run, judged, View.OPEN), *left_out])


def _not_gathered(run: Run, verdict: str, situation: Situation) -> Finding:
    review = reasons.stored(review_not_gathered(run.category, situation))
    return Finding(run=run, verdict=verdict, rows=0, review=review)


def findings(run: Run, judged: Iterable[tuple[Verdict, int, date | None]], view: View) -> list[Finding]:
    """One finding a verdict, not yet saved, from each signature's verdict, rows and day."""
    tallies: dict[Verdict, Tally] = defaultdict(Tally)
    for verdict, count, day in judged:
        tallies[verdict].add(count, day)
    return [_finding(run, view, verdict, tally) for verdict, tally in tallies.items()]


def _finding(run: Run, view: View, verdict: Verdict, tally: Tally) -> Finding:
    return Finding(
        run=run,
        view=view,
        verdict=verdict.verdict,
        rule=verdict.rule or "",
        until=verdict.until,
        opens=verdict.from_,
        why=reasons.stored(verdict.why),
        review=reasons.stored(verdict.review),
        rows=tally.rows,
        first_on=tally.first,
        last_on=tally.last,
    )


def _propose(case: Case, situation: Situation) -> None:
    register = register_of_case(case)
    proposals = (
        _by_purpose(register, situation) if case.right in BY_PURPOSE else _by_category(case, situation)
    )
    # What a person settled stands as long as the proposal is the same; a new one is theirs to see again.
    there = {one.subject: one for one in case.decisions.all()}
    fresh, kept = [], []
    for decision in proposals:
        earlier = there.get(decision.subject)
        if earlier and earlier.status != Status.PROPOSED and _same_proposal(earlier, decision):
            kept.append(earlier.pk)
        else:
            decision.case = case
            if earlier:
                _remember(earlier, decision)
            decision.register_text = _register_text(register, decision.subject, case.language)
            fresh.append(decision)
    case.decisions.exclude(pk__in=kept).delete()
    Decision.objects.bulk_create(fresh)


def _remember(earlier: Decision, now: Decision) -> None:
    """What somebody had decided stays beside what is proposed now, with its reason: they may take it over."""
    if earlier.status == Status.PROPOSED:
        now.before, now.before_reason = earlier.before, earlier.before_reason
        return
    now.before = {
        "outcome": earlier.outcome,
        "proposed": earlier.proposed,
        "rule": earlier.rule,
        "changed": earlier.status == Status.OVERRIDDEN,
        "ground": earlier.ground,
        "fee": earlier.fee,
    }
    now.before_reason = earlier.reason


def _same_proposal(earlier: Decision, now: Decision) -> bool:
    # What somebody has to look at for another reason than before, nobody has looked at.
    return _shown(earlier) == _shown(now)


def _shown(decision: Decision) -> tuple[object, ...]:
    return decision.proposed, decision.rule, decision.until, decision.review


def _by_purpose(register: Register, situation: Situation) -> Iterable[Decision]:
    for purpose in register.purposes:
        verdict = judge_purpose(purpose, situation)
        # The rights in BY_PURPOSE all have a ruling on purposes.
        assert verdict is not None
        yield Decision(
            subject=purpose.code,
            proposed=verdict.verdict,
            outcome=verdict.verdict,
            review=reasons.stored(verdict.review),
        )


def _by_category(case: Case, situation: Situation) -> Iterable[Decision]:
    findings: dict[str, list[Finding]] = defaultdict(list)
    for run in case.runs.prefetch_related("findings"):
        findings[run.category].extend(run.findings.all())
        # Nothing was gathered, and the letter still has to say what a stronger proof would open.
        if run.status == Run.Status.NOT_PROVEN:
            findings[run.category].append(_not_gathered(run, NOT_PROVEN, situation))
    for category, found in findings.items():
        if found:
            yield propose(category, found)


def propose(category: str, findings: list[Finding]) -> Decision:
    """One decision from the counts of a category: their common verdict, or `partly`; the longest hold is named.

    It is about what was gathered: a collection that was left out beside others stands in the letter on its own.
    """
    every = {finding.verdict for finding in findings}
    verdicts = every - {LEFT_OUT} or every
    held = [finding for finding in findings if finding.rule]
    # What has no end yet outlasts every day.
    leading = max(held, key=lambda finding: (finding.until is None, finding.until or date.min), default=None)
    outcome = verdicts.pop() if len(verdicts) == 1 else PARTLY
    return Decision(
        subject=category,
        proposed=outcome,
        outcome=outcome,
        rule=leading.rule if leading else "",
        until=leading.until if leading else None,
        review=_review(findings),
    )


def _review(findings: list[Finding]) -> dict[str, Any]:
    """Why a person has to look: at what was gathered first, where there is some, and at what is for a lawyer."""
    looks = [finding for finding in findings if finding.review]
    strictness = list(Confirms)

    def weight(finding: Finding) -> tuple[bool, int]:
        return finding.rows > 0, strictness.index(who_confirms(finding.review["code"]))

    return max(looks, key=weight).review if looks else {}


def _register_text(register: Register, subject: str, language: str) -> dict[str, str]:
    """The register's own words about what was decided, frozen with the decision."""
    purpose = next((one for one in register.purposes if one.code == subject), None)
    entry = purpose or register.categories.get(subject)
    if entry is None:
        return {}
    return {"name": entry.name.get(language), "description": entry.description.get(language)}


def effective(verdict: str, decision: Decision | None) -> str:
    """A row's verdict after the caseworker's: a changed decision replaces it, but never what a row is not."""
    if decision is None or decision.status != Status.OVERRIDDEN or verdict in {"gone", "none", "others"}:
        return verdict
    return decision.outcome


def verdict_for(case: Case, run: Run, judged: Callable[[Record], Verdict]) -> Callable[[Record], str]:
    """The effective verdict of each row of a run, every signature judged once."""
    decision = case.decisions.filter(subject=run.category).first()
    seen: dict[Record, str] = {}

    def verdict_of(record: Record) -> str:
        if record not in seen:
            seen[record] = effective(judged(record).verdict, decision)
        return seen[record]

    return verdict_of
