"""Nothing at rest tells of a secret order, and a process without the key of them knows of none."""

import sqlite3
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from pyrage import x25519

from cases.assessment import over_retained
from cases.assessment.situations import sealed_orders_on
from cases.casework import audit
from cases.casework.audit import first_broken
from cases.execution import carrying_out
from cases.execution.erasure import expiry, schedule
from cases.models import AuditEntry, Case, Finding, Operator, Order, ScheduledErasure, Secret
from cases.models.secrecy import Kind
from cases.orders.cleared import assess_cleared
from cases.sealed import orders_key, secrets, vault
from cases.sealed.orders_key import Foreign, NotCleared
from tests.cases.orders.secrecy_over_time import PAST, RETAINED, days_ahead, preserve, retained
from tests.operators.by_hand import carry_out
from tests.operators.line import Staff, approve, decide, work
from tests.operators.scenes import TELLING, Scene
from tests.operators.sealed import entries, kept_too_long_in, scheduled

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]
BO = "bo@example.com"
COURT, COURT_CASE, NUMBER = "Kanariepolisen", "KANARIE 77-26", "C-KANARIE"


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def held(ask: Ask, staff: Staff, crm: sqlite3.Connection, operator: Operator) -> Case:
    """Bo's erasure is carried out, and a secret order keeps his traffic; another order is about nobody we know."""
    crm.executescript(RETAINED + PAST)
    for value in ("C2", NUMBER):
        preserve(operator, staff, court=COURT, court_case=COURT_CASE, value=value)
    case = work(ask("erasure", BO))
    assess_cleared(case, by=staff("cleared"))
    decide(case, staff("caseworker"))
    approve(case, staff)
    carry_out(case, staff("caseworker"))
    return case


