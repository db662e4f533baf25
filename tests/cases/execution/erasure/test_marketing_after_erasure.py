"""Who leaves and has erased what marketing used is left alone for good (Article 17(1)(c) with 21(2); scenario F01)."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from cases.assessment import assessing, deciding
from cases.assessment.situations import situation_of
from cases.casework.case_clock import today
from cases.collection import run_commands
from cases.execution import carrying_out
from cases.execution.erasure import marketing
from cases.execution.objections import probing, stoplist
from cases.models import Action, AuditEntry, Case, Operator, Suppression, Task
from cases.sealed.vault import digest
from connectors.contract.base import SourceDown, SourceRefused
from connectors.sql.connector import SqlConnector
from exports.answer.snapshot import facts_of
from tests.operators.line import Staff, approve, decide, finish, letter, receipted, said, work
from tests.operators.looked_at import allowed
from tests.operators.scenes import TELLING, Scene
from tests.operators.sealed import forget_orders, registered

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]
BO = "bo@example.com"
CHANNELS = {"marketing", "tv-ads", "ad-profiling"}


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def decided(ask: Ask, staff: Staff) -> Callable[..., Case]:
    """decided() is Bo's erasure, who left in 2020, accepted as proposed; outcomes by category to depart from that."""

    def make(email: str = BO, language: str = "en", **outcomes: str) -> Case:
        case = work(ask("erasure", email, language=language))
        for category, outcome in outcomes.items():
            decision = case.decisions.get(subject=category)
            deciding.override(decision, outcome=outcome, reason="Looked at it.", by=staff("legal"))
        decide(case, staff("caseworker"))
        return case

    return make


def listed() -> set[tuple[str, str]]:
    return set(Suppression.objects.values_list("kind", "channel"))


def a_week_later() -> int:
    """How many alarms the weekly question raises."""
    Suppression.objects.update(next_probe_at=F("next_probe_at") - timedelta(days=8))
    return probing.probe()


def test_a_former_customer_goes_on_the_list_for_every_marketing(
    decided: Callable[..., Case], staff: Staff
) -> None:
    case = decided()
    assert listed() == set()
    finish(case, staff)
    assert listed() == {(kind, channel) for kind in ("email", "customer_no") for channel in CHANNELS}
    told = AuditEntry.objects.filter(action="stop-list.entered", actor="system")
    assert {entry.data["stopped"] for entry in told} == CHANNELS


def test_where_no_row_is_left_nobody_is_told_and_nothing_is_an_alarm(
    decided: Callable[..., Case], staff: Staff, crm: sqlite3.Connection
) -> None:
    crm.execute("UPDATE customer SET marketing_allowed = 0")
    case = decided()
    finish(case, staff)
    assert not case.actions.filter(kind="suppress").exists()
    assert allowed(crm) == {"C1": 0}
    assert a_week_later() == 0
    assert not Task.objects.filter(kind="objection-undone").exists()


def test_data_that_come_back_are_an_alarm(
    decided: Callable[..., Case], staff: Staff, crm: sqlite3.Connection
) -> None:
    """From a bought list: the same mailbox, a number of its own, and nobody has asked."""
    finish(decided(), staff)
    crm.execute(
        "INSERT INTO customer (customer_no, email, marketing_allowed) VALUES ('B9', 'bo@example.com', 1)"
    )
    assert a_week_later() == 1
    task = Task.objects.get(kind="objection-undone")
    probing.put_into_force_again(task, by=staff("caseworker"))
    assert allowed(crm)["B9"] == 0


def test_what_is_kept_is_not_marketed_to_and_no_alarm(
    decided: Callable[..., Case], staff: Staff, crm: sqlite3.Connection
) -> None:
    case = decided(contact="keep")
    finish(case, staff)
    assert allowed(crm) == {"C1": 1, "C2": 0}
    (told,) = case.actions.filter(kind="suppress")
    assert (told.collection, told.status, told.done, told.remaining) == ("customer", "done", 1, 0)
    assert "Marketing is switched off where we held something about you" in receipt(case)
    assert a_week_later() == 0


def receipt(case: Case) -> str:
    return said(receipted(facts_of(case)))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("sv", "Något annat sparar vi inte för det."),
        ("da", "Vi gemmer ikke andet til det."),
        ("en", "We keep nothing else for this."),
    ],
)
def test_the_letter_says_what_stays_and_that_nothing_else_does(
    decided: Callable[..., Case], language: str, words: str
) -> None:
    assert words in said(letter(decided(language=language)))


def test_the_case_shows_it(decided: Callable[..., Case], staff: Staff, client: Client) -> None:
    case = decided()
    finish(case, staff)
    client.force_login(staff("caseworker"))
    page = client.get(reverse("desk:case", args=[case.reference])).content.decode()
    assert "On the stop list" in page
    assert "General marketing and direct advertising" in page
    assert "Put on the stop list for marketing" in page


def test_a_customer_whose_contract_goes_on_has_not_said_no(
    decided: Callable[..., Case], staff: Staff, crm: sqlite3.Connection
) -> None:
    """Anna's profile goes; general marketing does not stop with it (scenario F06)."""
    case = decided("anna@example.com")
    assert "stop list" not in said(letter(case))
    finish(case, staff)
    assert crm.execute("SELECT count(*) FROM profile WHERE customer_no = 'C1'").fetchone() == (0,)
    assert (listed(), allowed(crm)["C1"]) == (set(), 1)


