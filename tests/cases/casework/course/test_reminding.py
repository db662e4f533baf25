"""Who is told of what is due: whoever has it and whoever leads, once before its day and once after, and of nobody."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.utils import timezone

from cases.casework.course import handing_over, reminding
from cases.models import Case, Operator, OutgoingMail, Reminded, Standstill, User
from tests.operators.by_hand import staff_mails
from tests.operators.placed import EMAIL, hand_in, move

pytestmark = pytest.mark.django_db
ONE = timedelta(days=1)


def told() -> list[tuple[str, list[str]]]:
    """Who is written to, and the lines about cases; what was told before is forgotten."""
    mails = staff_mails("digest")
    OutgoingMail.objects.filter(kind="digest").delete()
    return sorted(
        (one["to"], [line for line in one["body"].splitlines() if line[:2].isdigit()]) for one in mails
    )


@pytest.fixture
def desk(staff: Callable[..., User]) -> dict[str, User]:
    people = {"maja": "caseworker", "bo": "caseworker", "lead": "legal", "approver": "approver", "dpo": "dpo"}
    found = {name: staff(role, name=name) for name, role in people.items()}
    for name, user in found.items():
        User.objects.filter(pk=user.pk).update(email=f"{name}@example.org")
    return found


@pytest.fixture
def case(operator: Operator, desk: dict[str, User]) -> Case:
    return move(hand_in(operator), "decisions", assigned_to=desk["maja"])


def test_once_before_the_day_and_once_after_it_to_whoever_has_the_case_and_whoever_leads(
    case: Case, operator: Operator
) -> None:
    due = case.due_on
    assert (reminding.remind_all(due - 6 * ONE), told()) == (0, [])
    assert reminding.remind_all(due - 5 * ONE) == 2
    [mail, _other] = staff_mails("digest")
    assert not [word for word in (EMAIL, "Astrid", "Berg", "Insyn") if word in mail["subject"] + mail["body"]]
    assert case.reference not in mail["subject"]
    both = told()
    assert [(who, len(lines)) for who, lines in both] == [("lead@example.org", 1), ("maja@example.org", 1)]
    assert both[0][1] == both[1][1]
    assert both[0][1][0].startswith(f"{case.reference}: ")
    for day in (due - 5 * ONE, due - 4 * ONE, due):
        assert reminding.remind_all(day) == 0
    assert reminding.remind_all(due + ONE) == 2
    assert [lines[0].startswith(case.reference) for _who, lines in told()] == [True, True]
    assert reminding.remind_all(due + 2 * ONE) == 0
    # A day that moved is another day; what is closed or stands still has none.
    Case.objects.filter(pk=case.pk).update(due_on=due + 40 * ONE)
    assert reminding.remind_all(due + 36 * ONE) == 2
    Case.objects.filter(pk=case.pk).update(paused=True)
    assert reminding.remind_all(due + 60 * ONE) == 0


def test_what_has_to_stop_in_days_is_told_by_that_day(case: Case, desk: dict[str, User]) -> None:
    Case.objects.filter(pk=case.pk).update(act_by=case.received_on + 3 * ONE, paused=True)
    assert reminding.remind_all(case.received_on) == 2
    Case.objects.filter(pk=case.pk).update(interim_at=timezone.now())
    assert reminding.remind_all(case.received_on + 4 * ONE) == 0


def test_nobody_is_told_of_what_they_may_not_know_and_a_deputy_is(
    case: Case, operator: Operator, desk: dict[str, User]
) -> None:
    due, maja = case.due_on, desk["maja"]
    handing_over.stand_in(operator, user=maja, deputy=desk["bo"], first=due, last=due, by=desk["lead"])
    Case.objects.filter(pk=case.pk).update(named_only=True)
    case.named.create(user=maja)
    assert reminding.remind_all(due) == 1
    assert [who for who, _lines in told()] == ["maja@example.org"]
    Case.objects.filter(pk=case.pk).update(named_only=False)
    assert reminding.remind_all(due) == 2
    assert [who for who, _lines in told()] == ["bo@example.org", "lead@example.org"]
    assert reminding.remind_all(due) == 0


def test_one_mail_a_day_and_a_long_list_is_cut(
    case: Case, operator: Operator, desk: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "NAMED", 1)
    later = move(hand_in(operator, "erasure"), "decisions", due_on=case.due_on, assigned_to=None)
    assert reminding.remind_all(case.due_on) == 2
    bodies = {one["to"]: one["body"] for one in staff_mails("digest")}
    assert "1 till i kön." in bodies["lead@example.org"]
    assert "till i kön" not in bodies["maja@example.org"]
    assert later.reference not in bodies["maja@example.org"]
    assert Reminded.objects.filter(user=desk["lead"]).count() == 2
    move(hand_in(operator, "portability"), "decisions", due_on=case.due_on)
    assert reminding.remind_all(case.due_on) == 0


def test_a_desk_that_stands_still_tells_nobody(case: Case) -> None:
    Standstill.objects.create(dump="0" * 64)
    assert reminding.remind_all(date(2030, 1, 1)) == 0
    assert not Reminded.objects.exists()
