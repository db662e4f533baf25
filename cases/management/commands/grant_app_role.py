"""The database role the desk runs under: it works with every table, and reads the audit log, which a function writes.

Run by the role that owns the tables, after every migration. The owner's login is then needed by nothing else.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from cases.models import AuditEntry, AuditHead

# Read by the desk, changed by the owner alone.
READ_ONLY = ("django_migrations",)


class Command(BaseCommand):
    help = "Grant the desk's database role what it needs; on the audit log SELECT, and the function that adds to it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role")
        parser.add_argument(
            "--password-file", type=Path, help="make the role with this password, or give it this one"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        role, password_file = options["role"], options["password_file"]
        with transaction.atomic(), connection.cursor() as cursor:
            if _is_current(cursor, role):
                raise CommandError(f"{role} owns the tables; name the role the desk runs under")
            if password_file:
                _let_log_in(cursor, role, _read(password_file))
            elif not _exists(cursor, role):
                raise CommandError(f"there is no role {role}; --password-file makes it")
            if _is_mighty(cursor, role):
                raise CommandError(f"{role} is a superuser or belongs to the owner; nothing would bind it")
            _grant(cursor, role)
        self.stdout.write(
            f"{role}: every table; of the audit log it reads, and adds through its function alone"
        )


def _read(path: Path) -> str:
    try:
        password = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}") from None
    if not password:
        raise CommandError(f"{path} is empty")
    return password


def _exists(cursor: CursorWrapper, role: str) -> bool:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    return cursor.fetchone() is not None


def _is_current(cursor: CursorWrapper, role: str) -> bool:
    cursor.execute("SELECT current_user = %s", [role])
    return bool(cursor.fetchone()[0])


def _is_mighty(cursor: CursorWrapper, role: str) -> bool:
    cursor.execute(
        "SELECT rolsuper OR pg_has_role(oid, current_user, 'MEMBER') FROM pg_roles WHERE rolname = %s", [role]
    )
    return bool(cursor.fetchone()[0])


def _let_log_in(cursor: CursorWrapper, role: str, password: str) -> None:
    # Hashed here, so that the password itself is in no log of the server's.
    hashed = cursor.connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    change = "ALTER" if _exists(cursor, role) else "CREATE"
    cursor.execute(
        sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
            sql.SQL(change), sql.Identifier(role), sql.Literal(hashed.decode())
        )
    )


def _grant(cursor: CursorWrapper, role: str) -> None:
    names = {
        "role": sql.Identifier(role),
        "audit": sql.Identifier(AuditEntry._meta.db_table),
        "heads": sql.Identifier(AuditHead._meta.db_table),
        "database": sql.Identifier(str(connection.settings_dict["NAME"])),
    }
    for statement in (
        # From nothing each time, so that no grant of an earlier version stays.
        "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        # A cluster from before PostgreSQL 15 lets everybody make functions there, which the owner's might call.
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}",
        # A table of its own for the moment would be found before the desk's by every trigger that looks something up.
        "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
        "GRANT USAGE ON SCHEMA public TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        # What only the owner's function writes can't be written by whoever gets into the web server (docs/adr/0091).
        "REVOKE INSERT, UPDATE, DELETE ON {audit}, {heads} FROM {role}",
        # A restored dump comes without privileges, and a new function is everybody's.
        "REVOKE ALL ON FUNCTION cases_audit_record FROM PUBLIC",
        "GRANT EXECUTE ON FUNCTION cases_audit_record TO {role}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))
    for table in READ_ONLY:
        revoke = sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}")
        cursor.execute(revoke.format(sql.Identifier(table), sql.Identifier(role)))
