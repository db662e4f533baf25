"""The desk in the reader's words: names for keys, countries for twins, and faults where they are."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from cases.casework import audit
from cases.desk.wording.details import details
from cases.desk.wording.happenings import happened
from cases.models import AuditEntry, Case, Decision, Operator, User
from cases.models.case import Stage
from cases.sources.configured import sources_of
from tests.operators.placed import hand_in, move, proven

pytestmark = pytest.mark.django_db

ORDER = {
    "rule": "SE-IPRED-NOTICE", "court": "Patent- och marknadsdomstolen", "court_case": "PMT 1-26",
    "kind": "msisdn", "value": "070-174 06 05",
}  # fmt: skip


def noted(case: Case, action: str, **data: Any) -> str:
    with translation.override("sv"):
        return details(audit.record(case, action, by=audit.SYSTEM, **data))


def test_the_timeline_names_what_it_counts(review_case: Case) -> None:
    assert noted(review_case, "decision.confirmed-all", subjects=["invoices", "T2-P05"]).startswith(
        "Fakturor och betalningar, T2-P05 "
    )
    assert "True" not in noted(review_case, "stage.collection", identifiers=6, matched=True)


@pytest.mark.parametrize(
    ("action", "data", "says"),
    [
        ("stage.decisions", {"came_from": "holds"}, "Law applied, decisions proposed"),
        ("stage.decisions", {"came_from": "approval", "version": 1}, "Answer sent back by the approver"),
        ("stage.decisions", {"came_from": "approval", "taken_back": True}, "Answer taken back"),
        ("stage.decisions", {"came_from": "answer", "failed": True}, "The answer could not be prepared"),
        ("stage.holds", {"came_from": "collection"}, "Everything gathered"),
        ("stage.holds", {"came_from": "decisions"}, "Rows judged anew"),
        ("stage.holds", {"came_from": "execution"}, "Approval fallen away; rows judged anew"),
        ("stage.matching", {"came_from": "closed"}, "Opened again; matched and gathered anew"),
        (
            "stage.matching",
            {"came_from": "holds"},
            "Matching started anew, with more that is known of the person",
        ),
        ("case.assigned", {"to": None}, "Put back: assigned to nobody"),
        ("case.assigned", {"to": "bo"}, "Assigned"),
    ],
)
def test_each_entry_says_what_was_done(action: str, data: dict[str, Any], says: str) -> None:
    assert happened(AuditEntry(action=action, data=data, actor="x")) == says


def test_who_was_given_a_role_is_named(review_case: Case, staff: Callable[..., User]) -> None:
    member = staff("caseworker")
    said = noted(review_case, "member.added", user=member.pk, role="approver", alone=False)
    assert member.username in said
    assert "False" not in said


def test_the_timeline_names_systems_as_the_operator_does(review_case: Case) -> None:
    source = sources_of(review_case.operator_id)[0]
    collection = source.collection[0]
    named = f"{source.name.sv}, {collection.name.sv}"
    assert noted(review_case, "rows.erased", source=source.key, collection=collection.key) == named
    assert noted(review_case, "source.tested", source=source.key) == source.name.sv


def test_operators_that_share_a_name_are_told_apart_by_country(
    signed_in: Callable[..., Client], operator: Operator, other_operator: Operator
) -> None:
    client = signed_in("admin")
    assert "(Sweden)" not in client.get("/desk/members/tele2-se/").content.decode()
    Operator.objects.filter(pk=other_operator.pk).update(name=operator.name)
    assert f"{operator.name} (Sweden)" in client.get("/desk/members/tele2-se/").content.decode()


def test_what_an_objection_to_marketing_does_not_reach_is_one_line(
    signed_in: Callable[..., Client], operator: Operator
) -> None:
    case = move(proven(hand_in(operator, "marketing-objection")), Stage.DECISIONS)
    for subject, outcome in (("T2-P01", "continue"), ("T2-P02", "continue"), ("T2-P05", "stop")):
        Decision.objects.create(case=case, subject=subject, proposed=outcome, outcome=outcome)
    page = signed_in("caseworker").get(case.get_absolute_url()).content.decode()
    assert "2 uses go on, because they are no direct marketing" in page
    assert page.index("T2-P05") < page.index("2 uses go on") < page.index("T2-P01")


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({}, "handed_over_on", "Write the day the information was handed over."),
        ({"rule": "SE-IPRED-PENDING"}, "served_on", "Write the day it was served on us."),
        ({"handed_over_on": "2026-10-15", "days": "0"}, "days", "An order holds for 1 to 90 days."),
        (
            {"handed_over_on": "2026-10-15", "covers_from": "2026-02-01", "covers_to": "2026-01-01"},
            "covers_to",
            "The covered period ends before it begins.",
        ),
    ],
)
def test_what_is_wrong_with_an_order_stands_at_its_field(
    signed_in: Callable[..., Client], operator: Operator, typed: dict[str, str], field: str, sentence: str
) -> None:
    answer = signed_in("legal").post(f"/desk/orders/{operator.pk}/new/", ORDER | typed)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {field: [sentence]}
    assert not list(answer.context["messages"])
