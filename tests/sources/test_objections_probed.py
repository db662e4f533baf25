"""Sources are asked every week whether an objection still is in force; one that forgot is an alarm."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import matching, probing, suppressing
from cases.models import AuditEntry, Case, Suppression, Task, User

pytestmark = pytest.mark.django_db

CONNECTORS = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:PROBED_CRM"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no", msisdn = "msisdn" }
interval = "now"
suppress = { channels = ["marketing", "tv-ads", "ad-profiling", "consent"], set = { marketing_allowed = 0 } }

[[source.collection]]
key = "login"
category = "account"
NAME
table = "customer"
key_columns = ["customer_no"]
find = { email = "email" }
link = ["email"]
interval = false
yields = [
  { kind = "customer_no", column = "customer_no" },
  { kind = "msisdn", column = "msisdn", from = "since" },
]
"""
TABLES = """
CREATE TABLE customer (
  customer_no TEXT PRIMARY KEY, email TEXT, msisdn TEXT, since DATETIME, marketing_allowed INTEGER
);
INSERT INTO customer VALUES ('C1', 'anna@example.com', '+46701740605', '2026-01-01', 1),
                            ('C2', 'bo@example.com', '+46701740606', '2026-01-01', 1);
"""


@pytest.fixture
def crm(describe: Callable[..., object], tmp_path: Path) -> sqlite3.Connection:
    path = tmp_path / "crm.sqlite"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(TABLES)
    describe(CONNECTORS, PROBED_CRM=f"sqlite:///{path}")
    return connection


@pytest.fixture
def objection(crm: sqlite3.Connection, ask: Callable[..., Case]) -> Case:
    """Anna's objection, in force for eight days."""
    case = ask("marketing-objection")
    matching.match(case.pk)
    suppressing.take_interim_measure(case.pk)
    assert allowed(crm) == {"C1": 0, "C2": 1}
    eight_days_later()
    case.refresh_from_db()
    return case


def eight_days_later() -> None:
    """As if the last eight days had passed."""
    days = timedelta(days=8)
    Suppression.objects.update(since=F("since") - days, next_probe_at=F("next_probe_at") - days)
    Suppression.objects.exclude(probed_at=None).update(probed_at=F("probed_at") - days)


def allowed(crm: sqlite3.Connection) -> dict[str, int]:
    return dict(crm.execute("SELECT customer_no, marketing_allowed FROM customer"))


def test_an_objection_that_holds_raises_nothing(objection: Case) -> None:
    assert probing.probe() == 0
    assert not Task.objects.exists()
    assert Suppression.objects.exclude(probed_at=None).exists()


def test_a_source_that_forgot_raises_a_task_an_entry_and_an_alert(
    objection: Case, crm: sqlite3.Connection, signed_in: Callable[..., Client]
) -> None:
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    assert probing.probe() == 1
    task = Task.objects.get()
    assert (task.kind, task.case, task.detail) == ("objection-undone", objection, "crm/customer")
    assert AuditEntry.objects.get(action="objection.undone").data["rows"] == 1
    queue = signed_in("caseworker").get(reverse("desk:queue")).content.decode()
    assert "A source no longer obeys 1 objection." in queue


def test_it_is_asked_once_a_week_and_told_once(objection: Case, crm: sqlite3.Connection) -> None:
    assert probing.probe() == 0
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    assert probing.probe() == 0
    eight_days_later()
    assert probing.probe() == 1
    eight_days_later()
    assert probing.probe() == 0
    assert Task.objects.count() == 1


def test_a_click_puts_it_into_force_again(
    objection: Case, crm: sqlite3.Connection, signed_in: Callable[..., Client]
) -> None:
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    probing.probe()
    client = signed_in("caseworker")
    client.post(reverse("desk:task-again", args=[Task.objects.get().pk]))
    assert allowed(crm) == {"C1": 0, "C2": 1}
    assert Task.objects.get().done_by is not None
    assert AuditEntry.objects.get(action="objection.again").actor == "caseworker"
    assert "no longer obeys" not in client.get(reverse("desk:queue")).content.decode()


def test_a_source_that_does_not_take_it_keeps_the_task_open(
    objection: Case, crm: sqlite3.Connection, signed_in: Callable[..., Client]
) -> None:
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    probing.probe()
    crm.execute(
        "CREATE TRIGGER stubborn AFTER UPDATE ON customer WHEN new.marketing_allowed = 0"
        " BEGIN UPDATE customer SET marketing_allowed = 1 WHERE customer_no = new.customer_no; END"
    )
    page = signed_in("caseworker").post(reverse("desk:task-again", args=[Task.objects.get().pk]), follow=True)
    assert "still shows the objection undone" in page.content.decode()
    assert Task.objects.get().done_at is None


def test_an_approver_cannot_click_it(
    objection: Case, crm: sqlite3.Connection, signed_in: Callable[..., Client]
) -> None:
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    probing.probe()
    response = signed_in("approver").post(reverse("desk:task-again", args=[Task.objects.get().pk]))
    assert response.status_code == 403


def test_a_source_that_is_away_is_asked_again_the_next_day(objection: Case, crm: sqlite3.Connection) -> None:
    crm.execute("ALTER TABLE customer RENAME TO moved")
    assert probing.probe() == 0
    assert not Suppression.objects.exclude(probed_at=None).exists()
    assert probing.probe() == 0
    Suppression.objects.update(next_probe_at=timezone.now())
    crm.execute("ALTER TABLE moved RENAME TO customer")
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    assert probing.probe() == 1


def test_a_number_that_passed_on_asks_about_nobody(objection: Case, crm: sqlite3.Connection) -> None:
    """Bo gets Anna's old number, and likes marketing."""
    assert set(Suppression.objects.filter(kind="msisdn").values_list("sealed", flat=True)) == {b""}
    crm.execute("DELETE FROM customer WHERE customer_no = 'C1'")
    crm.execute("UPDATE customer SET msisdn = '+46701740605'")
    assert probing.probe() == 0
    assert allowed(crm) == {"C2": 1}


def test_the_list_outlives_the_case_file(objection: Case, crm: sqlite3.Connection) -> None:
    from cases import vault
    from cases.models.keys import KeyUse

    vault.destroy(objection, KeyUse.FILE)
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    assert probing.probe() == 1


def test_each_channel_is_an_entry_of_its_own(
    objection: Case, crm: sqlite3.Connection, ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = ask("consent-withdrawal")
    matching.match(case.pk)
    suppressing.take_interim_measure(case.pk)
    assert set(Suppression.objects.values_list("kind", "channel")) == {
        (kind, channel)
        for kind in ("email", "msisdn", "customer_no")
        for channel in ("marketing", "tv-ads", "ad-profiling", "consent")
    }
