"""Places at a source: so many of our questions it gets at once, however many cases there are.

A place is an advisory lock of the caller's transaction, so that a worker that dies gives it back. Whoever gathers goes
on with something else where none is free, and is sent for; a short question waits for its turn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import transaction

from cases.casework.dispatch import send
from cases.models import Run
from cases.models.case import Stage
from cases.sources.configured import source_of
from cases.sources.locks import any_lock, try_lock


def _names(operator: str, source: str) -> list[str]:
    places = source_of(operator, source).concurrency
    return [f"source:{operator}:{source}:{place}" for place in range(places)]


def claim(operator: str, source: str) -> bool:
    """Take a place until the caller's transaction ends, if one is free."""
    return any(try_lock(name) for name in _names(operator, source))


@contextmanager
def place(operator: str, source: str) -> Iterator[None]:
    """Wait for a place and hold it for the length of the block. Holds no other lock while it waits."""
    try:
        with transaction.atomic():
            any_lock(_names(operator, source))
            yield
    finally:
        # Only when the transaction has ended is the place free, and that may be one further out.
        transaction.on_commit(partial(wake_next, operator, source))


def wake_next(operator: str, source: str) -> None:
    """A place is free: whichever run has waited for it longest goes on. For callers outside of any transaction."""
    waiting = Run.objects.filter(
        case__operator=operator,
        case__stage=Stage.COLLECTION,
        source=source,
        status__in=(Run.Status.WAITING, Run.Status.RUNNING),
    )
    with transaction.atomic():
        # A run that a worker is at has a place; sent for at every page of the others, it would be copied without end.
        free = waiting.select_for_update(skip_locked=True, of=("self",))
        pk = free.order_by("touched_at").values_list("pk", flat=True).first()
    if pk is not None:
        send("cases.tasks.collect_page", pk)
