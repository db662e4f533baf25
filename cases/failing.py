"""What becomes of a run whose source fails: again after a pause, anew where pages do not fit, then a person."""

from django.db import transaction
from django.utils import timezone

from cases import audit, chunks, refusals
from cases.models import AuditEntry, Case, Run
from cases.retries import BACKOFF, PASSING, next_try
from cases.workflow import lock
from connectors.base import SourceError, SourceMoved

# Pages that never fit together are somebody's to look at.
MAX_RESTARTS = 5


def note_failure(run: Run, error: SourceError) -> None:
    """Write down on a locked run what happened to it, and when it is tried again, if it is."""
    run.attempts += 1
    run.error = str(error)[:300]
    run.touched_at = timezone.now()
    refusals.note(run.case, run.source, run.collection, error)
    run.next_try_at = next_try(error, run.attempts)
    if isinstance(error, SourceMoved):
        _begin_anew(run)
    run.status = Run.Status.RETRYING if run.next_try_at else Run.Status.FAILED
    run.save()


def forget(run: Run) -> None:
    """Forget what was read, and that anything was. The caller saves the run."""
    chunks.forget(run)
    run.rows = run.bytes = 0
    run.cursor, run.started_at, run.expected = None, None, None


def _begin_anew(run: Run) -> None:
    """Nobody can say which of the pages was the wrong one."""
    forget(run)
    run.restarts += 1
    pause = BACKOFF * 2**run.restarts
    run.next_try_at = run.touched_at + pause if run.restarts < MAX_RESTARTS else None


@transaction.atomic
def note_search_failure(case_id: int, source: str, collection: str, error: SourceError) -> None:
    """Which source stops the search for identifiers, and why: once, however often beat tries.

    What passes by itself is not told.
    """
    case = lock(case_id)
    told = {"source": source, "collection": collection, "error": str(error)[:300]}
    if not isinstance(error, PASSING) and search_failure(case) != told:
        audit.record(case, "run.failed", by=audit.SYSTEM, **told)


def search_failure(case: Case) -> dict[str, str] | None:
    """What last stopped the search that a case is at: source and collection, by their keys, and error."""
    entries = AuditEntry.objects.filter(operator=case.operator_id, stream="open", case=case.reference)
    noted = entries.filter(action="run.failed", at__gte=case.stage_since).order_by("-number").first()
    return noted.data if noted else None
