"""Who pays for a number and who uses it can be two people: then calls and places wait for a person, one by one."""

import sqlite3
from collections.abc import Callable

import pytest

from cases.assessment import deciding
from cases.casework.workflow import Refusal
from cases.identity.claimed import add_by_hand
from cases.models import Case, Decision, Finding, User
from exports.answer import building
from tests.operators.by_hand import work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
CALLS = SMALL.connectors.replace('category = "usage"', 'category = "traffic"')
TELLS = CALLS.replace(
    'table = "subscription"', 'table = "subscription"\nother_user = { column = "used_by", filled = true }'
)


@pytest.fixture(params=["user", "holder", "source"])
def shared(
    request: pytest.FixtureRequest,
    configured: Callable[[str], None],
    ask: Callable[..., Case],
    crm: sqlite3.Connection,
) -> Callable[[str], Case]:
    """A judged case of a number that two people share: one of them says so, or a system does."""

    def make(right: str) -> Case:
        by_source = request.param == "source"
        configured(TELLS if by_source else CALLS)
        if by_source:
            crm.execute("ALTER TABLE subscription ADD COLUMN used_by TEXT")
            crm.execute("UPDATE subscription SET used_by = 'Ida, 12' WHERE customer_no = 'C1'")
        return work(ask(right, standing="self" if by_source else request.param))

    return make


def waiting(case: Case) -> set[str]:
    return set(case.decisions.filter(status="proposed").values_list("subject", flat=True))


@pytest.mark.parametrize("right", ["access", "portability", "erasure"])
def test_accepting_all_leaves_calls_to_a_person(
    right: str, shared: Callable[[str], Case], staff: Staff
) -> None:
    case, worker = shared(right), staff("caseworker")
    deciding.confirm_all(case, by=worker)
    assert waiting(case) == {"traffic"}
    left = case.decisions.get(subject="traffic")
    assert left.review == {"code": "review.other-user"}
    with pytest.raises(Refusal, match="decisions-open"):
        building.prepare(case, by=worker)
    with pytest.raises(Refusal, match="nothing-to-confirm"):
        deciding.confirm_all(case, by=worker)
    deciding.confirm(left, by=worker)
    assert waiting(case) == set()


def test_what_is_proposed_stays_row_by_row(shared: Callable[[str], Case]) -> None:
    """Whoever accepts it after a look does not uncover a hidden number by that."""
    case = shared("access")
    found = Finding.objects.filter(run__case=case, run__category="traffic").order_by("verdict")
    assert [(one.verdict, one.rows, one.review["code"]) for one in found] == [
        ("give", 1, "review.other-user"),
        ("redact", 1, "review.other-user"),
    ]


def test_the_person_can_withhold_what_is_somebody_elses(shared: Callable[[str], Case], staff: Staff) -> None:
    case = shared("access")
    decision: Decision = case.decisions.get(subject="traffic")
    deciding.override(decision, outcome="withhold", reason="The daughter's calls.", by=staff("caseworker"))
    decision.refresh_from_db()
    assert decision.outcome == "withhold"


@pytest.mark.parametrize("used_by", [None, ""])
def test_a_number_that_its_holder_uses_waits_for_nobody(
    used_by: str | None,
    configured: Callable[[str], None],
    ask: Callable[..., Case],
    crm: sqlite3.Connection,
    staff: Staff,
) -> None:
    crm.execute("ALTER TABLE subscription ADD COLUMN used_by TEXT")
    crm.execute("UPDATE subscription SET used_by = ?", [used_by])
    configured(TELLS)
    case = work(ask("access"))
    deciding.confirm_all(case, by=staff("caseworker"))
    assert waiting(case) == set()


def test_calls_that_were_settled_wait_again_once_a_system_tells_of_another_user(
    configured: Callable[[str], None], ask: Callable[..., Case], crm: sqlite3.Connection, staff: Staff
) -> None:
    crm.execute("ALTER TABLE subscription ADD COLUMN used_by TEXT")
    configured(TELLS)
    case, worker = work(ask("access")), staff("caseworker")
    deciding.confirm_all(case, by=worker)
    crm.execute("UPDATE subscription SET used_by = 'Ida, 12' WHERE customer_no = 'C1'")
    add_by_hand(case, kind="msisdn", value="0701740699", by=worker)
    case = work(case)
    assert waiting(case) == {"traffic"}
    assert case.decisions.get(subject="traffic").review == {"code": "review.other-user"}
