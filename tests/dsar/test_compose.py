"""There is no container engine here, so this keeps the compose file honest: every variable, every limit."""

import re

import pytest
from django.conf import settings

from tests.dsar.composed import COMPOSE, OURS, ROOT, SERVICES

READ_BY_SETTINGS = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', (ROOT / "dsar" / "settings.py").read_text()))
# Read by gunicorn, prometheus_client, Python's tempfile.
READ_BY_LIBRARIES = {"PORT", "PROMETHEUS_MULTIPROC_DIR", "TMPDIR"}
READ_BY_POSTGRES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS"}


def variables(name):
    return {key.removesuffix("_FILE") for key in SERVICES[name]["environment"]}


def test_there_is_everything_a_desk_needs():
    assert set(OURS) == {"web", "worker", "cleared-web", "cleared-worker", "mailer", "beat", "setup"}
    assert set(SERVICES) - set(OURS) == {"postgres", "redis"}


def test_every_queue_has_a_worker_and_no_worker_waits_for_another_queue():
    worked = re.findall(
        r"worker -Q (\S+)",
        " ".join(str(SERVICES[name]["command"]) for name in ("worker", "cleared-worker", "mailer")),
    )
    declared = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    assert sorted(",".join(worked).split(",")) == sorted(declared)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_a_service_is_read(name):
    assert variables(name) <= READ_BY_SETTINGS | READ_BY_LIBRARIES


def test_the_database_server_gets_what_its_image_reads():
    assert set(SERVICES["postgres"]["environment"]) <= READ_BY_POSTGRES


def test_every_variable_settings_read_is_set_or_documented():
    documented = set(re.findall(r"(?m)^\| `([A-Z_]\w*)` \|", (ROOT / "docs" / "deploy.md").read_text()))
    assert documented >= READ_BY_SETTINGS
    assert documented <= READ_BY_SETTINGS | READ_BY_LIBRARIES
    required = set(
        re.findall(r'env\.(?:required|age_identity|hex_key|database|redis)\("(\w+)"', settings_text())
    )
    for name in OURS:
        assert required <= variables(name)


def settings_text():
    return (ROOT / "dsar" / "settings.py").read_text()


def test_the_key_of_secret_orders_is_given_to_what_is_cleared_alone():
    given = {name for name in OURS if "orders_key" in SERVICES[name]["secrets"]}
    assert given == {"cleared-web", "cleared-worker", "setup"}
    assert given == {name for name in OURS if "DSAR_ORDERS_KEY" in variables(name)}


def test_only_the_web_ports_are_published_and_on_loopback():
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "web": ["127.0.0.1:${DSAR_PORT:-8000}:8000"],
        "cleared-web": ["127.0.0.1:${DSAR_CLEARED_PORT:-8001}:8001"],
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
