"""The stages one after another, worked by hand: what Celery does in the product, a call does here."""

import sqlite3
from collections.abc import Callable

import pytest

from cases import assessment, collection, execution, matching
from cases.models import Case, User

pytestmark = pytest.mark.django_db


def work(case: Case) -> Case:
    """Everything the workers would do before a person is needed."""
    matching.match(case.pk)
    collection.collect(case.pk)
    for run in case.runs.all():
        collection.collect_page(run.pk)
    assessment.assess(case.pk)
    case.refresh_from_db()
    return case


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


def test_a_rejected_claim_ends_with_nothing_held(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = work(ask("access", "eve@example.com", phone="0701740605"))
    matching.reject_claimed(matching.open_claims(case)[0], by=staff("caseworker"))
    case = work(case)
    assert (case.stage, case.runs.filter(rows__gt=0).count()) == ("decisions", 0)


def test_a_marketing_objection_takes_effect_before_anybody_decides(
    ask: Callable[..., Case], crm: sqlite3.Connection
) -> None:
    case = ask("marketing-objection")
    matching.match(case.pk)
    execution.take_interim_measure(case.pk)
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
