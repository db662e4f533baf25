"""Where every customer is a company, that another pays for a number says nothing of who calls with it."""

from collections.abc import Callable

import pytest

from cases.assessment.situations import situation_of
from cases.casework.case_clock import today
from cases.models import Case

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("slug", "standing", "shared", "no_account"),
    [("tele2-se", "self", False, False), ("tele2-se", "user", False, True), ("tele2-se", "holder", True, False),
     ("tele2-se", "proxy", False, False), ("hektor-se", "user", False, False)],
)  # fmt: skip
def test_whether_two_people_share_a_number(
    standing: str, shared: bool, no_account: bool, ask: Callable[..., Case]
) -> None:
    named = {"on_behalf_of": "Bo Test"} if standing == "proxy" else {}
    case = ask("access", standing=standing, **named)
    judged = situation_of(case, today(case))
    assert (judged.number_shared, judged.holds_no_account) == (shared, no_account)
