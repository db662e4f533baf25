"""Before somebody says whose an identifier is, the sources say what they know; what was said can be undone a while."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cases.casework.workflow import Refusal
from cases.collection import gathering
from cases.identity import matching
from cases.identity.claimed import confirm_claimed, reject_claimed, take_back
from cases.models import AuditEntry, Case, User
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db


def test_what_the_sources_know_is_asked_for_and_recorded_before_it_is_confirmed(
    ask: Callable[..., Case], signed_in: Callable[..., Client]
) -> None:
    case, client = ask("access", "eve@example.com", customer_no="C1"), signed_in("caseworker")
    matching.match(case.pk)
    claim = case.claimed.get(kind="customer_no")
    page = reverse("desk:claim", args=[case.reference, claim.pk])
    assert (
        reverse("desk:claim-confirm", args=[case.reference, claim.pk])
        not in client.get(case.get_absolute_url()).content.decode()
    )
    assert "What confirming it reaches" in client.get(page).content.decode()
    assert not AuditEntry.objects.filter(action="identifier.looked").exists()
    looked = client.post(page).content.decode()
    assert "a•••@example.com" in looked or "1 row" in looked
    assert AuditEntry.objects.get(action="identifier.looked").case == case.reference
    assert signed_in("auditor").get(page).status_code == 403


def test_what_was_said_is_undone_until_everything_is_gathered(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case, worker = ask("access", "eve@example.com", customer_no="C1"), staff("caseworker")
    matching.match(case.pk)
    claim = case.claimed.get(kind="customer_no")
    confirm_claimed(claim, by=worker)
    matching.match(case.pk)
    gathering.collect(case.pk)
    assert case.runs.exists()
    take_back(claim, by=worker)
    case.refresh_from_db()
    assert (case.stage, case.runs.exists(), case.identifiers.filter(origin="caseworker").exists()) == (
        "matching", False, False,
    )  # fmt: skip
    reject_claimed(case.claimed.get(pk=claim.pk), by=worker)
    take_back(claim, by=worker)
    confirm_claimed(case.claimed.get(pk=claim.pk), by=worker)
    assert work(case).stage == "decisions"
    with pytest.raises(Refusal, match="collected"):
        take_back(claim, by=worker)
