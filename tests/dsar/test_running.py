"""Every service of the compose file runs as it is written there, until its own health check is content."""

from dataclasses import replace
from urllib.parse import quote, urlsplit

import httpx
import psycopg
import pytest
from psycopg import errors, sql

from demo.servers.processes import StartError, end_group, free_port, wait_until
from tests.dsar.composed import Machine

GIVEN = {
    "DSAR_BASE_URL": "https://desk.example",
    "DSAR_CLEARED_URL": "https://cleared.desk.example",
    "DSAR_FROM_EMAIL": "desk@desk.example",
    "EMAIL_URL": "smtp://127.0.0.1:9",
}
REQUEST = {
    "operator": "tele2-se",
    "rights": ["access"],
    "language": "sv",
    "name": "Anna Test",
    "email": "anna@example.com",
}


@pytest.fixture
def machine(tmp_path, empty_database, postgres_url, own_redis):
    """The secrets as `make_secrets` writes them, with the servers' addresses of this machine; owner's role made."""
    port = free_port()
    changed = {"PORT": str(port), "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}"}
    machine = Machine(tmp_path, GIVEN, changed)
    folder = tmp_path / "secrets"
    made = machine.run(None, ["python", "manage.py", "make_secrets", str(folder)])
    assert made.returncode == 0, made.stderr
    point_at(folder, postgres_url, empty_database, own_redis.url)
    for path in ("vault", "scratch", "metrics"):
        (tmp_path / path).mkdir()
    owner = (folder / "owner_password").read_text().strip()
    with psycopg.connect(postgres_url, autocommit=True) as server:
        drop_roles(server)
        server.execute(
            sql.SQL("CREATE ROLE dsar_owner SUPERUSER LOGIN PASSWORD {}").format(sql.Literal(owner))
        )
        yield machine
        for process in machine.running.values():
            end_group(process.pid)
            process.wait()
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(empty_database)))
        drop_roles(server)
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(empty_database)))


def drop_roles(server):
    for role in ("dsar_app", "dsar_owner"):
        server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def point_at(folder, postgres_url, database, redis_url):
    """Puts this machine's servers where the secrets name the compose file's."""
    server = urlsplit(postgres_url)
    for name in ("owner_database_url", "database_url"):
        path = folder / name
        login = path.read_text().strip().removesuffix("@postgres/dsar")
        host = server.netloc.rpartition("@")[2]
        path.chmod(0o600)
        path.write_text(f"{login}@{host}/{quote(database)}" + (f"?{server.query}" if server.query else ""))
    (folder / "redis_url").chmod(0o600)
    (folder / "redis_url").write_text(redis_url)


def until(machine, name, ready, what):
    try:
        wait_until(ready, what=what, seconds=120, alive=lambda: machine.alive(name))
    except StartError as error:
        pytest.fail(f"{error}\n{machine.log(name)[-3000:]}")


def app_url(machine):
    return (machine.folder / "secrets" / "database_url").read_text()


def ask(machine, web, key):
    return web.post("/api/requests/", json=REQUEST | {"name": key}, headers={"Idempotency-Key": key})


def log_in_wrongly(web):
    token = web.get("/accounts/login/").cookies["__Host-csrftoken"]
    response = web.post(
        "/accounts/login/",
        data={"login": "anna", "password": "wrong", "csrfmiddlewaretoken": token},
        headers={"Cookie": f"__Host-csrftoken={token}", "Referer": "https://desk.example/accounts/login/"},
    )
    assert response.status_code == 200
    return response


def attempts(machine):
    """How often the worker has tried to send each mail that waits; the mail server is away."""
    with psycopg.connect(app_url(machine)) as database:
        return [row[0] for row in database.execute("SELECT attempts FROM cases_outgoingmail ORDER BY id")]


