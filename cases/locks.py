"""Names as locks: held until the caller's transaction ends, also by a worker that dies."""

from django.db import connection


def try_lock(name: str) -> bool:
    """Take the name if nobody has it, without waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        return bool(cursor.fetchone()[0])
