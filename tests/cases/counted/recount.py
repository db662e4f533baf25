"""The same figures counted one case after the other, without a database's help: slowly, and so that it can be read."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

from cases.models import Case, Operator
from tests.cases.counted.made_up import local_day

Line = tuple[str, date | None, str, str]
ANSWERED = {"granted", "partly", "refused", "nothing-held"}
KEPT_NOTHING_BACK = {"give", "port", "erase", "gone", "stop", "granted", "none", "others"}
DESK = {
    "claims-to-check", "authority-to-check", "child-to-hear", "person-to-confirm", "number-to-confirm", "another-shown",
    "leads-nowhere", "by-hand", "recipients", "receiver-refused", "answer-to-read", "returned",
}  # fmt: skip


def recount(operator: Operator, today: date) -> Counter[Line]:
    cases = Case.objects.filter(operator=operator).select_related("abuse", "authority_refusal")
    whole = cases.prefetch_related("clock_events", "decisions", "corrections", "runs")
    return Counter(line for case in whole for line in _of(case, today))


def _of(case: Case, today: date) -> Iterator[Line]:
    def line(day: date | None, name: str, of: str = "") -> Line:
        return case.right, day and day.replace(day=1), name, of

    yield line(case.received_on, "received")
    events = {event.kind: event for event in case.clock_events.all()}
    if "extended" in events:
        yield line(events["extended"].on, "extended", events["extended"].ground)
    if case.stage != "closed":
        yield line(None, "open", f"{case.stage}.{_age(case, today)}")
        yield line(None, "waiting", _whom(case))
        yield line(None, "due", _week(case, today))
    elif case.outcome not in ANSWERED:
        assert case.closed_at is not None
        yield line(local_day(case.closed_at), "otherwise", case.outcome)
    elif "answered" in events:
        day = events["answered"].on
        yield line(day, "answered", case.outcome)
        yield line(day, "days", str((day - case.received_on).days))
        yield line(day, "timely", "on-time" if day <= case.due_on else "late")
        if case.outcome in {"partly", "refused"}:
            for ground in _grounds(case):
                yield line(day, "ground", ground)


def _grounds(case: Case) -> set[str]:
    decided = [one for one in case.decisions.all() if one.outcome not in KEPT_NOTHING_BACK]
    grounds = {one.rule or one.outcome for one in decided}
    if hasattr(case, "abuse"):
        grounds.add("fee" if case.abuse.fee else "abuse")
    if hasattr(case, "authority_refusal"):
        grounds.add("authority")
    if any(one.outcome == "refused" for one in case.corrections.all()):
        grounds.add("correction")
    if any(run.status == "left-out" for run in case.runs.all()):
        grounds.add("source-law")
    return grounds


def _age(case: Case, today: date) -> str:
    days = (today - case.received_on).days
    return next((str(most) for most in (7, 14, 30, 60, 90) if days <= most), "more")


def _whom(case: Case) -> str:
    if case.stage == "verification" or case.paused:
        return "person"
    if case.stage == "approval":
        return "approver"
    if case.stage == "decisions" or case.blocked_by in DESK:
        return "desk"
    if case.stage == "collection" and case.blocked_by == "waiting-for-owner":
        return "owner"
    return "source" if case.stage in {"collection", "execution"} else "nobody"


def _week(case: Case, today: date) -> str:
    if case.first_day is None:
        return "none"
    if case.first_day < today:
        return "overdue"
    monday = case.first_day - timedelta(days=case.first_day.isocalendar().weekday - 1)
    this = today - timedelta(days=today.isocalendar().weekday - 1)
    return monday.isoformat() if (monday - this).days < 8 * 7 else "later"
