import pytest
from tests.operators.by_hand import decide, work
from tests.operators import by_hand

pytestmark = [pytest.mark.django_db]


def test_dbg(ask, staff):
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    a = by_hand.written(case, staff("caseworker"))
    print(
        "XX",
        a.status,
        a.error,
        a.case.stage,
        a.case.blocked_by,
        list(case.decisions.values_list("subject", "status")),
    )
    case.refresh_from_db()
    print("XX", case.stage, case.blocked_by)
