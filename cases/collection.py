"""Stage 4: gather. One run a collection, one task a page; the cursor and the page's chunk commit together.

A worker killed anywhere loses the page it was reading, no more. A source that is down is tried again with growing
pauses and then shown as failed; nothing is skipped silently. Rows live sealed in the vault, never in the database.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from cases import audit, chunks
from cases.matching import identifiers_of
from cases.models import Case, Run, User
from cases.models.case import Right, Stage
from cases.operators import collection_of, connector_of, register_of_case, source_of, sources_of
from cases.permissions import Permission, require
from cases.situation import SECRET_KINDS, is_secret
from cases.verification import proof_level, suffices
from cases.workflow import Refusal, advance, at_stage, block, lock, send
from connectors import graph
from connectors.base import Page, SourceDown, SourceError
from connectors.config import Source

PAGE_ROWS = 20_000
MAX_ATTEMPTS = 6
BACKOFF = timedelta(seconds=2)
STALE = timedelta(seconds=60)
Status = Run.Status
UNFINISHED = (Status.WAITING, Status.RUNNING, Status.RETRYING, Status.PAUSED, Status.FAILED)
SECRET_CATEGORIES = frozenset(category for category, _kind in SECRET_KINDS)
WORKABLE = (Status.WAITING, Status.RUNNING, Status.RETRYING)

# Rights decided by purpose need to know the person, not every row about them.
LIGHT_RIGHTS = frozenset(
    {Right.OBJECTION, Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL, Right.AUTOMATED_DECISION}
)
LIGHT_CATEGORIES = frozenset({"contact", "account", "consents", "profile"})


@transaction.atomic
def collect(case_id: int) -> None:
    """Make the runs of a case, once, and set each going. Safe to repeat."""
    case = lock(case_id)
    if case.stage != Stage.COLLECTION:
        return
    kinds = set(case.identifiers.values_list("kind", flat=True))
    for source in sources_of(case.operator_id):
        for collection in source.collection:
            if kinds & collection.find.keys() and _wanted(case, collection.category):
                _make_run(case, source, collection.key, collection.category)
    for run in case.runs.filter(status__in=WORKABLE):
        _send_on_commit(run)
    _finish_if_done(case)


def _wanted(case: Case, category: str) -> bool:
    return case.right not in LIGHT_RIGHTS or category in LIGHT_CATEGORIES


def needed_level(case: Case, category: str) -> str:
    """The proof a data category asks for, or the demonstration's lower one where it is switched on."""
    entry = register_of_case(case).categories.get(category)
    return settings.PROOF_ENOUGH or (entry.proof if entry else "substantial")


def _make_run(case: Case, source: Source, collection: str, category: str) -> None:
    proven = suffices(proof_level(case), needed_level(case, category))
    Run.objects.get_or_create(
        case=case,
        source=source.key,
        collection=collection,
        defaults={"category": category, "status": Status.WAITING if proven else Status.NOT_PROVEN},
    )


def _send_on_commit(run: Run) -> None:
    pk = run.pk
    transaction.on_commit(lambda: send("cases.tasks.collect_page", pk))


def _claim_slot(operator: str, source: Source) -> bool:
    """One of the source's places, held until the transaction ends, so that a burst never hurts a billing system."""
    with connection.cursor() as cursor:
        for place in range(source.concurrency):
            name = f"source:{operator}:{source.key}:{place}"
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
            if cursor.fetchone()[0]:
                return True
    return False


@transaction.atomic
def collect_page(run_id: int) -> None:
    """Read one page of one run, seal it, and send for the next. Does nothing if another worker is at it."""
    run = (
        Run.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("case__operator", "case__register", "case__submission")
        .filter(pk=run_id, status__in=WORKABLE, case__stage=Stage.COLLECTION)
        .first()
    )
    if run is None:
        return
    source = source_of(run.case.operator_id, run.source)
    if not _claim_slot(run.case.operator_id, source):
        return
    try:
        page = _read(run)
    except SourceError as error:
        _note_failure(run, error)
        return
    _keep(run, page)
    if page.cursor is None:
        _done(run)
    else:
        _send_on_commit(run)


def _read(run: Run) -> Page:
    connector = connector_of(run.case.operator_id, run.source)
    identifiers = identifiers_of(run.case)
    if run.started_at is None:
        run.started_at = timezone.now()
        if run.category not in SECRET_CATEGORIES:
            run.expected = connector.count(run.collection, identifiers)
    return connector.read(run.collection, identifiers, run.cursor, PAGE_ROWS)


