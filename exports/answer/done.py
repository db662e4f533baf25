"""What was done for a case, when, and by whom: the deeds that its letters may speak of, as everybody may know them."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import TypedDict

from django.db.models import Max
from django.utils import timezone

from cases.assessment.assessing import effective
from cases.assessment.reviews import is_abusive
from cases.casework import case_clock
from cases.casework.operators import register_of_case
from cases.casework.workflow import INTERIM
from cases.execution import deeds
from cases.execution.amendments.meanwhile import MEANWHILE
from cases.execution.erasure.erasable import BY_HAND, decided, erasable, gathered
from cases.execution.erasure.schedule import CONTRACT
from cases.execution.objections import stoplist
from cases.execution.objections.suppressing import UNKNOWN_THERE
from cases.models import Action, Case, Finding, Review, Run, Task
from cases.models.case import Right
from cases.sources.configured import collection_of, names_of, sources_of
from exports.answer.elsewhere import named, receiver_name
from exports.letter.facts import ExecutionFacts, FindingFacts, HandFacts, SentFacts, ToldFacts
from exports.models import Answer, Transfer

ERASED = frozenset({"erase", "gone"})


class Done(TypedDict):
    """The fields of `CaseFacts` that this module fills."""

    executions: tuple[ExecutionFacts, ...]
    versioned: tuple[tuple[str, str], ...]
    by_hand: tuple[HandFacts, ...]
    told: tuple[ToldFacts, ...]
    send_to: str
    sent: SentFacts | None
    latest_on: date
    acted_on: date | None
    limited_on: date | None
    listed_on: date | None
    decided_on: date | None
    forwarded_on: date | None


def done(case: Case) -> Done:
    """Read them for one case."""
    interim, objection = day_of(case.interim_at), case.right == Right.OBJECTION
    forwarded = case.tasks.filter(kind=deeds.FORWARD).aggregate(at=Max("done_at"))["at"]
    executions = tuple(_executions(case))
    return Done(
        executions=executions,
        versioned=tuple(_versioned(case)) if executions else (),
        by_hand=tuple(_by_hand(case)),
        told=tuple(_told(case)),
        send_to=receiver_name(case),
        sent=_sent(case),
        latest_on=case_clock.last_day(case),
        acted_on=interim if case.right in INTERIM else None,
        limited_on=interim if objection else None,
        listed_on=day_of(min((one.since for one in stoplist.stopped(case)), default=None)),
        decided_on=_decided(case),
        forwarded_on=day_of(forwarded),
    )


def day_of(moment: datetime | None) -> date | None:
    return timezone.localtime(moment).date() if moment else None


def _decided(case: Case) -> date | None:
    """The day a person looked at it last: at the decision of a computer, at the grounds, at the values."""
    if review := Review.objects.filter(case=case).first():
        return day_of(review.at)
    return day_of(case.decisions.aggregate(at=Max("decided_at"))["at"])


def _executions(case: Case) -> Iterator[ExecutionFacts]:
    """A receipt a collection: a row that was told to stop two uses is still one row."""
    finished = (
        case.actions.filter(status=Action.Status.DONE)
        .exclude(detail=MEANWHILE)
        .order_by("source", "collection", "kind", "-done", "pk")
    )
    receipts = list(finished.distinct("source", "collection", "kind"))
    runs = (
        {(run.source, run.collection): run for run in _erasing(case)} if receipts or _has_hands(case) else {}
    )
    for action in receipts:
        run = runs.pop((action.source, action.collection), None) if action.kind == Action.Kind.ERASE else None
        yield _execution(
            case,
            action.kind,
            action,
            rows=action.done,
            on=day_of(action.done_at),
            kept=kept(run) if run else (),
        )
    for run in runs.values():
        if left := tuple(kept(run)):
            yield _execution(case, Action.Kind.ERASE, run, rows=0, on=None, kept=left)


def _erasing(case: Case) -> list[Run]:
    return gathered(case) if case.right == Right.ERASURE and not is_abusive(case) else []


def _has_hands(case: Case) -> bool:
    return deeds.by_hand(case).exclude(done_at=None).exists()


def _execution(
    case: Case, kind: str, where: Action | Run, *, rows: int, on: date | None, kept: Iterable[FindingFacts]
) -> ExecutionFacts:
    source, name = names_of(case.operator_id, where.source, where.collection, case.language)
    until = where.copies_until if isinstance(where, Action) else None
    category = collection_of(case.operator_id, where.source, where.collection).category
    return ExecutionFacts(
        kind=kind,
        category=category,
        source_name=source,
        name=name,
        rows=rows,
        done_on=on,
        kept=tuple(kept),
        copies_until=until,
    )


def _versioned(case: Case) -> Iterator[tuple[str, str]]:
    """As the operator's systems are described, whatever was done there in this case."""
    for source in sources_of(case.operator_id):
        for one in source.collection:
            if one.keeps_versions and one.on_erase != "none":
                yield one.category, f"{source.name.get(case.language)}: {one.name.get(case.language)}"


