"""Which source stops the search for identifiers, and why, until it is mended."""

from django.db import transaction

from cases.casework import audit
from cases.casework.workflow import lock
from cases.models import AuditEntry, Case
from cases.sources.retries import PASSING
from connectors.contract.base import SourceError


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