def _keep(run: Run, page: Page) -> None:
    ordinary, secret = _apart(run, page.lines)
    chunks.keep(run, ordinary)
    chunks.keep(run, secret, secret=True)
    run.rows += len(ordinary)
    run.bytes += sum(map(len, ordinary))
    run.cursor, run.status, run.attempts, run.error = page.cursor, Status.RUNNING, 0, ""
    run.touched_at, run.next_try_at = timezone.now(), None
    run.save()


def _apart(run: Run, lines: list[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Rows everybody may see, and rows whose very existence is secret; counts shown are of the first."""
    if run.category not in SECRET_CATEGORIES:
        return lines, []
    label = collection_of(run.case.operator_id, run.source, run.collection).record_kind
    hidden = [is_secret(run.category, label.of(graph.parsed(line)) or "") for line in lines]
    return (
        [line for line, is_hidden in zip(lines, hidden, strict=True) if not is_hidden],
        [line for line, is_hidden in zip(lines, hidden, strict=True) if is_hidden],
    )


def _done(run: Run) -> None:
    run.status, run.finished_at = Status.DONE, timezone.now()
    run.save(update_fields=["status", "finished_at"])
    _finish_if_done(lock(run.case_id))


def _note_failure(run: Run, error: SourceError) -> None:
    run.attempts += 1
    run.error = str(error)[:300]
    run.touched_at = timezone.now()
    if isinstance(error, SourceDown) and run.attempts < MAX_ATTEMPTS:
        run.status = Status.RETRYING
        run.next_try_at = run.touched_at + BACKOFF * 2**run.attempts
    else:
        run.status, run.next_try_at = Status.FAILED, None
    run.save()
    if run.status == Status.FAILED:
        case = lock(run.case_id)
        audit.record(
            case, "run.failed", by=audit.SYSTEM, source=run.source, collection=run.collection, code=error.code
        )
        block(case, "source-failed")


def _finish_if_done(case: Case) -> None:
    if case.stage != Stage.COLLECTION or case.runs.filter(status__in=UNFINISHED).exists():
        return
    rows = sum(case.runs.values_list("rows", flat=True))
    advance(case, Stage.HOLDS, by=audit.SYSTEM, runs=case.runs.count(), rows=rows)


def due_runs() -> list[int]:
    """Runs a worker should be at and is not: waiting too long, or their next try has come."""
    now = timezone.now()
    runs = Run.objects.filter(case__stage=Stage.COLLECTION)
    stale = runs.filter(status__in=[Status.WAITING, Status.RUNNING], touched_at__lt=now - STALE)
    again = runs.filter(status=Status.RETRYING, next_try_at__lte=now)
    return list((stale | again).values_list("pk", flat=True)[:1000])


def _command(run: Run, by: User, *statuses: str) -> Run:
    case = lock(run.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.COLLECTION)
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.status not in statuses:
        raise Refusal("run-not-stopped")
    audit.record(case, "run.commanded", by=by, source=run.source, collection=run.collection, was=run.status)
    return run


@transaction.atomic
def retry_run(run: Run, *, by: User) -> None:
    """Try a failed or paused source again, from the page where it stopped."""
    run = _command(run, by, Status.FAILED, Status.PAUSED, Status.RETRYING)
    run.status, run.attempts, run.error, run.next_try_at = Status.WAITING, 0, "", None
    run.touched_at = timezone.now()
    run.save()
    case = lock(run.case_id)
    if not case.runs.filter(status=Status.FAILED).exists():
        block(case, "")
    _send_on_commit(run)


resume_run = retry_run


@transaction.atomic
def pause_run(run: Run, *, by: User) -> None:
    """Leave a source alone until somebody resumes; what was gathered stays."""
    run = _command(run, by, *WORKABLE)
    run.status = Status.PAUSED
    run.save(update_fields=["status"])


@dataclass(frozen=True)
class RunProgress:
    """A run as the case page shows it. ``rate`` in rows a second; ``seconds_left`` None where nobody can tell."""

    run: Run
    source_name: str
    collection_name: str
    rate: float
    seconds_left: int | None

    @property
    def percent(self) -> int | None:
        if self.run.status == Status.DONE:
            return 100
        return min(99, 100 * self.run.rows // self.run.expected) if self.run.expected else None


def _progress(run: Run, language: str, now: datetime) -> RunProgress:
    source = source_of(run.case.operator_id, run.source)
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    seconds = ((run.finished_at or now) - run.started_at).total_seconds() if run.started_at else 0.0
    rate = run.rows / seconds if seconds > 0 else 0.0
    left = (
        int((run.expected - run.rows) / rate) if run.expected and rate and run.status != Status.DONE else None
    )
    return RunProgress(run, source.name.get(language), collection.name.get(language), rate, left)


def progress(case: Case, language: str = "en") -> list[RunProgress]:
    """Every run of the case with its live counts."""
    now = timezone.now()
    return [_progress(run, language, now) for run in case.runs.select_related("case")]
