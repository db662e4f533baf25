"""A number that one pays for and another uses: what is proposed stays, and a person has to look (Article 15(4))."""

from dataclasses import replace

import pytest

from cases.law.decisions import OF_THE_USER, judge, judge_cleared, review_not_gathered
from cases.law.situation import ClearedSituation, Record, Right, SecretRecord
from cases.registers.categories import CATEGORIES
from tests.cases.law.facts import TELENOR_DK, situation

# The account holder asks, or who uses the number; the second is so whatever a system tells besides.
SHARED = {
    "review.other-user": {"number_shared": True, "users_unknown": True},
    "review.user-unknown": {"users_unknown": True},
    "review.no-account": {"number_shared": True, "holds_no_account": True},
}
# Reasons to look at who used a number.
ANOTHERS = ("review.other-user", "review.no-account", "review.user-unknown")


@pytest.mark.parametrize("why", SHARED)
@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY, Right.ERASURE])
@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_what_the_user_did_waits_and_nothing_else(category: str, right: Right, why: str) -> None:
    alone = situation(right=right)
    shared = replace(alone, **SHARED[why])
    before, now = judge(Record(category), alone), judge(Record(category), shared)
    assert replace(now, review=None) == replace(before, review=None)
    waits = now.review is not None and now.review.code.startswith(ANOTHERS)
    assert waits == (category in OF_THE_USER)
    assert not waits or str(now.review and now.review.code).startswith(why)
    unseen = review_not_gathered(category, shared)
    assert (unseen and unseen.code) == (f"{why}-not-gathered" if waits else None)
    assert review_not_gathered(category, alone) is None
    assert before.review is None or not before.review.code.startswith(ANOTHERS)
    assert judge_cleared(Record(category), ClearedSituation(shared)) == now


def test_a_lawyer_with_clearance_still_confirms_what_is_logged() -> None:
    shared = replace(situation(TELENOR_DK, Right.ACCESS), number_shared=True)
    found = judge(Record("retained", "telephony"), shared)
    assert found.review is not None
    assert found.review.code == "review.other-user-logged"


def test_what_is_secret_stays_so() -> None:
    shared = ClearedSituation(replace(situation(TELENOR_DK, Right.ACCESS), number_shared=True))
    found = judge_cleared(SecretRecord("retained", "targeted"), shared)
    assert found.review is not None
    assert found.review.code == "review.neutral"


def test_what_a_person_looks_at_anyway_needs_no_second_reason() -> None:
    shared = replace(situation(right=Right.RESTRICTION), holds_no_account=True)
    assert review_not_gathered("traffic", shared) is None
