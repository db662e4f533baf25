"""What becomes of a run whose source fails: again after a pause, anew where pages do not fit, then a person."""

import structlog
from django.utils import timezone

from cases.models import Run
from cases.rows import chunks
from cases.sealed import faults
from cases.sources import legal_refusals
from cases.sources.retries import BACKOFF, next_try
from connectors.contract.base import SourceError, SourceMoved

log = structlog.get_logger()

# Doubled so often, the pause is eight and a half minutes.
MOST_PATIENT = 8
# Pages that never fit together are somebody's to look at.
MAX_RESTARTS = 5


def note_failure(run: Run, error: SourceError) -> None:
    """Write down on a locked run what happened to it, and when it is tried again, if it is."""
    run.attempts += 1
    run.error = str(error)[:300]
    run.touched_at = timezone.now()
    legal_refusals.note(run.case, run.source, run.collection, error)
    run.next_try_at = next_try(error, run.attempts)
    # After the line above: pages that do not fit are read anew whatever the fault says, by a count of their own.
    if isinstance(error, SourceMoved):
        _begin_anew(run)
    run.status = Run.Status.RETRYING if run.next_try_at else Run.Status.FAILED
    run.save()


def note_vault_fault(run: Run, error: Exception) -> None:
    """The same where the page came and the vault did not take it: it is tried for ever.

    Raises the error itself where it is none of the vault's.
    """
    found = faults.fault(error)
    if found is None:
        raise error
    log.error("vault.fault", fault=found[0], error=found[1], run=run.pk)
    run.attempts = min(run.attempts + 1, MOST_PATIENT)
    run.error = ": ".join(found)
    run.touched_at = timezone.now()
    run.next_try_at = run.touched_at + BACKOFF * (1 << run.attempts)
    run.status = Run.Status.RETRYING
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
