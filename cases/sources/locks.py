"""Names as locks: held until the caller's transaction ends, also by a worker that dies."""

import random
from collections.abc import Sequence

from django.db import connection


def try_lock(name: str) -> bool:
    """Take the name if nobody has it, without waiting."""
    with connection.cursor() as cursor:
        # Advisory locks are known by numbers; of 64 bits, so that two names do not meet by chance.
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])


def any_lock(names: Sequence[str]) -> None:
    """Take one of the names, whichever is free; where none is, wait for one of them."""
    if not any(try_lock(name) for name in names):
        with connection.cursor() as cursor:
            chosen = random.choice(names)  # noqa: S311 - only spreads those who wait
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [chosen])