@pytest.fixture
def uncleared(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """uncleared(): from now on this process has the public half alone."""

    def become() -> None:
        monkeypatch.setattr(settings, "ORDERS_KEY", "")

    return become


def dumped() -> str:
    """Every table that an ordinary dump has, as PostgreSQL writes it."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        written = []
        for table in tables:
            with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                written.append(f"{table}\n" + b"".join(map(bytes, rows)).decode())
    return "\n".join(written)


def test_no_table_and_no_file_tells_of_a_secret_order(held: Case, operator: Operator) -> None:
    assert {one.collection for one in scheduled(operator)} == {"retained"}
    assert next(one.action for one in entries(held)) == "over-retained.found"
    assert kept_too_long_in(held).opens_on == days_ahead(88)
    kinds = set(Secret.objects.values_list("kind", flat=True))
    assert kinds == {Kind.ORDER, Kind.ERASURE, Kind.FINDING, Kind.OVER_RETAINED}
    dump = dumped()
    said = (COURT, COURT_CASE, "SE-LEK-ORDER", vault.digest(operator.pk, "customer_no", NUMBER))
    for told in (*said, "over-retained", "cleared.assessed", "order.registered"):
        # What kind of row is sealed may be seen, and how many there are.
        found = [
            line for line in dump.split("\n") if told in line and f"\t{Kind.OVER_RETAINED}\t" not in line
        ]
        assert not found, told
    assert vault.digest(operator.pk, "customer_no", "C2") in dump, "the case's own hash is there to be found"
    folder = Path(settings.VAULT)
    [kept] = scheduled(operator)
    assert (folder / "orders" / orders_key.mark("file", kept.name)).is_file()
    files = {str(path.relative_to(folder)) for path in folder.glob(f"cases/{held.pk}/schedule/*")}
    assert files == set(held.scheduled.values_list("name", flat=True)), (
        "those of what everybody knows is kept"
    )


def test_the_tables_everybody_reads_refuse_what_is_secret(
    held: Case, operator: Operator, staff: Staff
) -> None:
    order = Order(
        operator=operator,
        rule="SE-LEK-ORDER",
        secret=True,
        identifier_kind="x",
        registered_by=staff("cleared"),
    )
    entry = ScheduledErasure(case=held, source="x", collection="x", rule="x", secret=True, name="x", rows=1)
    finding = Finding(run=held.runs.all()[0], view="cleared", verdict="keep", rows=1)
    for one in (order, entry, finding):
        with pytest.raises(IntegrityError, match="is_sealed"), transaction.atomic():
            one.save()


def test_a_sealed_row_says_nothing_in_another_ones_place(held: Case, operator: Operator) -> None:
    one, other = Secret.objects.filter(kind=Kind.ORDER)
    Secret.objects.filter(pk=one.pk).update(sealed=other.sealed)
    with pytest.raises(Foreign):
        secrets.every(Order, Kind.ORDER, [operator.pk])


def test_with_another_key_nothing_passes_for_not_being_there(
    operator: Operator, ask: Ask, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what an order keeps would be erased."""
    case = ask("erasure", BO)
    preserve(operator, staff)
    another = x25519.Identity.generate()
    monkeypatch.setattr(settings, "ORDERS_KEY", str(another))
    for look in (lambda: sealed_orders_on(case), expiry.erase_due, lambda: preserve(operator, staff)):
        with pytest.raises(Foreign):
            look()


def test_without_the_key_a_cleared_officer_is_a_member_like_others(
    held: Case, staff: Staff, operator: Operator, uncleared: Callable[[], None]
) -> None:
    officer, client = staff("cleared", "caseworker"), Client()
    client.force_login(officer)
    order, kept = secrets.every(Order, Kind.ORDER, [operator.pk])[0], kept_too_long_in(held)
    annex = reverse("exports:cleared-annex", args=[held.reference])
    pages = (held.get_absolute_url(), "/desk/orders/", "/desk/tasks/", "/desk/")
    assert COURT_CASE in client.get("/desk/orders/").content.decode()
    assert "With clearance" in client.get(held.get_absolute_url()).content.decode()
    uncleared()
    # A session of the cleared server opens nothing here.
    assert client.get("/desk/").status_code == 302
    client.force_login(officer)
    for page in pages:
        shown = client.get(page)
        assert shown.status_code == 200
        for told in (COURT, COURT_CASE, "With clearance", "Kept too long"):
            assert told not in shown.content.decode(), (page, told)
    posts = [reverse("desk:order-end", args=[order.pk]), reverse("exports:cleared", args=[held.reference])]
    posts += [f"/desk/tasks/kept/{kept.pk}/{what}/" for what in ("rows", "given", "erase")]
    stranger = Client()
    stranger.force_login(staff("caseworker"))
    for who in (client, stranger):
        assert [who.post(post).status_code for post in posts] == [404, 403, 404, 404, 404]
        assert who.get(annex).status_code == stranger.get(annex).status_code
    with pytest.raises(PermissionDenied):
        preserve(operator, staff)


def test_without_the_key_what_asks_every_order_refuses_in_a_sentence(
    held: Case, ask: Ask, staff: Staff, crm: sqlite3.Connection, uncleared: Callable[[], None]
) -> None:
    again = ask("access", BO)
    uncleared()
    Case.objects.filter(pk=again.pk).update(to_compare=True)
    for act in (
        lambda: carrying_out.execute(held.pk),
        lambda: over_retained.compare(again.pk),
        expiry.erase_due,
        lambda: schedule.secret_entries(held),
        lambda: orders_key.mark("x"),
    ):
        with pytest.raises(NotCleared, match="started without DSAR_ORDERS_KEY"):
            act()
    assert over_retained.due().filter(pk=again.pk).exists(), "it waits for a process that may"
    with pytest.raises(CommandError, match="DSAR_ORDERS_KEY"):
        call_command("erase_due")
    assert retained(crm) == [1, 2, 3, 7]


def test_the_chain_holds_without_the_key_and_says_what_it_could_not_read(
    operator: Operator, uncleared: Callable[[], None]
) -> None:
    written, said = ("over-retained.found", "rows.erased-on-schedule"), StringIO()
    for action in written:
        audit.record(operator, action, by=audit.SYSTEM, stream="cleared", rows=1)
    assert {entry.action for entry in AuditEntry.objects.filter(stream="cleared")} == {audit.SEALED}
    assert tuple(entry.action for entry in entries()) == written
    call_command("verify_audit", stdout=said)
    assert "not read" not in said.getvalue()
    uncleared()
    audit.record(operator, "rule-extension.proposed", by=audit.SYSTEM, stream="cleared", category="profile")
    call_command("verify_audit", stdout=said)
    assert "3 entries are sealed and were not read: this process was started without" in said.getvalue()
    assert first_broken() is None


def test_the_key_verifies_what_an_entry_said_before_it_was_sealed(
    operator: Operator, uncleared: Callable[[], None]
) -> None:
    """As an upgrade leaves it: the hashes are those of what was written."""
    entry = audit.record(operator, "desk.restored", by=audit.SYSTEM, stream="cleared", sha256="0")
    data = audit.sealed(entry.action, entry.case, entry.data) | {"later": True}
    forged = audit.sealed("desk.restored", "", {"sha256": "1"}) | {"later": True}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_auditentry DISABLE TRIGGER USER")
    rows = AuditEntry.objects.filter(pk=entry.pk)
    rows.update(action=audit.SEALED, data=data)
    assert first_broken() is None
    assert audit.opened(rows.get()).data == {"sha256": "0"}
    rows.update(data=forged)
    assert first_broken() is not None
    uncleared()
    assert first_broken() is None, "without the key the links alone are checked"
    rows.update(sha256="0" * 64)
    assert first_broken() is not None
