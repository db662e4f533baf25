"""Rows that came later stand on the case, and a caseworker sends them through the line again."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Action, Case, LaterRows, Operator
from tests.operators.placed import ERASURE, gathered, hand_in, move, proven

pytestmark = pytest.mark.django_db


@pytest.fixture
def erased(operator: Operator) -> Case:
    """Carried out and closed; four invoices and two retained rows came meanwhile."""
    case = gathered(proven(hand_in(operator, "erasure")), ERASURE)
    Action.objects.create(
        case=case, kind="erase", source="crm", collection="invoice", status="done", expected=9, found=8, done=8,
        remaining=0, strangers=1, done_at=timezone.now(), planned_on=timezone.localdate(),
    )  # fmt: skip
    now = timezone.now()
    for place, rows, secret in (("crm/invoice", 4, False), ("network/retained", 2, True)):
        source, collection = place.split("/")
        LaterRows.everything.create(
            case=case, source=source, collection=collection, rows=rows, secret=secret, since=now, asked_at=now,
            first_on="2026-11-03", last_on="2026-11-19",
        )  # fmt: skip
    return move(case, "closed", outcome="partly", closed_at=now)


def page(client: Client, case: Case) -> str:
    return " ".join(client.get(case.get_absolute_url()).content.decode().split())


def test_a_caseworker_sees_them_and_starts_a_second_pass(
    erased: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    text = page(client, erased)
    assert "Came after the gathering" in text
    assert "1 row is no longer found by what identifies the person" in text
    client.post(reverse("desk:second-pass", args=[erased.reference]))
    again = Case.objects.get(follows=erased)
    assert again.stage == "matching"
    assert again.reference in page(client, erased)
    assert erased.reference in page(client, again)
    assert "Start a second pass" not in page(client, erased)


@pytest.mark.parametrize("role", ["approver", "auditor", "cleared"])
def test_who_does_not_work_cases_starts_none(
    erased: Case, signed_in: Callable[..., Client], role: str
) -> None:
    client = signed_in(role)
    assert "Start a second pass" not in page(client, erased)
    assert client.post(reverse("desk:second-pass", args=[erased.reference])).status_code == 403
    assert not Case.objects.filter(follows=erased).exists()


def test_what_secret_rules_touch_is_listed_for_cleared_officers_alone(
    erased: Case, signed_in: Callable[..., Client]
) -> None:
    everybody, cleared = page(signed_in("caseworker"), erased), page(signed_in("cleared"), erased)
    assert everybody.count("Came after the gathering") == 1
    assert cleared.count("Came after the gathering") == 2
    LaterRows.everything.filter(secret=True).delete()
    assert page(signed_in("caseworker"), erased).count("Came after") == everybody.count("Came after")
