"""What a source says of why it may not give or change something (a legal refusal), for who works the case.

Its words can speak of the person: they lie sealed under the case file's key, and stand in no log and no record. So
does what a caseworker writes of it for the person where the case goes on without the rows.
"""

import json

from cases.casework.secrecy import guarded
from cases.models import Case, Run, SourceRefusal
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sources.configured import collection_of
from connectors.contract.base import SourceError, SourceRefused


def note(case: Case, source: str, collection: str, error: SourceError) -> None:
    """Keep the newest reasons, where the error has any.

    Where a secret rule can touch the rows, a reason could tell of it: there the refusal shows, its reasons do not.
    """
    if not isinstance(error, SourceRefused) or not error.reasons:
        return
    if is_guarded(case, collection_of(case.operator_id, source, collection).category):
        return
    SourceRefusal.objects.update_or_create(
        case=case,
        source=source,
        collection=collection,
        defaults={"sealed": _sealed(case, list(error.reasons))},
    )


def is_guarded(case: Case, category: str) -> bool:
    """Whether nothing may be said of why rows of this category are refused: a secret order could be behind it."""
    return category in guarded(case.operator_id)


def by_law(error: str) -> bool:
    """Whether an error as it is written down is a refusal by law, and no fault that somebody has to mend."""
    return error.partition(":")[0] == "refused"


def reasons(case: Case, source: str, collection: str) -> list[str]:
    """The source's words; none once the case file's time is over."""
    found = case.source_refusals.filter(source=source, collection=collection).first()
    return _opened(case, found.sealed) if found else []


def tell(run: Run, reason: str) -> None:
    """Keep what the person is told of why this collection is left out; nothing where nothing may be said."""
    if is_guarded(run.case, run.category):
        return
    told = _sealed(run.case, [reason])
    SourceRefusal.objects.update_or_create(
        case=run.case,
        source=run.source,
        collection=run.collection,
        defaults={"told": told},
        create_defaults={"told": told, "sealed": _sealed(run.case, [])},
    )


def take_back(run: Run) -> None:
    """The source is asked again: the person is told nothing of it yet."""
    run.case.source_refusals.filter(source=run.source, collection=run.collection).update(told=b"")


def told(run: Run) -> str:
    """What the letter gives as the reason; "" where the category's own text stands for it, or its time is over."""
    found = run.case.source_refusals.filter(source=run.source, collection=run.collection).first()
    return "".join(_opened(run.case, found.told)) if found and found.told else ""


def _sealed(case: Case, words: list[str]) -> bytes:
    return vault.seal(case, KeyUse.FILE, json.dumps(words).encode())


def _opened(case: Case, sealed: bytes | memoryview) -> list[str]:
    try:
        words: list[str] = json.loads(vault.unseal(case, KeyUse.FILE, sealed))
    except vault.KeyDestroyed:
        return []
    return words
