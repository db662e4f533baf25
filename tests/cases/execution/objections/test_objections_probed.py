"""Sources are asked every week whether an objection still is in force; one that forgot is an alarm."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import tasks
from cases.execution.objections import probing, stoplist, suppressing
from cases.identity import matching
from cases.models import AuditEntry, Case, Suppression, Task, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from connectors.contract.base import SourceError
from connectors.sql.connector import SqlConnector
from tests.operators.looked_at import CRM, allowed

pytestmark = pytest.mark.django_db

CONNECTORS = (
    CRM
    + """
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
)
TABLES = """
CREATE TABLE customer (
  customer_no TEXT PRIMARY KEY, email TEXT, msisdn TEXT, since DATETIME, marketing_allowed INTEGER
);
INSERT INTO customer VALUES ('C1', 'anna@example.com', '+46701740605', '2026-01-01', 1),
                            ('C2', 'bo@example.com', '+46701740606', '2026-01-01', 1);
"""


@pytest.fixture
def crm(describe: Callable[..., object], crm_with: Callable[[str], sqlite3.Connection]) -> sqlite3.Connection:
    connection = crm_with(TABLES)
    describe(CONNECTORS)
    return connection


@pytest.fixture
def objection(crm: sqlite3.Connection, objected: Callable[..., Case]) -> Case:
    """Anna's objection, in force for eight days."""
    case = objected()
    assert allowed(crm) == {"C1": 0, "C2": 1}
    eight_days_later()
    case.refresh_from_db()
    return case


def eight_days_later() -> None:
    """As if the last eight days had passed."""
    days = timedelta(days=8)
    Suppression.objects.update(since=F("since") - days, next_probe_at=F("next_probe_at") - days)
    Suppression.objects.exclude(probed_at=None).update(probed_at=F("probed_at") - days)


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
    vault.destroy(objection, KeyUse.FILE)
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    assert probing.probe() == 1


def test_each_channel_is_an_entry_of_its_own(
    objection: Case, crm: sqlite3.Connection, objected: Callable[..., Case], staff: Callable[..., User]
) -> None:
    objected(right="consent-withdrawal")
    assert set(Suppression.objects.values_list("kind", "channel")) == {
        (kind, channel)
        for kind in ("email", "msisdn", "customer_no")
        for channel in ("marketing", "tv-ads", "ad-profiling", "consent")
    }


