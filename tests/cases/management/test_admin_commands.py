"""Commands an administrator runs when the desk is set up."""

import stat
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pyrage import x25519

from cases.casework.record.checkpoint import public_key
from cases.models import AuditEntry, Membership, User
from cases.sources.loading import load_operator
from dsar.environment import Environment

ROLE = "desk_of_a_test"  # made in the test's transaction, so it never outlives it


def sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def password(tmp_path):
    path = tmp_path / "password"
    path.write_text("correct horse battery staple\n")
    return path


def privileges(table):
    names = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
    return {name for name in names if sql(f"SELECT has_table_privilege('{ROLE}', '{table}', '{name}')")[0][0]}


@pytest.mark.parametrize("times", [1, 2])
def test_the_role_works_with_every_table_and_only_reads_the_audit_log(db, password, times):
    for _time in range(times):
        call_command("grant_app_role", ROLE, password_file=password)
    tables = {row[0] for row in sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    read = {"cases_auditentry", "cases_audithead", "django_migrations"}
    assert {table: privileges(table) for table in read} == {table: {"SELECT"} for table in read}
    for table in tables - read:
        assert privileges(table) == {"SELECT", "INSERT", "UPDATE", "DELETE"}, table


def test_what_was_granted_too_much_is_taken_back(db, password):
    call_command("grant_app_role", ROLE, password_file=password)
    sql(f"GRANT ALL ON cases_auditentry TO {ROLE}")
    call_command("grant_app_role", ROLE)
    assert privileges("cases_auditentry") == {"SELECT"}


def test_the_server_is_given_the_password_as_a_hash(db, password):
    call_command("grant_app_role", ROLE, password_file=password)
    ((kept,),) = sql(f"SELECT rolpassword FROM pg_authid WHERE rolname = '{ROLE}'")
    assert kept.startswith("SCRAM-SHA-256$")


def test_a_role_that_is_not_there_is_not_guessed_at(db):
    with pytest.raises(CommandError, match="there is no role"):
        call_command("grant_app_role", ROLE)


@pytest.mark.parametrize(
    "might", [f"CREATE ROLE {ROLE} SUPERUSER", f"CREATE ROLE {ROLE}; GRANT %s TO {ROLE}"]
)
def test_a_role_that_nothing_would_bind_is_refused(db, might):
    ((owner,),) = sql("SELECT current_user")
    sql(might.replace("%s", owner))
    with pytest.raises(CommandError, match="superuser or belongs to the owner"):
        call_command("grant_app_role", ROLE)


def test_the_owner_is_refused(db):
    ((owner,),) = sql("SELECT current_user")
    with pytest.raises(CommandError, match="owns the tables"):
        call_command("grant_app_role", owner)


@pytest.mark.parametrize("content", ["", "\n", None])
def test_a_password_file_that_holds_none(db, tmp_path, content):
    path = tmp_path / "password"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CommandError, match=r"empty|can't be read"):
        call_command("grant_app_role", ROLE, password_file=path)
    assert not sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'")


def test_secrets_are_made_once_and_fit_together(tmp_path, capsys):
    folder = tmp_path / "secrets"
    call_command("make_secrets", folder)
    made = {path.name: path.read_text().strip() for path in folder.iterdir()}
    assert made["owner_password"] in made["owner_database_url"]
    assert made["app_password"] in made["database_url"]
    assert made["redis_url"].partition("@")[0].rpartition(":")[2] in made["redis_conf"]
    x25519.Identity.from_str(made["master_key"])
    env = Environment({f"{name.upper()}_FILE": str(folder / name) for name in made})
    assert env.hex_key("INDEX_KEY")
    orders = env.optional_identity("ORDERS_KEY")
    assert (
        env.age_recipient("ORDERS_RECIPIENT", of=orders, given_with="ORDERS_KEY") == made["orders_recipient"]
    )
    assert public_key(env.hex_key("ANCHOR_KEY"))
    assert env.database("DATABASE_URL")["PASSWORD"] == made["app_password"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not any(content in capsys.readouterr().out for content in made.values())
    with pytest.raises(CommandError, match="there already"):
        call_command("make_secrets", folder)
    assert made == {path.name: path.read_text().strip() for path in folder.iterdir()}


def test_secrets_that_cannot_be_written_are_one_line():
    with pytest.raises(CommandError, match="can't be written: No such file"):
        call_command("make_secrets", Path("/no/such/place/secrets"))


def test_the_first_administrator_is_made_once(db, capsys):
    operator, _new = load_operator("tele2-se")
    for _time in range(2):
        call_command("add_member", "anna", "tele2-se", "admin")
    assert "anna is admin at tele2-se" in capsys.readouterr().out
    assert not User.objects.get().has_usable_password()
    assert Membership.objects.get().role == "admin"
    assert AuditEntry.objects.filter(operator=operator.pk, action="member.added").count() == 1


@pytest.mark.parametrize(
    ("operator", "role"), [("nobody", "admin"), ("tele2-se", "system"), ("tele2-se", "king")]
)
def test_a_member_of_nothing_is_not_made(db, operator, role):
    load_operator("tele2-se")
    with pytest.raises(CommandError):
        call_command("add_member", "anna", operator, role)
    assert not User.objects.exists()
