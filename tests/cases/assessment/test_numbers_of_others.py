"""Who pays for a number and who uses it can be two people: then calls and places wait for a person, one by one."""

import sqlite3
from collections.abc import Callable

import pytest

from cases.assessment import deciding
from cases.assessment.assessing import assess, propose
from cases.casework.workflow import Refusal
from cases.collection import failed_runs
from cases.collection.gathering import collect
from cases.collection.run_commands import go_on_without
from cases.identity import matching
from cases.identity.claimed import add_by_hand
from cases.models import Case, Decision, Finding, User
from connectors.contract.base import SourceRefused
from exports.answer import building
from exports.answer.snapshot import facts_of
from tests.operators.by_hand import accept, decide, gather, work
from tests.operators.line import answered
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
CALLS = SMALL.connectors.replace('category = "usage"', 'category = "traffic"')
TELLS = CALLS.replace(
    'table = "subscription"', 'table = "subscription"\nother_user = { column = "used_by", filled = true }'
)
# By what the asker says: whoever only uses the number is not told of as "somebody else".
WHY = {"user": "review.no-account", "holder": "review.other-user", "self": "review.other-user"}
BOTH = pytest.mark.parametrize(
    ("standing", "why"), [("user", "review.no-account"), ("holder", "review.other-user")]
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
    accept(case, worker)
    assert waiting(case) == {"traffic"}
    left = case.decisions.get(subject="traffic")
    assert left.review == {"code": WHY[case.submission.standing]}
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
    assert [(one.verdict, one.rows) for one in found] == [("give", 1), ("redact", 1)]
    assert {one.review["code"] for one in found} == {WHY[case.submission.standing]}


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
    accept(case, staff("caseworker"))
    assert waiting(case) == set()


def test_calls_that_were_settled_wait_again_once_a_system_tells_of_another_user(
    configured: Callable[[str], None], ask: Callable[..., Case], crm: sqlite3.Connection, staff: Staff
) -> None:
    crm.execute("ALTER TABLE subscription ADD COLUMN used_by TEXT")
    configured(TELLS)
    case, worker = work(ask("access")), staff("caseworker")
    accept(case, worker)
    crm.execute("UPDATE subscription SET used_by = 'Ida, 12' WHERE customer_no = 'C1'")
    add_by_hand(case, kind="msisdn", value="0701740699", by=worker)
    case = work(case)
    assert waiting(case) == {"traffic"}
    assert case.decisions.get(subject="traffic").review == {"code": "review.other-user"}


@pytest.mark.usefixtures("proof_asked")
@pytest.mark.parametrize("proof_asked", [""])
@BOTH
@pytest.mark.parametrize("right", ["access", "portability", "erasure"])
def test_calls_that_call_for_stronger_proof_wait_as_well(
    right: str,
    standing: str,
    why: str,
    configured: Callable[[str], None],
    ask: Callable[..., Case],
    staff: Staff,
) -> None:
    """A stronger proof shows who asks, and not who used the number."""
    configured(CALLS.replace('category = "traffic"', 'category = "location"'))
    case, worker = work(ask(right, standing=standing)), staff("caseworker")
    accept(case, worker)
    left = case.decisions.get(status="proposed")
    assert (left.subject, left.proposed) == ("location", "not-proven")
    assert left.review == {"code": f"{why}-not-gathered"}
    deciding.confirm(left, by=worker)
    assert waiting(case) == set()


@BOTH
def test_calls_that_a_system_may_not_hand_over_wait_as_well(
    standing: str, why: str, configured: Callable[[str], None], ask: Callable[..., Case], staff: Staff
) -> None:
    configured(CALLS)
    case, worker = ask("access", standing=standing), staff("caseworker")
    matching.match(case.pk)
    collect(case.pk)
    run = case.runs.select_related("case__operator").get(collection="calls")
    failed_runs.note_failure(run, SourceRefused("refused", "403", ("Secret.",)))
    go_on_without(run, reason="A court keeps them secret.", by=worker)
    gather(case)
    assess(case.pk)
    case.refresh_from_db()
    accept(case, worker)
    left = case.decisions.get(status="proposed")
    assert (left.subject, left.proposed) == ("traffic", "left-out")
    assert left.review == {"code": f"{why}-not-gathered"}


@pytest.mark.usefixtures("proof_asked")
@pytest.mark.parametrize("proof_asked", [""])
def test_where_one_person_holds_and_uses_the_number_nothing_waits_that_was_not_gathered(
    configured: Callable[[str], None], ask: Callable[..., Case], staff: Staff
) -> None:
    configured(CALLS.replace('category = "traffic"', 'category = "location"'))
    case = work(ask("access"))
    accept(case, staff("caseworker"))
    assert waiting(case) == set()


def test_what_was_gathered_beside_it_is_what_a_person_is_asked_to_look_at() -> None:
    gathered = Finding(verdict="give", rows=3, review={"code": "review.no-account"})
    nothing = Finding(verdict="left-out", rows=0, review={"code": "review.no-account-not-gathered"})
    for found in ([gathered, nothing], [nothing, gathered]):
        assert propose("traffic", found).review == {"code": "review.no-account"}


def test_the_letter_of_who_only_uses_a_number_speaks_of_the_others_contract(
    configured: Callable[[str], None], ask: Callable[..., Case], staff: Staff
) -> None:
    configured(CALLS)
    case = work(ask("erasure", standing="user"))
    decide(case, staff("caseworker"))
    told = repr(answered(facts_of(case)).sections)
    assert "Du är kund hos oss" not in told
    assert "så länge du är kund" not in told
    assert "Någon annan står för abonnemanget som du använder" in told
    assert "så länge avtalet gäller" in told
    assert "artiklarna 6.1 f och 17.1 a" in told


def test_where_nobody_may_ask_who_uses_the_number_its_calls_wait(
    configured: Callable[[str], None], ask: Callable[..., Case], crm: sqlite3.Connection, staff: Staff
) -> None:
    crm.execute("ALTER TABLE subscription ADD COLUMN used_by TEXT")
    configured(TELLS)
    case, worker = ask("access"), staff("caseworker")
    matching.match(case.pk)
    collect(case.pk)
    run = case.runs.select_related("case__operator").get(collection="subscription")
    failed_runs.note_failure(run, SourceRefused("refused", "403", ("Secret.",)))
    go_on_without(run, reason="A court keeps them secret.", by=worker)
    gather(case)
    assess(case.pk)
    case.refresh_from_db()
    accept(case, worker)
    assert waiting(case) == {"traffic"}
    assert case.decisions.get(subject="traffic").review == {"code": "review.user-unknown"}
