"""What a person finds and writes down about a whole case: the second look at a computer's decision (Article 22(3)),
and that a request is manifestly unfounded or excessive (Article 12(5)). An approver looks at both."""

from typing import Any

from django.utils.translation import gettext as _

from cases.assessment import reviews
from cases.casework.permissions import Permission
from cases.desk.scope import DeskRequest, case_action, written_reason
from cases.desk.wording import words
from cases.execution.amendments.lifting import limited_by_hand
from cases.models import Abuse, Case, Review
from cases.models.case import Right, Stage


def reviewed(case: Case, can: frozenset[Permission]) -> dict[str, Any]:
    """What the case page shows: what was found, and what this reader may still find."""
    deciding = case.stage == Stage.DECISIONS and Permission.WORK_CASES in can
    automated = case.right == Right.AUTOMATED_DECISION
    return {
        "review": Review.objects.filter(case=case).select_related("by").first(),
        "may_review": deciding and automated,
        "automated": [
            (one.code, one.name.get(words.language()))
            for one in reviews.automated_purposes(case)
            if automated
        ],
        "results": words.RESULTS.items(),
        "may_lift": Permission.WORK_CASES in can and _is_limited(case),
        "abuse": Abuse.objects.filter(case=case).select_related("by").first(),
        "may_find_abuse": deciding and case.right not in reviews.NEVER_ABUSIVE,
    }


def _is_limited(case: Case) -> bool:
    return case.restrictions.filter(announced_at=None).exists() or limited_by_hand(case).exists()


@case_action(Permission.WORK_CASES, section="second-look")
def review(request: DeskRequest, case: Case) -> str:
    reviews.review(
        case,
        purpose=request.POST.get("purpose", ""),
        result=request.POST.get("result", ""),
        reasons=written_reason(request),
        by=request.user,
    )
    return _("Your second look is recorded, with your name. The letter gives your reasons.")


@case_action(Permission.WORK_CASES, section="abuse")
def find_abusive(request: DeskRequest, case: Case) -> str:
    fee = request.POST.get("fee", "").strip()[:60]
    reviews.find_abusive(case, proof=written_reason(request), fee=fee, by=request.user)
    return _("Recorded. An approver looks at it before the letter goes out.")


@case_action(Permission.WORK_CASES, section="abuse")
def take_back(request: DeskRequest, case: Case) -> str:
    reviews.take_abuse_back(case, by=request.user)
    return _("The request is answered after all.")