@pytest.mark.timeout(600)
def test_the_desk_runs_as_written(machine, own_redis):
    for _start in ("the first", "and one that finds everything done"):
        prepared = machine.run("setup", machine.command("setup"))
        assert prepared.returncode == 0, prepared.stderr
    for name in ("web", "worker", "cleared-worker", "mailer", "beat"):
        machine.start(name)
    for name in ("web", "worker", "cleared-worker", "mailer", "beat"):
        until(machine, name, lambda name=name: machine.healthy(name), f"{name} is not healthy")
    # Its port is its own where each service has a machine of its own.
    port = free_port()
    beside = replace(machine, changed={"PORT": str(port), "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{port}"})
    beside.start("cleared-web")
    until(beside, "cleared-web", lambda: beside.healthy("cleared-web"), "cleared-web is not healthy")
    token = machine.run("web", ["python", "manage.py", "api_token", "portal", "--operator", "tele2-se"])
    assert token.returncode == 0, token.stderr
    headers = {
        "Host": "desk.example",
        "X-Forwarded-Proto": "https",
        "Authorization": f"Token {token.stdout.strip()}",
    }
    with httpx.Client(
        base_url=f"http://127.0.0.1:{machine.changed['PORT']}", headers=headers, timeout=60
    ) as web:
        assert ask(machine, web, "first").status_code == 201
        until(machine, "mailer", lambda: attempts(machine)[0] > 0, "the mailer does not work")
        metrics_are_for_the_token(machine, web)
        the_audit_log_is_safe_from_the_desk(machine)
        a_lost_queue_loses_nothing(machine, web, own_redis)
    for name, process in machine.running.items():
        process.terminate()
        assert process.wait(60) == 0, machine.log(name)[-3000:]


def metrics_are_for_the_token(machine, web):
    token = (machine.folder / "secrets" / "metrics_token").read_text().strip()
    counted = web.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert counted.status_code == 200
    assert 'django_http_requests_total_by_method_total{method="POST"} 1.0' in counted.text
    assert web.get("/metrics").status_code == 404


def a_lost_queue_loses_nothing(machine, web, own_redis):
    own_redis.stop()
    ready = web.get("/readyz")
    assert ready.status_code == 503
    assert {name for name, is_well in ready.json().items() if not is_well} == {"redis", "mail"}
    assert machine.healthy("web"), "a web server without its queue still takes requests"
    assert ask(machine, web, "second").status_code == 201
    assert "password" in log_in_wrongly(web).text, "limits on logging in are kept elsewhere"
    own_redis.start()
    # There is no mail server on this machine.
    assert {name for name, is_well in web.get("/readyz").json().items() if not is_well} == {"mail"}
    until(machine, "mailer", lambda: attempts(machine)[1] > 0, "the mailer does not pick up what was asked")


INSERTED = """INSERT INTO cases_auditentry
    (operator, stream, number, at, actor, action, "case", data, previous, content_sha256, sha256)
    VALUES ('tele2-se', 'open', 99, now(), 'system', 'x', '', '{}', repeat('0', 64), repeat('0', 64), repeat('1', 64))
"""
FORBIDDEN = [
    INSERTED,
    "UPDATE cases_audithead SET number = number + 1",
    "DELETE FROM cases_audithead",
    "INSERT INTO cases_audithead (operator, stream, number, sha256) VALUES ('x', 'open', 0, repeat('0', 64))",
    "CREATE OR REPLACE FUNCTION cases_audit_may_act(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "SELECT cases_audit_record('tele2-se', 'open', 'anna', 'x', '', '{}')",
    "UPDATE cases_auditentry SET action = 'x'",
    "DELETE FROM cases_auditentry",
    "TRUNCATE cases_auditentry",
    "ALTER TABLE cases_auditentry DISABLE TRIGGER ALL",
    "DROP TRIGGER cases_audit_append_only ON cases_auditentry",
    "DROP TABLE cases_auditentry",
    "CREATE OR REPLACE FUNCTION cases_audit_append_only() RETURNS trigger LANGUAGE sql AS 'SELECT NULL'",
    "SET session_replication_role = replica",
    "DELETE FROM django_migrations",
    "CREATE TABLE mine (id int)",
    "SET ROLE dsar_owner",
]


def the_audit_log_is_safe_from_the_desk(machine):
    with psycopg.connect(app_url(machine), autocommit=True) as desk:
        before = desk.execute("SELECT count(*), max(sha256) FROM cases_auditentry").fetchone()
        desk.execute("GRANT UPDATE ON cases_auditentry TO dsar_app")  # PostgreSQL warns, and grants nothing
        for statement in FORBIDDEN:
            with pytest.raises(errors.InsufficientPrivilege):
                desk.execute(statement)
        assert desk.execute("SELECT count(*), max(sha256) FROM cases_auditentry").fetchone() == before
        desk.execute("SELECT cases_audit_record('tele2-se', 'open', 'system', 'x', '', '{}')")
    verified = machine.run("web", ["python", "manage.py", "verify_audit"])
    assert verified.returncode == 0, verified.stderr
