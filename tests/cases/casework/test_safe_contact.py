"""Who can be reached safely in one way only gets no mail but codes; nothing of the request reaches who pays."""

from collections.abc import Callable

import pytest
from django.test import Client

from cases.casework.case_clock import extend
from cases.casework.commands import withdraw
from cases.execution.recipients import forwarding
from cases.models import Case, OutgoingMail, Task, User

pytestmark = pytest.mark.django_db
WAY = "Call 070-174 06 99 after six, never write."
KEPT = {"standing": "user", "contact": WAY}


def kinds(case: Case) -> set[str]:
    return set(case.submission.mails.values_list("kind", flat=True))


def test_nothing_is_mailed_but_the_code(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", **KEPT)
    extend(case, reason="Many systems.", by=staff("caseworker"))
    assert kinds(case) == {"code"}
    task = Task.objects.get(case=case)
    assert (task.kind, task.detail) == ("reach-safely", "extended")


def test_others_are_mailed_as_ever(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", standing="user")
    extend(case, reason="Many systems.", by=staff("caseworker"))
    assert kinds(case) == {"code", "receipt", "extended"}
    assert not Task.objects.exists()


def test_what_has_to_be_told_twice_is_one_task(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", **KEPT)
    withdraw(case, by=staff("caseworker"))
    withdraw_again = Task.objects.filter(case=case, kind="reach-safely")
    assert list(withdraw_again.values_list("detail", flat=True)) == ["closed"]


def test_the_way_stands_on_the_case_and_nowhere_readable_in_the_database(
    ask: Callable[..., Case], signed_in: Callable[..., Client]
) -> None:
    case = ask("access", **KEPT)
    page = signed_in("caseworker").get(case.get_absolute_url()).content.decode()
    assert "Reach the person only in this way" in page
    assert WAY in page
    assert WAY.encode() not in bytes(case.file_sealed)
    assert WAY.encode() not in bytes(case.submission.sealed)


def test_nobody_else_is_written_to(ask: Callable[..., Case]) -> None:
    """A user's request: every mail goes to the mailbox of whoever asks, none to the account's."""
    case = ask("access", "ida@example.com", standing="user")
    assert {mail.submission_id for mail in OutgoingMail.objects.all()} == {case.submission_id}


@pytest.mark.parametrize("slug", ["hektor-se"])
def test_an_employer_is_not_told_by_us(slug: str, ask: Callable[..., Case]) -> None:
    told, kept = ask("access", standing="user"), ask("access", "bo@example.com", **KEPT)
    for case in (told, kept):
        forwarding.hand_over(case)
    assert list(Task.objects.values_list("case", flat=True)) == [told.pk]
    assert forwarding.customer_of(kept) is not None
