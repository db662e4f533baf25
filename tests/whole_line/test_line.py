"""The stages one after another, worked by hand: what Celery does in the product, a call does here."""

import json
import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest

from cases.casework.workflow import Refusal
from cases.execution.erasure import expiry
from cases.execution.objections import suppressing
from cases.identity import claimed, matching
from cases.models import Case, User
from exports import delivery
from exports.letter.values import MASK
from tests.operators.by_hand import answer, prepare, read_and_approve, work

pytestmark = pytest.mark.django_db


def test_an_access_request_is_gathered_and_judged(ask: Callable[..., Case]) -> None:
    case = work(ask("access"))
    assert case.stage == "decisions", [(run.collection, run.status, run.error) for run in case.runs.all()]
    assert {run.collection: run.rows for run in case.runs.all()} == {
        "customer": 1,
        "subscription": 1,
        "invoice": 1,
        "calls": 2,
    }
    assert {one.subject: one.outcome for one in case.decisions.all()} == {
        "contact": "give",
        "account": "give",
        "invoices": "give",
        "usage": "partly",
    }


def test_the_earlier_holder_of_a_number_gets_only_his_own_calls(ask: Callable[..., Case]) -> None:
    case = work(ask("access", "bo@example.com"))
    assert case.runs.get(collection="calls").rows == 1


def test_an_unknown_mailbox_with_somebody_elses_number_gets_nothing(ask: Callable[..., Case]) -> None:
    case = work(ask("access", "eve@example.com", phone="0701740605"))
    assert (case.stage, case.blocked_by, case.runs.count()) == ("matching", "claims-to-check", 0)


def test_a_rejected_claim_ends_with_nothing_held(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access", "eve@example.com", phone="0701740605"))
    claimed.reject_claimed(claimed.open_claims(case)[0], by=staff("caseworker"))
    case = work(case)
    assert (case.stage, case.runs.filter(rows__gt=0).count()) == ("decisions", 0)


def test_a_marketing_objection_takes_effect_before_anybody_decides(
    ask: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    case = ask("marketing-objection")
    matching.match(case.pk)
    suppressing.take_interim_measure(case.pk)
    case.refresh_from_db()
    assert case.interim_at
    allowed = dict(crm.execute("SELECT customer_no, marketing_allowed FROM customer"))
    assert allowed == {"C1": 0, "C2": 1}


def test_an_erasure_keeps_what_the_law_keeps(ask: Callable[..., Case]) -> None:
    case = work(ask("erasure", "bo@example.com"))
    decided = {one.subject: (one.outcome, one.rule) for one in case.decisions.all()}
    assert decided["invoices"] == ("keep", "SE-BFL")
    assert decided["contact"] == ("keep", "SE-CLAIM")
    assert decided["usage"] == ("erase", "")


@pytest.mark.pango
def test_an_access_package_holds_what_the_sources_hold(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access"))
    prepared = answer(case, staff("caseworker"), staff("approver"))
    assert (case.stage, case.outcome) == ("closed", "partly")
    with ZipFile(BytesIO(b"".join(delivery.fetch(prepared, who=delivery.DATA_SUBJECT)))) as package:
        calls = json.loads(package.read("data/usage-crm-calls.json"))
    assert [(row["id"], row["other"]) for row in calls] == [(2, "+46701740698"), (3, MASK)]


@pytest.mark.pango
def test_the_preparer_cannot_approve(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case, both = work(ask("access")), staff("caseworker", "approver")
    prepared = prepare(case, both)
    with pytest.raises(Refusal, match="same-person"):
        read_and_approve(prepared, by=both)


@pytest.mark.pango
def test_an_erasure_leaves_what_must_be_kept_and_nothing_else(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    answer(case, staff("caseworker"), staff("approver"))
    assert (case.stage, case.outcome) == ("closed", "partly")
    left = {
        table: crm.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("customer", "subscription", "invoice", "calls")
    }
    assert left == {"customer": 2, "subscription": 1, "invoice": 2, "calls": 2}
    assert {(one.collection, one.rule) for one in case.scheduled.all()} == {
        ("customer", "SE-CLAIM"),
        ("invoice", "SE-BFL"),
    }


@pytest.mark.pango
def test_what_was_kept_goes_the_day_after_its_last_day(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    answer(case, staff("caseworker"), staff("approver"))
    until = case.scheduled.get(collection="invoice").until
    assert until == date(2033, 12, 31)
    assert expiry.erase_due(date(2029, 10, 6)) == 1
    assert expiry.erase_due(until) == 0
    assert expiry.erase_due(until + timedelta(days=1)) == 1
    assert crm.execute("SELECT no FROM invoice").fetchall() == [("F1",)]
