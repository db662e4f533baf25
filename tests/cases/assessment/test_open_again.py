"""An order opens decisions again and says what changed; what was decided before can be taken over."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.assessment import assessing
from cases.assessment.deciding import override
from cases.models import AuditEntry, Case, User
from cases.orders.court_orders import register_order
from tests.cases.desk.case.pages import post
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db


def test_what_was_decided_stands_beside_what_is_proposed_now(
    ask: Callable[..., Case], staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    case, legal = work(ask("erasure")), staff("legal")
    for decision in case.decisions.filter(outcome="erase"):
        override(decision, outcome="keep", reason="She has asked us to wait.", by=legal)
    register_order(
        case.operator, by=legal, rule="SE-IPRED-PENDING", kind="customer_no", value="C1", court="PMD",
        court_case="PMT 1-26", served_on=timezone.localdate() - timedelta(days=1),
    )  # fmt: skip
    case.refresh_from_db()
    entry = AuditEntry.objects.filter(action="stage.holds").latest("number")
    assert (case.stage, entry.data["reason"]) == ("holds", "order-changed")
    # However often it is judged anew before somebody decides.
    for _ in range(2):
        Case.objects.filter(pk=case.pk).update(stage="holds")
        assessing.assess(case.pk)
    changed = case.decisions.filter(status="proposed").exclude(before={}).first()
    assert changed is not None
    assert (changed.before["outcome"], changed.before_reason) == ("keep", "She has asked us to wait.")
    client = signed_in("legal")
    assert "She has asked us to wait." in client.get(case.get_absolute_url()).content.decode()
    accept_all = post(client, "desk:accept-all", case)
    changed.refresh_from_db()
    assert (changed.status, "Take over the earlier decision" in accept_all) == ("proposed", True)
    assert "Taken over, with the reason given then." in post(client, "desk:take-over", case, changed.pk)
    changed.refresh_from_db()
    assert (changed.outcome, changed.status, changed.reason) == (
        "keep",
        "overridden",
        "She has asked us to wait.",
    )


def test_a_returned_case_looks_returned_and_an_act_lands_where_the_next_one_is(
    review_case: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    pressed = client.post(reverse("desk:accept-all", args=[review_case.reference]))
    left = review_case.decisions.filter(status="proposed").exists()
    assert pressed["Location"].endswith("#decisions" if left else "#next")
    assert client.post(reverse("desk:assign", args=[review_case.reference]), {"to": "me"})[
        "Location"
    ].endswith("#next")
    refused = client.post(reverse("desk:clock-resume", args=[review_case.reference]))
    assert refused["Location"].endswith("#clock")
    Case.objects.filter(pk=review_case.pk).update(blocked_by="returned")
    page = client.get("/desk/?view=returned")
    assert "the approver sent the answer back" in page.content.decode()
    assert [one.reference for one in page.context["page"]] == [review_case.reference]


def test_an_auditor_reads_what_was_done_and_nothing_of_the_person(
    review_case: Case, signed_in: Callable[..., Client]
) -> None:
    auditor = signed_in("auditor")
    page = auditor.get(review_case.get_absolute_url()).content.decode()
    assert "Law applied, decisions proposed" in page or "Request received" in page
    assert 'id="person"' not in page
    run = review_case.runs.first()
    assert run is not None
    assert auditor.get(reverse("desk:rows", args=[review_case.reference, run.pk])).status_code == 403
    assert auditor.get(reverse("desk:progress", args=[review_case.reference])).status_code == 403
