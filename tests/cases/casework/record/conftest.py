"""The record under attack: by whoever has the desk's own role, and by whoever owns the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from cases.casework import audit
from cases.models import AuditEntry, Operator

ROLE = "desk_of_a_test"  # made in the test's transaction, so it never outlives it


@pytest.fixture
def chain(operator: Operator) -> list[AuditEntry]:
    """Five entries of one chain, after those of loading the operator."""
    return [audit.record(operator, f"test.{number}", by=audit.SYSTEM, number=number) for number in range(5)]


@pytest.fixture
def as_desk(db: None, tmp_path: Path) -> Callable[..., list[tuple[object, ...]]]:
    """as_desk(statement, *values) runs it as the desk's own role, and takes back what raised."""
    (password := tmp_path / "password").write_text("correct horse battery staple\n")

    def run(statement: str, *values: object) -> list[tuple[object, ...]]:
        call_command("grant_app_role", ROLE, password_file=password)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL ROLE {ROLE}")
            cursor.execute(statement, values)
            rows = cursor.fetchall() if cursor.description else []
            cursor.execute("RESET ROLE")
        return rows

    return run


@pytest.fixture
def as_owner(db: None) -> Callable[..., None]:
    """as_owner(statement, *values) runs it with the triggers switched off, as whoever owns the tables can."""

    @contextmanager
    def without_triggers() -> Iterator[None]:
        with connection.cursor() as cursor:
            for state in ("DISABLE", "ENABLE"):
                for table in ("cases_auditentry", "cases_audithead"):
                    cursor.execute(f"ALTER TABLE {table} {state} TRIGGER USER")
                if state == "DISABLE":
                    yield

    def run(statement: str, *values: object) -> None:
        with without_triggers(), connection.cursor() as cursor:
            cursor.execute(statement, values)

    return run


@pytest.fixture
def rechained(as_owner: Callable[..., None]) -> Callable[[Operator], None]:
    """rechained(operator) hashes the whole open stream anew, head and all, as whoever owns the database can."""

    def run(operator: Operator) -> None:
        number, previous = 0, audit.GENESIS
        for entry in AuditEntry.objects.filter(operator=operator.pk, stream="open").order_by("number"):
            number += 1
            old, entry.number, entry.previous = entry.number, number, previous
            entry.content_sha256 = audit.content_sha256(entry)
            previous = audit.linked(previous, entry.content_sha256)
            as_owner(
                "UPDATE cases_auditentry SET number = %s, previous = %s, content_sha256 = %s, sha256 = %s"
                " WHERE operator = %s AND stream = 'open' AND number = %s",
                number, entry.previous, entry.content_sha256, previous, operator.pk, old,
            )  # fmt: skip
        as_owner(
            "UPDATE cases_audithead SET number = %s, sha256 = %s WHERE operator = %s AND stream = 'open'",
            number, previous, operator.pk,
        )  # fmt: skip

    return run
