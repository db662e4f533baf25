"""Stage 4: gather. One run a collection, one task a page; the cursor and the page's chunk commit together.

A worker killed anywhere loses the page it was reading, no more. A source that is down is tried again with growing
pauses and then shown as failed; nothing is skipped silently. Rows live sealed in the vault, never in the database.
"""

import time
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from cases.casework import audit
from cases.casework.dispatch import send
from cases.casework.secrecy import guarded
from cases.casework.workflow import LEADS_NOWHERE, advance, block, lock, take
from cases.collection import nowhere, waves
from cases.collection.failed_runs import note_failure, note_vault_fault
from cases.collection.owners import set_asking
from cases.collection.wanted import missing_runs
from cases.identity.known import identifiers_of
from cases.identity.mandates.reach import within
from cases.models import Case, Run
from cases.models.case import Right, Stage
from cases.rows import chunks, counted
from cases.sealed import faults, vault
from cases.sources import places
from cases.sources.configured import collection_of, connector_of
from cases.sources.ordinary_view import split
from connectors.contract.base import Page, SourceError

# Small enough to hold in memory, to seal, and to read again after a fault.
PAGE_ROWS = 25_000
PAGE_SECONDS = 10.0  # after which a page ends that is not full: what a killed worker loses is bounded
STALE = timedelta(seconds=60)
Status = Run.Status
UNFINISHED = (
    Status.WAITING, Status.RUNNING, Status.RETRYING, Status.PAUSED, Status.FAILED, Status.ASKED,
)  # fmt: skip
# The first that applies is shown: what needs a person stands before what mends itself.
STOPPED_BY = {
    Status.FAILED: "source-failed",
    Status.PAUSED: "source-paused",
    Status.RETRYING: "source-down",
    Status.ASKED: "waiting-for-owner",
}
WORKABLE = (Status.WAITING, Status.RUNNING, Status.RETRYING)


@transaction.atomic
def collect(case_id: int) -> None:
    """Make the runs of a case, once, set each going, and note what stops them. Safe to repeat."""
    case = take(case_id, Stage.COLLECTION)
    if case is None:
        return
    # First: an owner's run that is dropped here is made anew below.
    waves.ask_anew(case)
    Run.objects.bulk_create(missing_runs(case))
    for run in case.runs.filter(_workable()):
        set_going(run)
    for run in case.runs.filter(status=Status.ASKED, owner_request=None):
        set_asking(run)
    settle(case)


def _workable() -> Q:
    """Runs a worker may be at now: not those whose next try is still to come."""
    waits = Q(status=Status.RETRYING, next_try_at__gt=timezone.now())
    return Q(status__in=WORKABLE) & ~waits


def set_going(run: Run) -> None:
    """Send the run's next page to a worker when the transaction commits."""
    pk = run.pk
    transaction.on_commit(lambda: send("cases.tasks.collect_page", pk))


def collect_page(run_id: int) -> None:
    """Read one page of one run, seal it, and send for the next. Does nothing if another worker is at it.

    The case is locked only after the run was let go: whoever holds a case may wait for its runs, never the reverse.
    """
    run = _work(run_id)
    if run is None or run.status == Status.RUNNING:
        return
    places.wake_next(run.case.operator_id, run.source)
    _finish(run)


@transaction.atomic
def _work(run_id: int) -> Run | None:
    # The run alone: a page may take the source's whole time-out, and people must get at the case meanwhile. Another
    # worker who has the run is reading this very page.
    run = (
        Run.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("case")
        .filter(_workable(), pk=run_id, case__stage=Stage.COLLECTION)
        .first()
    )
    if run is None:
        return None
    try:
        # Every place at the source is taken; whoever gives one back sends for the next run.
        if not places.claim(run.case.operator_id, run.source):
            return None
        if run.error.partition(":")[0] in faults.CODES:
            # Before the source is asked for a page that nothing could take.
            vault.probe()
        _take_page(run)
    except SourceError as error:
        # Inside the transaction: the fault is written down under the lock that keeps other workers off.
        note_failure(run, error)
    except faults.ERRORS as error:
        run.refresh_from_db()
        note_vault_fault(run, error)
    if run.status == Status.RUNNING:
        set_going(run)
    return run


def _take_page(run: Run) -> None:
    """The next page. Where secret rules can touch rows it ends after as many as everybody may see, however many lie
    between them and behind: else what a source holds for an order would be a message more in the queue.
    """
    before, began = run.rows, time.monotonic()
    page: Page | None = _read(run, PAGE_ROWS)
    while page is not None:
        with transaction.atomic():
            _keep(run, page)
        is_over = run.status == Status.DONE or time.monotonic() - began > PAGE_SECONDS
        page = None if is_over else _rest_of_page(run, max(0, PAGE_ROWS - (run.rows - before)))


