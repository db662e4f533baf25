"""When a source that is away or in motion is asked again: after growing pauses, or when it says itself."""

from datetime import datetime, timedelta

import structlog
from django.utils import timezone

from cases.sealed import faults
from connectors.contract.base import SourceDown, SourceError, SourceMoved

log = structlog.get_logger()

# Four seconds, doubled each time: a source that is away for less than ten minutes needs nobody.
MAX_ATTEMPTS = 8
BACKOFF = timedelta(seconds=2)
LONGEST = timedelta(days=1)
# What is over by itself: a source that is away, or that was changed while it was asked.
PASSING = (SourceDown, SourceMoved)


def next_try(error: SourceError, attempts: int) -> datetime | None:
    """When to try again after so many attempts; None where a person has to see to it."""
    if not isinstance(error, PASSING) or attempts >= MAX_ATTEMPTS:
        return None
    said = error.retry_after if isinstance(error, SourceDown) else None
    asked = timedelta(seconds=min(said or 0.0, LONGEST.total_seconds()))
    return timezone.now() + max(BACKOFF * (1 << attempts), asked)


def stopped_by(error: Exception) -> tuple[str, str]:
    """What stops a stage in which this happened, as `workflow.block` takes it: the code, and why."""
    if isinstance(error, SourceError):
        return "source-down" if isinstance(error, PASSING) else "source-failed", str(error)
    if found := faults.fault(error):
        log.error("vault.fault", fault=found[0], error=found[1])
        return found
    return "task-failed", type(error).__name__
