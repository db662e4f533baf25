"""A part of what was asked is refused by a ground that is named; the letter says which part, by what, and why."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases.assessment import assessing, deciding, refusing
from cases.casework.members.hands import hand_of
from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, Decision, User
from tests.operators.by_hand import work
from tests.operators.line import decision_on, letter, said

pytestmark = pytest.mark.django_db
Ask, Staff = Callable[..., Case], Callable[..., User]


def test_the_letter_says_which_part_by_what_and_why(ask: Ask, staff: Staff) -> None:
    case, by = work(ask("access", language="en")), staff("caseworker")
    refused = decision_on(case, "invoices")
    refusing.refuse(
        refused, ground="excessive", reason="You had them three times this week", fee="SEK 200", by=by
    )
    told = said(letter(case))
    assert "manifestly unfounded or excessive" in told
    assert (
        "Our assessment: You had them three times this week. We can deal with this part for a fee of" in told
    )
    assert "SEK 200. Let us know if you want us to go ahead. Legal basis: Article 12(5) GDPR" in told
    assert "Articles 79 and 82 GDPR" in told
    assert hand_of(by, case)
    assert AuditEntry.objects.filter(action="decision.changed").latest("pk").data["rests_on"] == "excessive"

    # Decided otherwise, the ground and the fee go; what the law proposes anew, with its ground, can be taken over.
    refusing.refuse(refused, ground="secrets", reason="The price list.", by=by)
    assert "Article 15(4) and recital 63" in said(letter(case))
    refused.refresh_from_db()
    assert (refused.ground, refused.fee) == ("secrets", "")
    again = Decision(subject="invoices")
    assessing._remember(refused, again)
    Decision.objects.filter(pk=refused.pk).update(
        status="proposed", decided_by=None, before=again.before, ground=""
    )
    refused.refresh_from_db()
    refused.before_reason = "The price list."
    refused.save(update_fields=["before_reason"])
    deciding.take_over(refused, by=by)
    refused.refresh_from_db()
    assert refused.ground == "secrets"
    deciding.override(refused, outcome="give", reason="After all.", by=by)
    assert "trade secrets" not in said(letter(case))


def test_what_may_not_be_refused_so(ask: Ask, staff: Staff) -> None:
    case, by = work(ask("access")), staff("caseworker")
    part = decision_on(case, "invoices")
    for code, chosen in (
        ("ground-needed", {"ground": "duty"}),
        ("ground-needed", {"ground": ""}),
        ("fee-excessive-only", {"ground": "others", "fee": "1 kr"}),
        ("reason-needed", {"ground": "others", "reason": " "}),
    ):
        with pytest.raises(Refusal, match=code):
            refusing.refuse(part, **{"reason": "x", **chosen}, by=by)
    with pytest.raises(PermissionDenied):
        refusing.refuse(part, ground="others", reason="x", by=staff("approver"))
    for wrong in ({"ground": "others"}, {"fee": "1 kr"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.filter(pk=part.pk).update(**wrong)
    for gone in ("none", "withhold", "not-proven"):
        part.proposed = gone
        assert not refusing.may_be_refused(part)
    assert set(refusing.GROUNDS) == set(refusing.REFUSED_AS)


def test_at_the_desk(ask: Ask, staff: Staff, signed_in: Callable[..., Client]) -> None:
    case, desk = work(ask("erasure")), signed_in("caseworker")
    part = next(one for one in case.decisions.all() if one.proposed == "erase")
    page = reverse("desk:refuse-part", args=[case.reference, part.pk])
    assert page in desk.get(case.get_absolute_url()).content.decode()
    assert "Article 17(3)(e)" in desk.get(page).content.decode()
    assert desk.post(page, {"ground": "others", "reason": "x"}).status_code == 422
    assert desk.post(page, {"ground": "claim", "reason": "A bill in court."}).status_code == 302
    assert "Article 17(3)(e)" in desk.get(case.get_absolute_url()).content.decode()
    assert desk.get(reverse("desk:refuse-part", args=[case.reference, 0])).status_code == 404
    assert signed_in("auditor").get(page).status_code == 403
