"""Accepting what the law proposes, and deciding otherwise."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case
from tests.cases.desk.case.pages import page, post

pytestmark = pytest.mark.django_db


def test_accepting_all_leaves_nothing_open(signed_in: Callable[..., Client], review_case: Case) -> None:
    assert "All decisions are accepted" in post(signed_in("caseworker"), "desk:accept-all", review_case)
    assert not review_case.decisions.filter(status="proposed").exists()


def test_what_the_law_leaves_to_a_person_is_never_accepted_in_one_go(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    review_case.decisions.filter(subject="traffic").update(proposed="review", outcome="review")
    client = signed_in("caseworker")
    assert "1 decision is left that has to be looked at" in post(client, "desk:accept-all", review_case)
    html = page(client, review_case)
    assert "Accept all" not in html
    assert "Choose" in html


def test_a_change_needs_its_reason(signed_in: Callable[..., Client], review_case: Case) -> None:
    decision = review_case.decisions.get(subject="correspondence")
    url = reverse("desk:change", args=[review_case.reference, decision.pk])
    response = signed_in("caseworker").post(url, {"outcome": "withhold", "reason": " "})
    assert response.status_code == 422
    assert "Write down the reason" in response.content.decode()
    decision.refresh_from_db()
    assert decision.status == "proposed"


def test_a_change_stands_with_its_reason_and_name(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    decision = review_case.decisions.get(subject="correspondence")
    html = post(
        signed_in("caseworker"),
        "desk:change",
        review_case,
        decision.pk,
        outcome="withhold",
        reason="Another person's",
    )
    assert "Another person&#x27;s" in html
    assert "(proposed: partly)" in html
