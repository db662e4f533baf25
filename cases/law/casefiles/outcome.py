"""What the product's own clock, holds and decisions make of a case file, with the keys of its `[expect]`."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from cases.law.casefiles.reading import PolicyCase, cleared, cleared_records, records
from cases.law.decisions import judge, judge_cleared, judge_purpose
from cases.law.holds import last_day_of, notice_window
from cases.law.reasons import say
from cases.law.situation import IpredNotice, OpenOrder, Preservation, Right
from cases.law.verdicts import Verdict

Outcome = dict[str, Any]
BY_PURPOSE = frozenset({Right.OBJECTION, Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL})


def outcome(case: PolicyCase) -> Outcome:
    """Everything that may be known without clearance."""
    verdicts = {name: judge(record, case.situation) for name, record in records(case).items()}
    return _outcome(case, verdicts, case.situation.orders)


def cleared_outcome(case: PolicyCase) -> Outcome:
    """The same with secret records and orders taking part."""
    situation = cleared(case)
    verdicts = {name: judge_cleared(record, situation) for name, record in cleared_records(case).items()}
    return _outcome(case, verdicts, (*case.situation.orders, *situation.secret_orders))


def _outcome(
    case: PolicyCase, verdicts: Mapping[str, Verdict], orders: Iterable[OpenOrder | Preservation]
) -> Outcome:
    found: Outcome = {
        "due": case.clock.due,
        "extended_due": case.clock.extended_due,
        "record": {} if case.situation.right in BY_PURPOSE else _written(verdicts),
        "purpose": _written(_purposes(case)),
        "order": _orders(orders),
    }
    if notes := [say(step) for step in case.clock.steps if step.code == "clock.pause-late"]:
        found["notes"] = notes
    return found


def _purposes(case: PolicyCase) -> dict[str, Verdict]:
    judged = ((each.code, judge_purpose(each, case.situation)) for each in case.register.purposes)
    return {code: verdict for code, verdict in judged if verdict is not None}


def _written(verdicts: Mapping[str, Verdict]) -> Outcome:
    return {name: _verdict(verdict) for name, verdict in verdicts.items()}


def _verdict(verdict: Verdict) -> Outcome:
    words: Outcome = {
        "verdict": str(verdict.verdict),
        "until": verdict.until,
        "from": verdict.from_,
        "rule": verdict.rule,
        "why": say(verdict.why),
    }
    return words | ({"review": say(verdict.review)} if verdict.review else {})


def _orders(orders: Iterable[OpenOrder | Preservation]) -> dict[str, dict[str, date | None]]:
    """By rule; a second order under the same rule is `RULE#2`."""
    found: dict[str, dict[str, date | None]] = {}
    for order in orders:
        before = sum(name.partition("#")[0] == order.rule for name in found)
        found[f"{order.rule}#{before + 1}" if before else order.rule] = _order(order)
    return found


def _order(order: OpenOrder | Preservation) -> dict[str, date | None]:
    until = last_day_of(order)
    if not isinstance(order, IpredNotice):
        return {"until": until}
    first, last = notice_window(order)
    return {"notice_from": first, "notice_to": last, "until": until}
