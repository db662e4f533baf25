"""A number that one pays for and another uses: what is proposed stays, and a person has to look (Article 15(4))."""

from dataclasses import replace

import pytest

from cases.law.decisions import OF_THE_USER, ONE_BY_ONE, judge, judge_cleared
from cases.law.situation import ClearedSituation, Record, Right, SecretRecord
from cases.registers.categories import CATEGORIES
from tests.cases.law.facts import TELENOR_DK, situation


@pytest.mark.parametrize("right", [Right.ACCESS, Right.PORTABILITY, Right.ERASURE])
@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_what_the_user_did_waits_and_nothing_else(category: str, right: Right) -> None:
    alone = situation(right=right)
    shared = replace(alone, number_shared=True)
    before, now = judge(Record(category), alone), judge(Record(category), shared)
    assert replace(now, review=None) == replace(before, review=None)
    waits = now.review is not None and now.review.code in ONE_BY_ONE
    assert waits == (category in OF_THE_USER)
    assert before.review is None or before.review.code not in ONE_BY_ONE
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