def _rest_of_page(run: Run, room: int) -> Page | None:
    """What still belongs to a page that has room for so many rows; None where the next row is the next page's."""
    if run.category not in guarded(run.case.operator_id):
        return None
    page = _read(run, PAGE_ROWS)
    seen = set(map(id, _apart(run, page.lines)[0]))
    places = [place for place, line in enumerate(page.lines) if id(line) in seen]
    if len(places) <= room:
        return page
    # Up to the first for which there is no room: the source is asked again for just as many.
    return _read(run, places[room]) if places[room] else None


def _read(run: Run, rows: int) -> Page:
    connector = connector_of(run.case.operator_id, run.source)
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    identifiers = identifiers_of(run.case, collection)
    run.started_at = run.started_at or timezone.now()
    # A plain one, as the connector gave it: what is read here remembers how it lay sealed.
    cursor = None if run.cursor is None else str(run.cursor)
    page = connector.read(run.collection, identifiers, cursor, rows)
    if cursor is None and page.cursor is not None and run.category not in guarded(run.case.operator_id):
        run.expected = connector.count(run.collection, identifiers)
    return page


def store(run: Run, lines: list[bytes]) -> None:
    """Seal the rows that may be gathered as the run's next chunks, and count those everybody may see.

    The caller locks and saves the run.
    """
    ordinary, secret = _apart(run, lines)
    chunks.keep(run, ordinary, counted=counted.sealed(run, ordinary))
    chunks.keep(run, secret, secret=True)
    run.rows += len(ordinary)
    run.bytes += sum(map(len, ordinary))


def _apart(run: Run, lines: list[bytes]) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """Of the rows that may be gathered those everybody may see, and those only cleared officers may know of."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    return split(run.case, run.source, collection, within(run.case, run.source, collection, lines))


def _keep(run: Run, page: Page) -> None:
    store(run, page.lines)
    # A page that came shows that the source answers: tries are counted anew.
    run.cursor, run.status, run.attempts, run.error = page.cursor, Status.RUNNING, 0, ""
    run.touched_at, run.next_try_at = timezone.now(), None
    if page.cursor is None:
        run.status, run.finished_at = Status.DONE, run.touched_at
    run.save()


@transaction.atomic
def _finish(run: Run) -> None:
    """A run has stopped, for good or for a while. What is lost here, `collect` finds again when beat sends it."""
    case = lock(run.case_id)
    if case.right == Right.OBJECTION and run.status == Status.DONE:
        transaction.on_commit(lambda: send("cases.tasks.take_interim_measure", case.pk))
    if run.status == Status.FAILED:
        audit.record(
            case, "run.failed", by=audit.SYSTEM, source=run.source, collection=run.collection, error=run.error
        )
    settle(case)


def settle(case: Case) -> None:
    """Say what stops a locked case, or move it on once every run has ended and nobody was left out of the search."""
    if case.stage != Stage.COLLECTION:
        return
    runs = list(case.runs.values_list("status", "rows", "error"))
    statuses = {status for status, _, _ in runs}
    if statuses.isdisjoint(UNFINISHED) and waves.found_more(case):
        advance(case, Stage.MATCHING, by=audit.SYSTEM, identifiers=case.identifiers.count())
    elif statuses.isdisjoint(UNFINISHED) and nowhere.stops(case):
        block(case, LEADS_NOWHERE)
    elif statuses.isdisjoint(UNFINISHED):
        advance(case, Stage.HOLDS, by=audit.SYSTEM, runs=len(runs), rows=sum(rows for _, rows, _ in runs))
    elif broken := [error.partition(": ") for _, _, error in runs if error.partition(":")[0] in faults.CODES]:
        block(case, broken[0][0], broken[0][2])
    elif stopped := [code for status, code in STOPPED_BY.items() if status in statuses]:
        block(case, stopped[0])
    else:
        block(case, "")


def due_runs() -> QuerySet[Run]:
    """Runs a worker should be at and is not: waiting too long, or their next try has come."""
    now = timezone.now()
    runs = Run.objects.filter(case__stage=Stage.COLLECTION)
    stale = runs.filter(status__in=[Status.WAITING, Status.RUNNING], touched_at__lt=now - STALE)
    again = runs.filter(status=Status.RETRYING, next_try_at__lte=now)
    return (stale | again).order_by("touched_at", "pk")
