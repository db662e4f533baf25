"""A row without its entry, an entry without its row: what is done past the desk does not agree with the record."""

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from cases.assessment import deciding
from cases.casework import audit
from cases.casework.members.staff import add_from_server
from cases.casework.record.agreeing import apart
from cases.models import Case, Membership, Operator, Order, User
from cases.models.operators import Role
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(operator: Operator) -> User:
    """Somebody with a role that the record knows of."""
    return add_from_server(operator, username="maja", email="maja@example.com", role=Role.CASEWORKER)


def said() -> list[str]:
    return [one.sentence for one in apart()]


@pytest.fixture
def decided(ask: Callable[..., Case], member: User, staff: Callable[..., User]) -> Case:
    case = work(ask("access"))
    staff(name="maja")
    deciding.confirm_all(case, by=member)
    return case


def test_what_was_done_at_the_desk_agrees(decided: Case) -> None:
    assert said() == []


def test_a_case_that_came_past_the_desk(decided: Case) -> None:
    Case.objects.filter(pk=decided.pk).update(reference="26-XXXXX-XX")
    assert any("case 26-XXXXX-XX is there, and no entry of how it came" in one for one in said())
    assert any(f"tells of case {decided.reference}, which is not there" in one for one in said())


def test_a_case_that_was_moved_past_the_desk(decided: Case) -> None:
    Case.objects.filter(pk=decided.pk).update(stage="execution")
    assert said() == [f"case {decided.reference} is at “execution”, and its last entry says stage.decisions"]
    with pytest.raises(CommandError, match="is at “execution”"):
        call_command("verify_audit")


def test_a_decision_in_anothers_name(decided: Case, staff: Callable[..., User]) -> None:
    one = decided.decisions.exclude(decided_by=None).first()
    assert one is not None
    other = add_from_server(decided.operator, username="bo", email="bo@example.com", role=Role.CASEWORKER)
    decided.decisions.filter(pk=one.pk).update(decided_by=other)
    assert said() == [f"case {decided.reference}: “{one.subject}” is decided by bo, and no entry says so"]


def test_power_that_nobody_gave(operator: Operator, member: User) -> None:
    Membership.objects.create(user=member, operator=operator, role="cleared")
    assert said() == ["maja is cleared, and no entry says who gave it"]


def test_power_that_went_without_a_word(operator: Operator, member: User) -> None:
    Membership.objects.filter(user=member).delete()
    [sentence] = said()
    assert f"makes user {member.pk} caseworker, who is not, and no entry says since" in sentence


def test_an_order_that_nobody_registered(operator: Operator, member: User) -> None:
    order = Order.objects.create(
        operator=operator, rule="ipred", secret=False, identifier_kind="email", identifier_digest="0" * 64,
        registered_by=member,
    )  # fmt: skip
    assert said() == [f"order {order.pk} is there, and no entry says order.registered"]
    audit.record(operator, "order.registered", by=audit.SYSTEM, order=order.pk)
    assert said() == []
    order.delete()
    assert "and the order does not" in said()[0]
