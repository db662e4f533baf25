"""Files of the vault whose time is over: noted with the deed that ends them, forgotten once they are gone.

What is noted is deleted when the transaction commits; whatever is still there then, because a worker died or the vault
did not answer, is come back for.
"""

from collections.abc import Iterable

import structlog
from django.db import transaction

from cases.models import Leftover
from cases.sealed import faults, vault

log = structlog.get_logger()


def note(*names: str) -> None:
    """In the transaction of the deed. A name that ends with a slash is a folder with all that lies in it.

    Not a name that something new may get: it would be deleted in the place of the old.
    """
    Leftover.objects.bulk_create([Leftover(name=name) for name in names if name], ignore_conflicts=True)
    transaction.on_commit(lambda: _clear(names))


def clear() -> int:
    """Delete what is left, past whatever will not go. Returns how many are gone; safe to repeat."""
    return _clear(Leftover.objects.order_by("pk").values_list("name", flat=True).iterator())


def _clear(names: Iterable[str]) -> int:
    gone = 0
    for name in filter(None, names):
        if end(name):
            gone += Leftover.objects.filter(name=name).delete()[0]
    return gone


def end(name: str) -> bool:
    """Delete it now. False, which the log tells with the number of the error, where the vault does not let it go."""
    try:
        (vault.delete_folder if name.endswith("/") else vault.delete)(name.rstrip("/"))
    except faults.ERRORS as error:
        code, detail = faults.fault(error) or ("vault-file", faults.number(error))
        log.error("vault.not-deleted", fault=code, error=detail)
        return False
    return True