def test_a_hundred_people_are_asked_after_at_once(
    objection: Case, crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that forgot Anna among people it knows nothing of."""
    sealed = vault.seal_for_operator(b"C9")
    Suppression.objects.bulk_create(
        Suppression(
            operator=objection.operator, kind="customer_no", digest=f"{number:064}", case=objection, sealed=sealed,
            next_probe_at=timezone.now(),
        )
        for number in range(250)
    )  # fmt: skip
    crm.execute("UPDATE customer SET marketing_allowed = 1 WHERE customer_no = 'C1'")
    asked = count_questions(monkeypatch)
    assert probing.probe() == 1
    assert not Suppression.objects.filter(next_probe_at__lte=timezone.now()).exclude(sealed=b"").exists()
    assert len(asked) < 12


def count_questions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The channels of all questions from here on; they are asked all the same."""
    asked, ask = list[str](), SqlConnector.unsuppressed

    def counted(self: SqlConnector, collection: str, identifiers: object, channel: str) -> int:
        asked.append(channel)
        return ask(self, collection, identifiers, channel)  # type: ignore[arg-type]

    monkeypatch.setattr(SqlConnector, "unsuppressed", counted)
    return asked


def test_one_silent_system_does_not_keep_others_from_being_asked(
    crm: sqlite3.Connection, describe: Callable[..., object], objected: Callable[..., Case], tmp_path: Path
) -> None:
    second = CONNECTORS.replace('key = "crm"', 'key = "shop"').replace("env:CRM_URL", "env:PROBED_SHOP")
    second = second[: second.index('[[source.collection]]\nkey = "login"')]
    shop = tmp_path / "shop.sqlite"
    with sqlite3.connect(shop) as connection:
        connection.executescript(TABLES)
    describe(second + CONNECTORS, PROBED_SHOP=f"sqlite:///{shop}")
    objected()
    eight_days_later()
    shop.rename(tmp_path / "elsewhere.sqlite")
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    assert probing.probe() == 1
    assert Task.objects.get().detail == "crm/customer"


def test_a_system_that_is_silent_for_weeks_is_a_task(objection: Case, crm: sqlite3.Connection) -> None:
    crm.execute("ALTER TABLE customer RENAME TO moved")
    probing.probe()
    assert not Task.objects.exists()
    for _ in range(2):
        eight_days_later()
        probing.probe()
    task = Task.objects.get()
    assert (task.kind, task.detail, task.case) == ("objections-not-asked-after", "crm", None)


def test_asking_waits_for_a_place_at_the_source(
    objection: Case, crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = list[str]()

    @contextmanager
    def noted(operator: str, source: str) -> Iterator[None]:
        held.append(source)
        yield

    monkeypatch.setattr(probing, "place", noted)
    probing.probe()
    assert held == ["crm"] * 3


# When an objection ends


def test_the_person_says_yes_again(
    objection: Case, crm: sqlite3.Connection, signed_in: Callable[..., Client]
) -> None:
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    probing.probe()
    client, page = signed_in("caseworker"), reverse("desk:case", args=[objection.reference])
    assert "General marketing and direct advertising" in client.get(page).content.decode()
    for channel in ("marketing", "tv-ads", "ad-profiling"):
        where = reverse("desk:stopped-end", args=[objection.reference, channel])
        client.post(where, {"reason": "Newsletter form, 3 November."})
    assert "On the stop list" not in client.get(page).content.decode()
    assert {(one.ended_reason, bytes(one.sealed)) for one in Suppression.objects.all()} == {
        ("Newsletter form, 3 November.", b"")
    }
    assert AuditEntry.objects.filter(action="objection.ended", actor="caseworker").count() == 3
    assert not Task.objects.filter(done_at=None).exists()
    eight_days_later()
    assert probing.probe() == 0
    assert allowed(crm) == {"C1": 1, "C2": 1}


def test_it_does_not_end_without_a_word_why(objection: Case, signed_in: Callable[..., Client]) -> None:
    where = reverse("desk:stopped-end", args=[objection.reference, "marketing"])
    page = signed_in("caseworker").post(where, {"reason": " "}, follow=True).content.decode()
    assert "Write a reason" in page or "reason" in page
    assert not Suppression.objects.exclude(ended_at=None).exists()


def test_an_approver_cannot_end_it(objection: Case, signed_in: Callable[..., Client]) -> None:
    where = reverse("desk:stopped-end", args=[objection.reference, "marketing"])
    assert signed_in("approver").post(where, {"reason": "Yes."}).status_code == 403


def test_an_objection_after_a_yes_is_a_new_entry(
    objection: Case, crm: sqlite3.Connection, objected: Callable[..., Case], staff: Callable[..., User]
) -> None:
    stoplist.end(objection, channel="marketing", reason="Asked for the newsletter.", by=staff("caseworker"))
    again = objected()
    entries = Suppression.objects.filter(kind="email", channel="marketing").order_by("pk")
    assert [(entry.case, entry.ended_at is None) for entry in entries] == [(objection, False), (again, True)]


# Numbers that pass on


def test_a_number_that_was_the_persons_once_is_not_listed(
    crm: sqlite3.Connection, ask: Callable[..., Case]
) -> None:
    case = ask("marketing-objection")
    matching.match(case.pk)
    case.identifiers.filter(kind="msisdn").update(valid_to=timezone.now() - timedelta(days=30))
    suppressing.take_interim_measure(case.pk)
    assert set(Suppression.objects.values_list("kind", flat=True)) == {"email", "customer_no"}


def test_the_next_holder_of_a_number_objects_for_himself(
    objection: Case, crm: sqlite3.Connection, objected: Callable[..., Case]
) -> None:
    moved_in = timezone.now() - timedelta(days=1)
    crm.execute("DELETE FROM customer WHERE customer_no = 'C1'")
    crm.execute("UPDATE customer SET msisdn = '+46701740605', since = ?", [f"{moved_in:%Y-%m-%d %H:%M}"])
    case = objected("bo@example.com")
    entry = Suppression.objects.get(kind="msisdn", channel="marketing")
    assert entry.case == case
    assert entry.since > moved_in


FAULTY = 'kind = "sql"', 'kind = "sqll"'


def test_a_faulty_description_is_silence_and_keeps_no_page_from_its_reader(
    objection: Case, crm: sqlite3.Connection, configured: Callable[[str], None],
    folder_of_operator: Path, signed_in: Callable[..., Client],
) -> None:  # fmt: skip
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    assert probing.probe() == 1
    undone, file = Task.objects.get(), folder_of_operator / "connectors.toml"
    Suppression.objects.update(next_probe_at=timezone.now(), probed_at=timezone.now() - timedelta(days=30))
    configured(file.read_text().replace(*FAULTY))
    assert probing.probe() == 0
    assert not Suppression.objects.filter(next_probe_at__lte=timezone.now()).exclude(sealed=b"").exists()
    assert Task.objects.get(kind=probing.SILENT).detail == "connectors.toml"
    client = signed_in("caseworker")
    page = client.post(reverse("desk:task-again", args=[undone.pk]), follow=True)
    assert page.status_code == 200
    undone.refresh_from_db()
    assert undone.done_at is None
    assert client.get(reverse("desk:queue") + "?view=tasks").status_code == 200


def test_an_interim_measure_that_breaks_is_a_task_until_it_is_taken(
    crm: sqlite3.Connection, ask: Callable[..., Case], configured: Callable[[str], None],
    folder_of_operator: Path, signed_in: Callable[..., Client],
) -> None:  # fmt: skip
    case, whole = ask("marketing-objection"), (folder_of_operator / "connectors.toml").read_text()
    matching.match(case.pk)
    case.refresh_from_db()
    stood = case.stage, case.blocked_by
    configured(whole.replace(*FAULTY))
    for _ in range(2):
        with pytest.raises(SourceError) as raised:
            tasks.take_interim_measure.run(case.pk)
        tasks.take_interim_measure.on_failure(raised.value, "", [case.pk], {}, None)
    task = case.tasks.get(kind="interim-failed")
    assert task.detail.startswith("faulty-file")
    assert task.due_on == case.act_by
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == stood
    assert "could not be stopped" in signed_in("caseworker").get(case_page(case)).content.decode()
    configured(whole)
    tasks.take_interim_measure.run(case.pk)
    assert allowed(crm)["C1"] == 0
    assert not case.tasks.filter(kind="interim-failed").exists()


def case_page(case: Case) -> str:
    return reverse("desk:case", args=[case.reference])
