"""How far the gathering of a case has come, as the case page shows it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from cases.models import Case, Run
from cases.sources.configured import names_of

Status = Run.Status


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
        # Rows may have come since they were counted: it is all there when the run says so.
        return min(99, 100 * self.run.rows // self.run.expected) if self.run.expected else None


def _progress(run: Run, language: str, now: datetime) -> RunProgress:
    source, collection = names_of(run.case.operator_id, run.source, run.collection, language)
    seconds = ((run.finished_at or now) - run.started_at).total_seconds() if run.started_at else 0.0
    rate = run.rows / seconds if seconds > 0 else 0.0
    left = (
        int((run.expected - run.rows) / rate) if run.expected and rate and run.status != Status.DONE else None
    )
    return RunProgress(run, source, collection, rate, left)


def progress(case: Case, language: str = "en") -> list[RunProgress]:
    """Every run of the case with its live counts."""
    now = timezone.now()
    return [_progress(run, language, now) for run in case.runs.select_related("case", "owner_request")]
