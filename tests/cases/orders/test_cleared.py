"""What is secret exists for cleared officers only: everybody else sees the same with it and without it."""

import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone

from cases.casework import audit
from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, Finding
from cases.models.secrecy import Kind
from cases.orders.cleared import assess_cleared, cleared_findings, found_with_clearance, hidden
from cases.orders.court_orders import register_order
from cases.sealed import secrets
from exports.notices import annex, sealed_annex
from tests.cases.orders.uncleared import ROLES, Views, seen, told_apart
from tests.operators.line import Staff, decide, finish, said, work
from tests.operators.scenes import TELLING, Scene
from tests.operators.sealed import entries, secret_orders

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]
OPEN = """
    INSERT INTO retained VALUES (1, 'C2', '', '2026-10-01 10:00:00', NULL), (2, 'C2', '', '2026-11-01 10:00:00', NULL);
    INSERT INTO disclosure VALUES (1, 'C2', '', '2026-06-01', 'Meta', 'C2');
"""
SECRET = """
    INSERT INTO retained VALUES (8, 'C2', 'targeted', '2026-11-02 10:00:00', 'A-9');
    INSERT INTO retained VALUES (9, 'C2', 'targeted', '2026-11-03 10:00:00', 'A-9');
    INSERT INTO disclosure VALUES (9, 'C2', 'authority', '2026-07-01', 'Polisen', 'C2');
"""
LATER = """
    INSERT INTO retained VALUES (21, 'C2', '', '2026-11-04 10:00:00', NULL);
    INSERT INTO note VALUES (9, 'C2', '2019-06-01', 'Wrote again.');
"""
SECRET_LATER = "INSERT INTO retained VALUES (22, 'C2', 'targeted', '2026-11-05 10:00:00', 'A-9');"


@pytest.fixture
def scene() -> Scene:
    return TELLING


def preserve(case: Case, staff: Staff) -> None:
    """A secret order that keeps everything of Bo's that its rule reaches."""
    register_order(
        case.operator, by=staff("cleared"), rule="SE-LEK-ORDER", kind="customer_no", value="C2", court="Polisen",
        court_case="K 1-26", decided_on=timezone.localdate() - timedelta(days=3), days=90,
    )  # fmt: skip


@pytest.fixture
def world(
    ask: Ask, staff: Staff, crm: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[Views]]:
    """world("access", secret=True) works one case to its end and returns what was seen of it on the way."""
    for role in (*ROLES, "cleared"):
        staff(role)
    crm.executescript(OPEN)

    capsys.readouterr()
    call_command("api_token", "portal", operator=["tele2-se"])
    token = capsys.readouterr().out.strip()
    before = sqlite3.connect(":memory:")
    crm.backup(before)

    def run(right: str, *, secret: bool) -> list[Views]:
        before.backup(crm)
        crm.executescript(SECRET if secret else "")
        with transaction.atomic():
            views = list(lived(ask(right, "bo@example.com"), staff, token, crm, secret=secret))
            # The next world begins where this one began.
            transaction.set_rollback(True)
        return views

    return run


def lived(case: Case, staff: Staff, token: str, crm: sqlite3.Connection, *, secret: bool) -> Iterator[Views]:
    if secret:
        preserve(case, staff)
    work(case)
    if secret:
        assess_cleared(case, by=staff("cleared"))
    yield seen(case, staff, token)
    decide(case, staff("caseworker"))
    crm.executescript(LATER + (SECRET_LATER if secret else ""))
    finish(case, staff)
    yield seen(case, staff, token)


@pytest.mark.parametrize("right", ["access", "erasure", "restriction"])
def test_everybody_else_sees_the_same(world: Callable[..., list[Views]], right: str) -> None:
    without = world(right, secret=False)
    with_secrets = world(right, secret=True)
    assert ("note" in without[-1]["later"]) is (right == "erasure")
    assert not told_apart(without, with_secrets)


@pytest.fixture
def held(ask: Ask, staff: Staff, crm: sqlite3.Connection) -> Case:
    """Bo's erasure, with secret rows and a secret order about him."""
    crm.executescript(OPEN + SECRET)
    case = ask("erasure", "bo@example.com")
    preserve(case, staff)
    return work(case)


def test_cleared_officers_see_every_row_once(held: Case, staff: Staff) -> None:
    assert assess_cleared(held, by=staff("cleared")) == assess_cleared(held, by=staff("cleared"))
    found = cleared_findings(held)
    ordinary = sum(Finding.objects.filter(run__case=held).values_list("rows", flat=True))
    assert sum(one.rows for one in found) == ordinary + 3
    assert {one.run.collection for one in found if one.rule == "SE-LEK-ORDER"} == {"retained"}


def test_the_annex_lists_secret_rows_their_rule_and_their_last_day(held: Case, staff: Staff) -> None:
    until = timezone.localdate() + timedelta(days=87)
    found = {(one.collection, one.kind): one for one in hidden(held, by=staff("cleared"))}
    assert found["retained", "targeted"].rows == 2
    assert found["disclosure", "authority"].rows == 1
    assert (found["retained", ""].rule, found["retained", ""].until) == ("SE-LEK-ORDER", until)
    assert ("customer", "") not in found
    text = said(annex.annex(held, language="en", by=staff("cleared")))
    assert "targeted" in text
    assert "K 1-26" in text


