"""What is done at the desk agrees with what the record says of it, to the end of the line."""

from collections.abc import Callable

import pytest

from cases.casework.record import agreeing
from cases.models import Case, User
from exports import delivery, recall
from exports.record.agreeing import apart
from tests.operators.line import decide, finish, work

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("right", ["access", "erasure"])
def test_a_case_worked_to_its_end_agrees(
    ask: Callable[..., Case], staff: Callable[..., User], right: str
) -> None:
    case = work(ask(right))
    decide(case, by=staff("caseworker"))
    answer = finish(case, staff)
    list(delivery.fetch(answer, who=delivery.DATA_SUBJECT))
    assert answer.delivered_at
    recall.recall(answer, aware_at=answer.delivered_at, happened="x", risk="risk", by=staff("caseworker"))
    assert [str(one) for one in apart()] == []
    # Members of a test are made without the desk.
    assert [one.sentence for one in agreeing.apart() if "who gave it" not in one.sentence] == []
