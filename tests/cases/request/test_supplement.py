"""What an answer lacked comes after it, in a case of its own, by the same clock; the person is told."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, User
from cases.request import supplement
from tests.operators.by_hand import long_ago, mails, work

pytestmark = pytest.mark.django_db
Ask, Staff = Callable[..., Case], Callable[..., User]


def answered(case: Case, outcome: str = "granted") -> Case:
    Case.objects.filter(pk=case.pk).update(stage="closed", outcome=outcome, closed_at=case.received_at)
    case.refresh_from_db()
    return case


def test_the_rest_is_gathered_by_the_same_clock_and_the_person_told(ask: Ask, staff: Staff) -> None:
    case, by = answered(long_ago(work(ask("access")), 12)), staff("caseworker")
    with pytest.raises(Refusal, match="reason-needed"):
        supplement.start(case, reason=" ", by=by)
    again = supplement.start(case, reason="The archive was not asked.", by=by)
    assert (again.stage, again.received_on, again.due_on) == ("matching", case.received_on, again.due_on)
    assert again.identifiers.count() == case.identifiers.count() > 0
    assert again.submission.proofs.count() == case.submission.proofs.count()
    assert case.turns.get().reason == "The archive was not asked."
    (mail,) = mails(again.submission, "supplement")
    assert case.reference in mail["body"]
    assert again.reference in mail["body"]
    told = AuditEntry.objects.filter(action__startswith="supplement.").order_by("pk")
    assert [(one.action, one.case) for one in told] == [
        ("supplement.started", case.reference), ("supplement.opened", again.reference),
    ]  # fmt: skip
    with pytest.raises(Refusal, match="supplemented-already"):
        supplement.start(case, reason="Again.", by=by)
    assert work(again).stage == "decisions"


def test_only_what_was_answered_with_data_is_added_to(ask: Ask, staff: Staff) -> None:
    case, by = ask("access"), staff("caseworker")
    with pytest.raises(PermissionDenied):
        supplement.start(case, reason="x", by=staff("approver"))
    for changed in ({}, {"outcome": "withdrawn"}, {"right": "erasure", "outcome": "granted"}):
        if changed:
            Case.objects.filter(pk=case.pk).update(stage="closed", closed_at=case.received_at, **changed)
        with pytest.raises(Refusal, match="not-supplemented"):
            supplement.start(case, reason="x", by=by)


def test_at_the_desk(ask: Ask, signed_in: Callable[..., Client]) -> None:
    case, desk = answered(work(ask("access"))), signed_in("caseworker")
    page = reverse("desk:add-to", args=[case.reference])
    assert page in desk.get(case.get_absolute_url()).content.decode()
    assert "What follows" in desk.get(page).content.decode()
    assert desk.post(page, {"reason": ""}).status_code == 422
    assert desk.post(page, {"reason": "The archive."}).status_code == 302
    again = supplement.begun(case)
    assert again
    assert again.reference in desk.get(case.get_absolute_url()).content.decode()
    assert case.reference in desk.get(again.get_absolute_url()).content.decode()
    assert "already" in desk.get(page).content.decode()