def test_reading_it_stands_in_the_cleared_stream_alone(held: Case, staff: Staff) -> None:
    count = AuditEntry.objects.filter(stream="open").count()
    assess_cleared(held, by=staff("cleared"))
    annex.read_annex(held, language="sv", by=staff("cleared"))
    assert AuditEntry.objects.filter(stream="open").count() == count
    assert [entry.action for entry in entries(held)] == ["cleared.assessed", "cleared.annex-read"]
    assert "cleared" not in {entry.stream for entry in audit.timeline(held)}


@pytest.mark.parametrize("role", ["caseworker", "approver", "legal", "auditor", "admin"])
def test_nobody_else_gets_at_it(held: Case, staff: Staff, role: str) -> None:
    for look in (assess_cleared, hidden):
        with pytest.raises(PermissionDenied):
            look(held, by=staff(role))
    client = Client()
    client.force_login(staff(role))
    assert client.get(f"/desk/cases/{held.reference}/cleared/annex/").status_code in (403, 404)
    assert client.post(f"/desk/cases/{held.reference}/cleared/").status_code in (403, 404)


def test_there_is_nothing_to_judge_before_anything_is_gathered(ask: Ask, staff: Staff) -> None:
    with pytest.raises(Refusal, match="wrong-stage"):
        assess_cleared(ask("erasure"), by=staff("cleared"))


def test_numbers_of_orders_tell_of_no_others(ask: Ask, staff: Staff) -> None:
    case = ask("erasure")
    preserve(case, staff)
    preserve(case, staff)
    first, second = (order.pk for order in secret_orders(case.operator))
    assert abs(first - second) > 1


def test_judging_with_everything_shows_what_it_found(held: Case, staff: Staff) -> None:
    client, page = Client(), held.get_absolute_url()
    client.force_login(staff("cleared"))
    assert "What others do not see" not in client.get(page).content.decode()
    client.post(f"{page}cleared/")
    shown = client.get(page).content.decode().partition("What others do not see")[2].partition("</table>")[0]
    found = found_with_clearance(held, by=staff("cleared"))
    assert found
    assert {one.run.collection for one in found} == {"retained", "disclosure"}
    assert sum(one.rows for one in found if one.run.collection == "disclosure") == 1
    assert shown.count("<tr>") == len(found) + 1
    assert "Preservation order" in shown
    client.force_login(staff("legal"))
    assert "What others do not see" not in client.get(page).content.decode()


@pytest.mark.pango
def test_what_cleared_officers_have_to_look_at_is_settled_by_the_annex_that_two_approve(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    crm.executescript(OPEN + SECRET)
    case = work(ask("access", "bo@example.com"))
    first, second, client = staff("cleared"), staff("cleared", name="second"), Client()
    client.force_login(first)
    client.post(f"{case.get_absolute_url()}cleared/")

    def told() -> str:
        return client.get(case.get_absolute_url()).content.decode()

    withheld, waits = "Withholding data without mention must be approved", "settles this."
    # In the mark of the data table, and in each row that others do not see.
    assert told().count(waits) == told().partition("What others do not see")[2].count(withheld) == 2
    kept = sealed_annex.seal(case, language="en", by=first)
    assert withheld in said(annex.annex(case, language="en", by=first))
    sealed_annex.read(kept, by=second)
    sealed_annex.approve(kept, by=second, sha256=kept.sha256)
    assert (told().count(waits), told().count("Approved with annex 1 by second.")) == (0, 2)
    case.runs.update(touched_at=timezone.now())
    assert told().count(waits) == 2


@pytest.mark.parametrize("role", ["caseworker", "approver", "auditor"])
def test_tasks_name_no_court_case_to_who_may_not_see_orders(held: Case, staff: Staff, role: str) -> None:
    order = register_order(
        held.operator, by=staff("legal"), rule="SE-IPRED-NOTICE", kind="customer_no", value="C2",
        court_case="PMT 77-26", handed_over_on=timezone.localdate(),
    )  # fmt: skip
    client = Client()
    client.force_login(staff("legal"))
    assert "PMT 77-26" in client.get("/desk/tasks/").content.decode()
    client.force_login(staff(role))
    assert "PMT 77-26" not in client.get("/desk/tasks/").content.decode()
    assert client.post(f"/desk/tasks/{order.tasks.get().pk}/done/").status_code == 404


def test_a_case_whose_file_is_over_is_found_by_none_of_its_numbers(held: Case, staff: Staff) -> None:
    """They stay longer where a secret order keeps a row: whoever searches would hit upon that."""
    client = Client()
    client.force_login(staff("caseworker"))
    assert client.post("/desk/find/", {"q": "C2"})["Location"].endswith(held.get_absolute_url())
    Case.objects.filter(pk=held.pk).update(file_sealed=b"")
    assert client.post("/desk/find/", {"q": "C2"})["Location"] == "/desk/"
    assert client.post("/desk/find/", {"q": held.reference})["Location"].endswith(held.get_absolute_url())


def test_what_was_judged_of_rows_that_are_gathered_again_is_shown_no_more(held: Case, staff: Staff) -> None:
    assess_cleared(held, by=staff("cleared"))
    gone = held.runs.get(collection="retained")
    number = gone.pk
    gone.delete()
    assert found_with_clearance(held, by=staff("cleared"))
    assert number not in {one.run_id for one in cleared_findings(held)}
    assess_cleared(held, by=staff("cleared"))
    kept = secrets.about(Finding, Kind.FINDING, held.operator_id, str(held.pk))
    assert kept
    assert number not in {one.run_id for one in kept}
