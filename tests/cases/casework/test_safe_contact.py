"""Who can be reached safely in one way only gets no mail but codes; nothing of the request reaches who pays."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cases.casework.case_clock import extend, is_paused
from cases.casework.course.turning import withdraw
from cases.casework.workflow import Refusal
from cases.execution.recipients import forwarding
from cases.identity import matching
from cases.identity.mandates import asking
from cases.identity.unproven import ask_for_proof
from cases.models import Case, OutgoingMail, Task, User

pytestmark = pytest.mark.django_db
WAY = "Call 070-174 06 99 after six, never write."
KEPT = {"standing": "user", "contact": WAY}


def kinds(case: Case) -> set[str]:
    return set(case.submission.mails.values_list("kind", flat=True))


def test_nothing_is_mailed_but_the_code(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", **KEPT)
    extend(case, ground="complexity", reason="Many systems.", by=staff("caseworker"))
    assert kinds(case) == {"code"}
    task = Task.objects.get(case=case)
    assert (task.kind, task.detail) == ("reach-safely", "extended")


def test_a_question_stops_the_clock_when_it_was_put_in_the_way_they_gave(
    ask: Callable[..., Case], staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    case = ask("access", proven=False, **KEPT)
    with pytest.raises(Refusal, match="ask-safely"):
        ask_for_proof(case, by=staff("caseworker"))
    assert not is_paused(case)
    desk = signed_in("caseworker")
    assert (
        "I have asked the person in the way they chose" in desk.get(case.get_absolute_url()).content.decode()
    )
    desk.post(reverse("exports:ask-identity", args=[case.reference]), {"told": "on"})
    assert (is_paused(case), kinds(case)) == (True, {"code"})
    assert not Task.objects.exists()


def test_papers_are_asked_for_in_that_way_too(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", standing="proxy", on_behalf_of="Bo Test", authority="attorney", contact=WAY)
    matching.match(case.pk)
    with pytest.raises(Refusal, match="ask-safely"):
        asking.ask(case, doubt="The names differ.", by=staff("caseworker"))
    assert not is_paused(case)
    assert asking.ask(case, doubt="The names differ.", by=staff("caseworker"), told=True)
    assert kinds(case) == {"code"}


def test_others_are_mailed_as_ever(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", standing="user")
    extend(case, ground="complexity", reason="Many systems.", by=staff("caseworker"))
    assert kinds(case) == {"code", "receipt", "extended"}
    assert not Task.objects.exists()


def test_what_has_to_be_told_twice_is_one_task(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access", **KEPT)
    withdraw(case, reason="By phone.", by=staff("caseworker"))
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
def test_an_employer_is_not_told_by_us(
    slug: str, ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    told, kept = ask("access", standing="user"), ask("access", "bo@example.com", **KEPT)
    forwarding.say(told, wanted=True, reason="A mail.", by=staff("caseworker"))
    with pytest.raises(Refusal, match="customer-not-told"):
        forwarding.say(kept, wanted=True, reason="A mail.", by=staff("caseworker"))
    for case in (told, kept):
        forwarding.hand_over(case)
    assert list(Task.objects.values_list("case", flat=True)) == [told.pk]
    assert forwarding.customer_of(kept) is not None
