"""The case as cleared officers may know it: the same law over open and secret rows, with secret orders.

Its findings lie sealed, as a view of their own; its steps stand in the cleared stream of the audit. Nothing of it moves
the case, is counted in it, or can be told from outside.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from cases.assessment.assessing import Tally, findings
from cases.assessment.situations import all_orders_on, cleared_situation_of, sealed_orders_on
from cases.casework import audit, case_clock
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.law.decisions import judge, judge_cleared, judge_gone
from cases.law.situation import ClearedSituation, Record, SecretRecord
from cases.law.verdicts import Verdict
from cases.models import Case, Finding, Order, Run, User
from cases.models.case import Stage
from cases.models.decisions import View
from cases.models.secrecy import Kind
from cases.rows.signatures import hidden_signatures, signatures
from cases.sealed import secrets

# Rows with one signature, how many they are, and what becomes of them.
Judged = tuple[Record | SecretRecord, int, Verdict]
# Before this nothing was gathered that could be judged.
UNGATHERED = frozenset({Stage.VERIFICATION, Stage.MATCHING, Stage.COLLECTION})


@dataclass(frozen=True)
class Hidden:
    """Rows of one collection that uncleared staff do not know of, or know under another verdict."""

    source: str
    collection: str
    category: str
    kind: str
    rows: int
    verdict: str
    rule: str
    until: date | None
    first_on: date | None
    last_on: date | None
    # The code of why a cleared officer has to look; approving the sealed annex settles it.
    review: str = ""


def secret_orders_on(case: Case, *, by: User) -> list[Order]:
    """The secret orders about this person. PermissionDenied without clearance."""
    require(by, case.operator, Permission.SEE_SECRET)
    return sealed_orders_on(case)


@transaction.atomic
def assess_cleared(case: Case, *, by: User) -> int:
    """Judge every row, secret ones included, into findings of the cleared view. Returns how many rows.

    PermissionDenied without clearance, Refusal wrong-stage before anything is gathered. Safe to repeat.
    """
    _may_look(case, by)
    # Two who judge at once would leave everything twice.
    case = lock(case.pk)
    situation, orders, rows = _cleared(case), all_orders_on(case), 0
    secrets.drop(*_kept_findings(case))
    for run in case.runs.all():
        run.case = case
        judged = [
            *(
                (record, count, judge_cleared(record, situation))
                for record, count in signatures(run, orders).items()
            ),
            *_hidden_rows(run, orders, situation),
        ]
        told = ((verdict, count, record.at) for record, count, verdict in judged)
        for one in findings(run, told, View.CLEARED):
            secrets.keep(Kind.FINDING, case.operator_id, str(case.pk), one)
        rows += sum(count for _record, count, _verdict in judged)
    audit.record(case, "cleared.assessed", by=by, stream="cleared", rows=rows)
    return rows


def hidden(case: Case, *, by: User) -> list[Hidden]:
    """What the open view lacks: secret rows, and rows that only a secret order keeps."""
    _may_look(case, by)
    situation, orders = _cleared(case), all_orders_on(case)
    found: list[Hidden] = []
    for run in case.runs.all():
        run.case = case
        judged: list[Judged] = [
            (record, count, verdict)
            for record, count in signatures(run, orders).items()
            if _conclusion(judge(record, situation.ordinary))
            != _conclusion(verdict := judge_cleared(record, situation))
        ]
        found += _hidden(run, [*judged, *_hidden_rows(run, orders, situation)])
    return found


def found_with_clearance(case: Case, *, by: User) -> list[Finding] | None:
    """What the last judging with everything found and others do not see, with the rows there are more of.

    None where nobody has judged so since the case was judged. PermissionDenied without clearance.
    """
    require(by, case.operator, Permission.SEE_SECRET)
    if not (every := cleared_findings(case)):
        return None
    open_rows: Counter[tuple[object, ...]] = Counter()
    for one in Finding.objects.filter(run__case=case):
        open_rows[_mark(one)] += one.rows
    more = []
    for one in every:
        if one.rows > open_rows[_mark(one)]:
            one.rows -= open_rows[_mark(one)]
            more.append(one)
    return more


def cleared_findings(case: Case) -> list[Finding]:
    """The findings of the cleared view, in the order of the others. Raises NotCleared."""
    runs = {run.pk: run for run in case.runs.all()}
    # What was judged of rows that are gathered again since lies there until the case is compared.
    found = [one for one in _kept_findings(case) if one.run_id in runs]
    for one in found:
        one.run = runs[one.run_id]
    return sorted(found, key=lambda one: (one.run_id, one.verdict, one.until or date.max, one.pk))


def _kept_findings(case: Case) -> list[Finding]:
    return secrets.about(Finding, Kind.FINDING, case.operator_id, str(case.pk))


def _mark(one: Finding) -> tuple[object, ...]:
    return one.run_id, one.verdict, one.rule, one.until


def _hidden_rows(run: Run, orders: list[Order], situation: ClearedSituation) -> Iterator[Judged]:
    """Rows the ordinary view does not have: of a secret kind, or gone as far as others know."""
    for record, count in hidden_signatures(run, orders).items():
        if isinstance(record, Record):
            yield record, count, judge_gone(record, situation)
        else:
            yield record, count, judge_cleared(record, situation)


def _may_look(case: Case, by: User) -> None:
    require(by, case.operator, Permission.SEE_SECRET)
    if case.stage in UNGATHERED:
        raise Refusal("wrong-stage", stage=case.get_stage_display())


def _cleared(case: Case) -> ClearedSituation:
    return cleared_situation_of(case, case_clock.today(case))


def _conclusion(verdict: Verdict) -> tuple[str, str | None, date | None]:
    return verdict.verdict, verdict.rule, verdict.until


def _hidden(run: Run, judged: list[Judged]) -> list[Hidden]:
    tallies: dict[tuple[str, str, str, date | None, str], Tally] = defaultdict(Tally)
    for record, count, verdict in judged:
        review = verdict.review.code if verdict.review else ""
        mark = (record.kind, str(verdict.verdict), verdict.rule or "", verdict.until, review)
        tallies[mark].add(count, record.at)
    return [
        Hidden(
            source=run.source,
            collection=run.collection,
            category=run.category,
            kind=mark[0],
            rows=tally.rows,
            verdict=mark[1],
            rule=mark[2],
            until=mark[3],
            first_on=tally.first,
            last_on=tally.last,
            review=mark[4],
        )
        for mark, tally in sorted(tallies.items(), key=str)
    ]