def test_nothing_that_marketing_used_is_erased(
    decided: Callable[..., Case], staff: Staff, crm: sqlite3.Connection
) -> None:
    case = decided(contact="keep", profile="keep")
    assert "stop list" not in said(letter(case))
    finish(case, staff)
    assert crm.execute("SELECT count(*) FROM note WHERE customer_no = 'C2'").fetchone() == (0,)
    assert (listed(), allowed(crm)["C2"]) == (set(), 1)


def test_carried_out_again_nothing_is_added(
    decided: Callable[..., Case], staff: Staff, crm: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source falls silent between the list and the rows; the next try goes on from there."""
    case = decided(contact="keep")
    approve(case, staff)
    with monkeypatch.context() as silent:
        silent.setattr("cases.execution.erasure.erasing._carry_out_all", lambda _case: None)
        carrying_out.execute(case.pk)
    before = listed(), list(case.actions.filter(kind="suppress").values_list("pk", "done", "done_at"))
    carrying_out.execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.blocked_by) == ("execution", "recipients")
    after = listed(), list(case.actions.filter(kind="suppress").values_list("pk", "done", "done_at"))
    assert after == before
    assert AuditEntry.objects.filter(action="stop-list.entered").count() == len(CHANNELS)


def test_let_go_anew_without_one_source_it_is_recorded_once(
    decided: Callable[..., Case], staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One collection is refused and another out of reach when the rows were let go: they are let go a second time."""
    real = SqlConnector.erase
    stopped = {"note": SourceRefused("refused", "403"), "credit": SourceDown("timeout")}

    def stopping(self: SqlConnector, collection: str, *args: Any, dry_run: bool, **more: Any) -> int:
        if collection in stopped and not dry_run:
            raise stopped[collection]
        return real(self, collection, *args, dry_run=dry_run, **more)

    case = decided()
    approve(case, staff)
    with monkeypatch.context() as hindered:
        hindered.setattr(SqlConnector, "erase", stopping)
        carrying_out.execute(case.pk)
    run_commands.go_on_without(
        case.runs.get(collection="note"), reason="A court keeps it", by=staff("caseworker")
    )
    assessing.assess(case.pk)
    case.refresh_from_db()
    decide(case, staff("caseworker"))
    finish(case, staff)
    assert case.stage == "closed"
    assert sorted(recorded(case)) == sorted(CHANNELS)


def recorded(case: Case) -> list[str]:
    """The channels that the case's record says the person was put on the list for."""
    entries = AuditEntry.objects.filter(action="stop-list.entered", case=case.reference)
    return [entry.data["stopped"] for entry in entries]


def test_what_stood_on_the_list_is_not_recorded_as_put_there(
    decided: Callable[..., Case], ask: Ask, staff: Staff
) -> None:
    stoplist.enlist(work(ask("objection", BO)), ["marketing"])
    case = decided()
    finish(case, staff)
    assert sorted(recorded(case)) == sorted(CHANNELS - {"marketing"})


def test_while_a_source_does_not_take_it_no_row_goes(
    decided: Callable[..., Case], staff: Staff, crm: sqlite3.Connection
) -> None:
    crm.execute(
        "CREATE TRIGGER stubborn AFTER UPDATE ON customer WHEN new.marketing_allowed = 0"
        " BEGIN UPDATE customer SET marketing_allowed = 1 WHERE customer_no = new.customer_no; END"
    )
    case = decided()
    approve(case, staff)
    carrying_out.execute(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.actions.get(kind="suppress", detail="marketing").status) == (
        "execution",
        "failed",
    )
    assert crm.execute("SELECT count(*) FROM profile WHERE customer_no = 'C2'").fetchone() == (1,)


def test_an_approval_that_lapses_enters_nobody(
    decided: Callable[..., Case], staff: Staff, operator: Operator
) -> None:
    case = decided()
    approve(case, staff)
    case.claims.create(arose="2026-10-01")
    case.runs.get(collection="note").findings.update(until="2026-10-02")
    carrying_out.execute(case.pk)
    case.refresh_from_db()
    assert case.stage == "holds"
    assert listed() == set()


def test_a_secret_order_makes_no_difference(
    decided: Callable[..., Case], staff: Staff, crm: sqlite3.Connection, operator: Operator
) -> None:
    """All of Bo's cards go, as far as anybody is told; one that an order keeps is silent as well."""

    def shown(case: Case) -> tuple[object, ...]:
        fields = ("kind", "collection", "detail", "expected", "done", "remaining", "status")
        texts = [text.replace(case.reference, "") for text in (said(letter(case)), receipt(case))]
        return sorted(case.actions.values_list(*fields)), listed(), texts

    registered(
        operator, rule="SE-LEK-ORDER", identifier_kind="email",
        identifier_digest=digest(operator.pk, "email", BO), categories=["contact", "profile"],
        decided_on="2026-11-01", days=90, registered_by=staff("cleared"),
    )  # fmt: skip
    case = decided()
    finish(case, staff)
    kept = crm.execute("SELECT marketing_allowed FROM customer WHERE customer_no = 'C2'").fetchall()
    assert kept == [(0,)]
    assert a_week_later() == 0
    with_order = shown(case)
    forget_orders()
    Suppression.objects.all().delete()
    crm.execute("UPDATE customer SET marketing_allowed = 1")
    crm.execute("INSERT INTO note VALUES (2, 'C2', '2019-05-01', 'Was content.')")
    crm.execute("INSERT INTO credit VALUES (2, 'C2', '2019-07-01', 'yes')")
    again = decided()
    finish(again, staff)
    assert "C2" not in allowed(crm)
    assert with_order == shown(again)


def test_other_rights_end_nothing_here(ask: Ask) -> None:
    case = work(ask("access", BO))
    assert marketing.ended(case, situation_of(case, today(case))) == []
    assert Action.objects.count() == 0
