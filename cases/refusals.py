"""What a source says of why it may not give or change something (a legal refusal), for who works the case.

Its words can speak of the person: they lie sealed under the case file's key, and stand in no log and no record.
"""

import json

from cases import vault
from cases.models import Case, SourceRefusal
from cases.models.keys import KeyUse
from cases.operators import collection_of
from cases.situation import SECRET_CATEGORIES
from connectors.base import SourceError, SourceRefused


def note(case: Case, source: str, collection: str, error: SourceError) -> None:
    """Keep the newest reasons, where the error has any.

    Where a secret rule can touch the rows, a reason could tell of it: there the refusal shows, its reasons do not.
    """
    if not isinstance(error, SourceRefused) or not error.reasons:
        return
    if collection_of(case.operator_id, source, collection).category in SECRET_CATEGORIES:
        return
    SourceRefusal.objects.update_or_create(
        case=case,
        source=source,
        collection=collection,
        defaults={"sealed": vault.seal(case, KeyUse.FILE, json.dumps(error.reasons).encode())},
    )


def reasons(case: Case, source: str, collection: str) -> list[str]:
    """The source's words; none once the case file's time is over."""
    found = case.source_refusals.filter(source=source, collection=collection).first()
    if found is None:
        return []
    try:
        told: list[str] = json.loads(vault.unseal(case, KeyUse.FILE, found.sealed))
    except vault.KeyDestroyed:
        return []
    return told
