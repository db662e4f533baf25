"""There is no container engine here, so this keeps the compose file honest: every variable, every command."""

import re
from urllib.parse import quote, urlsplit

import httpx
import psycopg
import pytest
from composed import COMPOSE, OURS, ROOT, SERVICES, Machine
from psycopg import errors, sql

from demo.processes import StartError, end_group, free_port, wait_until

READ_BY_SETTINGS = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', (ROOT / "dsar" / "settings.py").read_text()))
# Read by gunicorn, prometheus_client, Python's tempfile.
READ_BY_LIBRARIES = {"PORT", "PROMETHEUS_MULTIPROC_DIR", "TMPDIR"}
READ_BY_POSTGRES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"}
GIVEN = {
    "DSAR_BASE_URL": "https://desk.example",
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


def variables(name):
    return {key.removesuffix("_FILE") for key in SERVICES[name]["environment"]}


def test_there_is_everything_a_desk_needs():
    assert set(OURS) == {"web", "worker", "beat", "setup"}
    assert set(SERVICES) - set(OURS) == {"postgres", "redis"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_a_service_is_read(name):
    assert variables(name) <= READ_BY_SETTINGS | READ_BY_LIBRARIES


def test_the_database_server_gets_what_its_image_reads():
    assert set(SERVICES["postgres"]["environment"]) <= READ_BY_POSTGRES


def test_every_variable_settings_read_is_set_or_documented():
    documented = set(re.findall(r"(?m)^\| `(\w+)` \|", (ROOT / "docs" / "deploy.md").read_text()))
    assert documented >= READ_BY_SETTINGS
    assert documented <= READ_BY_SETTINGS | READ_BY_LIBRARIES
    required = set(
        re.findall(r'env\.(?:required|age_identity|hex_key|database|redis)\("(\w+)"', settings_text())
    )
    for name in OURS:
        assert required <= variables(name)


def settings_text():
    return (ROOT / "dsar" / "settings.py").read_text()


def test_only_the_web_port_is_published_and_on_loopback():
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:${DSAR_PORT:-8000}:8000"]
    }
    assert SERVICES["web"]["environment"]["PORT"] == "8000"


def test_the_database_and_the_queue_cannot_be_reached_from_outside_nor_reach_out():
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert {name for name, service in SERVICES.items() if service["networks"] == ["inside"]} == {
        "postgres",
        "redis",
        "beat",
        "setup",
    }


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_held_short(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["cpus"]
    assert ("healthcheck" in service) == (name != "setup")


@pytest.mark.parametrize("name", [name for name in OURS if name != "setup"])
def test_nothing_of_ours_starts_before_the_tables_are_there(name):
    assert SERVICES[name]["depends_on"] == {
        "setup": {"condition": "service_completed_successfully"},
        "postgres": {"condition": "service_healthy"},
        "redis": {"condition": "service_healthy"},
    }


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_files_the_service_is_given_and_make_secrets_makes(name):
    service = SERVICES[name]
    text = f"{service.get('environment', '')}{service.get('command', '')}"
    used = set(re.findall(r"/run/secrets/(\w+)", text))
    assert used == set(service["secrets"])
    assert used <= set(COMPOSE["secrets"])
    for secret in used:
        assert COMPOSE["secrets"][secret] == {"file": f"secrets/{secret}"}


def test_volumes_and_networks_are_declared():
    used = {mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert {name for name in used if not name.startswith(".")} == set(COMPOSE["volumes"])
    assert {network for service in SERVICES.values() for network in service["networks"]} == set(
        COMPOSE["networks"]
    )


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
    token = web.get("/accounts/login/").cookies["csrftoken"]
    response = web.post(
        "/accounts/login/",
        data={"login": "anna", "password": "wrong", "csrfmiddlewaretoken": token},
        headers={"Cookie": f"csrftoken={token}", "Referer": "https://desk.example/accounts/login/"},
    )
    assert response.status_code == 200
    return response


def attempts(machine):
    """How often the worker has tried to send each mail that waits; the mail server is away."""
    with psycopg.connect(app_url(machine)) as database:
        return [row[0] for row in database.execute("SELECT attempts FROM cases_outgoingmail ORDER BY id")]


def test_the_desk_runs_as_written(machine, own_redis):
    for _start in ("the first", "and one that finds everything done"):
        prepared = machine.run("setup", machine.command("setup"))
        assert prepared.returncode == 0, prepared.stderr
    for name in ("web", "worker", "beat"):
        machine.start(name)
    for name in ("web", "worker", "beat"):
        until(machine, name, lambda name=name: machine.healthy(name), f"{name} is not healthy")
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
        until(machine, "worker", lambda: attempts(machine)[0] > 0, "the worker does not work")
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
    assert (ready.status_code, ready.json()) == (503, {"database": True, "redis": False})
    assert machine.healthy("web"), "a web server without its queue still takes requests"
    assert ask(machine, web, "second").status_code == 201
    assert "password" in log_in_wrongly(web).text, "limits on logging in are kept elsewhere"
    own_redis.start()
    assert web.get("/readyz").status_code == 200
    until(machine, "worker", lambda: attempts(machine)[1] > 0, "the worker does not pick up what was asked")


FORBIDDEN = [
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
    verified = machine.run("web", ["python", "manage.py", "verify_audit"])
    assert verified.returncode == 0, verified.stderr