def kept(run: Run) -> Iterator[FindingFacts]:
    """What an erasure leaves of a run: what is on the schedule as it stands there, else as it was decided."""
    on_schedule = run.case.scheduled.filter(source=run.source, collection=run.collection, erased_at=None)
    for entry in on_schedule:
        yield FindingFacts(
            verdict="keep", rows=entry.rows, rule=entry.rule, until=entry.until, by_itself=True
        )
    decision = run.case.decisions.filter(subject=run.category).first()
    for one in run.findings.all():
        if effective(one.verdict, decision) != "keep":
            continue
        if erasable(run) and goes_by_itself(one):
            continue
        yield FindingFacts(
            verdict="keep", rows=one.rows, rule=one.rule, until=one.until, by_hand=not erasable(run),
            by_itself=goes_by_itself(one),
        )  # fmt: skip


def goes_by_itself(one: Finding) -> bool:
    """Whether rows that are kept are looked at again when their time is up: those a hold keeps, whose end is known
    to the law. What a contract needs, or a person decided to keep, stays until somebody asks again."""
    return one.verdict == "keep" and one.rule not in ("", CONTRACT)


def _by_hand(case: Case) -> Iterator[HandFacts]:
    own = (deeds.INFORM, deeds.FORWARD)
    for task in deeds.by_hand(case).exclude(done_at=None).exclude(kind__in=own).order_by("pk"):
        on = day_of(task.done_at)
        assert on is not None
        what, category, rows = _what(case, task)
        yield HandFacts(what=what, done_on=on, category=category, rows=rows)


def _what(case: Case, task: Task) -> tuple[str, str, int | None]:
    """In words what a task was about, with its data category and rows where it is about rows of one collection."""
    detail, _dot, rest = task.detail.partition(".")
    source, slash, collection = detail.partition("/")
    if not slash:
        return _named(case, task.detail), "", None
    names = ": ".join(names_of(case.operator_id, source, collection, case.language))
    run = case.runs.filter(source=source, collection=collection).first()
    if run is None or task.kind == UNKNOWN_THERE:
        return names, "", None
    run.case = case
    what = f"{names} ({rest})" if rest else names
    if task.kind == BY_HAND:
        return what, run.category, sum(one.rows for verdict, one in decided(case, run) if verdict in ERASED)
    return what, run.category, None if rest else run.rows


def _named(case: Case, subject: str) -> str:
    """A purpose or a category, by its name in the register."""
    register = register_of_case(case)
    found = next((one.name for one in register.purposes if one.code == subject), None)
    known = register.categories.get(subject)
    name = found or (known.name if known else None)
    return name.get(case.language) if name else subject


def _sent(case: Case) -> SentFacts | None:
    transfer = Transfer.objects.filter(answer__case=case, answer__status=Answer.Status.APPROVED).first()
    if transfer is None:
        return None
    return SentFacts(
        receiver=transfer.receiver_name,
        files=transfer.files,
        sha256=transfer.sha256,
        receipt=named(transfer.receipt),
        sent_on=day_of(transfer.sent_at),
        given_up_on=day_of(transfer.given_up_at),
    )


def _told(case: Case) -> Iterator[ToldFacts]:
    for notice in case.recipient_notices.exclude(told_at=None):
        on = day_of(notice.told_at)
        assert on is not None
        yield ToldFacts(recipient=notice.recipient, on=on)
