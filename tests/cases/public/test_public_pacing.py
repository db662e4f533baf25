"""Where much comes from one network or for one mailbox, proof comes first, then waits; nobody is refused for good."""

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from cases.casework import attempts
from cases.desk.filters import by_day, views_for
from cases.identity.mailed_codes import GUESSES, keep_code, purpose_of
from cases.models import Attempt, Case, Knock, MailedCode, Operator, Proof, Submission, User
from cases.public import pacing
from cases.public.pacing import CODES, REQUESTS, REQUESTS_FOR_MAILBOX, TRIES
from cases.request import references
from cases.web.networks import network_of
from tests.cases.public.public_person import Person, at, mails, text

NETWORK = "198.51.100.7"
WAIT = "Much comes in from your network or for this address today."


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """A clock that goes on when told."""
    passed = [timedelta(0)]
    real = timezone.now

    def go_on(by: timedelta) -> None:
        passed[0] += by

    monkeypatch.setattr("django.utils.timezone.now", lambda: real() + passed[0])
    return go_on


@pytest.fixture
def person(person: Person) -> Person:
    return calling_from_outside(person)


def calling_from_outside(person: Person) -> Person:
    person.client.defaults["REMOTE_ADDR"] = NETWORK
    return person


def busy(operator: Operator, pace: attempts.Pace, key: str, times: int) -> None:
    for _ in range(times):
        attempts.note(pace, operator.pk, key)


def test_a_busy_network_waits_and_is_let_in_then_with_all_that_was_written(
    person: Person, moving: Callable[[timedelta], None]
) -> None:
    busy(person.operator, REQUESTS, NETWORK, REQUESTS.free)
    person.fill_in()
    assert at(person.do("check"), person.url("check"))
    page = text(person.see("check"))
    assert f"{WAIT} Send it again in 1 min." in page
    assert "dataskydd@tele2.example, 08-465 004 10" in page
    assert not Submission.objects.exists()
    # What others in the network do meanwhile makes nobody's wait longer.
    busy(person.operator, REQUESTS, NETWORK, 50)
    moving(timedelta(minutes=1))
    assert at(person.do("check"), person.url("code"))
    assert Submission.objects.count() == 1


def test_the_wait_grows_and_has_an_end() -> None:
    first = REQUESTS.free - 1
    waits = [REQUESTS.wait_after(tries).total_seconds() / 60 for tries in range(first, first + 11)]
    assert waits == [0, 1, 2, 4, 8, 15, 15, 15, 15, 15, 15]
    assert REQUESTS.wait_after(10**6) == pacing.LONGEST


def test_a_mailbox_is_slowed_down_whoever_names_it(person: Person) -> None:
    busy(person.operator, REQUESTS_FOR_MAILBOX, "astrid@example.com", REQUESTS_FOR_MAILBOX.free)
    person.fill_in(find={"email": "Astrid@Example.com"})
    person.do("check")
    assert WAIT in text(person.see("check"))
    other = calling_from_outside(Person(person.operator))
    other.fill_in(find={"email": "other@example.com"})
    assert at(other.do("check"), other.url("code"))


def test_what_is_counted_counts_for_a_day(person: Person, moving: Callable[[timedelta], None]) -> None:
    busy(person.operator, REQUESTS, NETWORK, REQUESTS.free)
    moving(timedelta(days=1, seconds=1))
    assert person.send()
    attempts.forget()
    assert Attempt.objects.filter(door=REQUESTS.door).count() == 1


def test_codes_and_tries_have_their_pace_too(person: Person) -> None:
    person.do("status", reference="26-22222-22")
    busy(person.operator, CODES, NETWORK, CODES.free)
    busy(person.operator, TRIES, NETWORK, TRIES.free)
    assert WAIT in text(person.do("status_code", code="123456"))
    person.do("status_code_again")
    assert WAIT in text(person.see("status_code"))
    assert WAIT in text(calling_from_outside(Person(person.operator)).do("status", reference="26-22222-22"))
    assert Knock.objects.count() == 1


PROVE_FIRST = "Nobody here begins with your request before you have shown that it comes from you"


def test_whoever_fills_in_what_nobody_sees_proves_first(person: Person) -> None:
    person.fill_in()
    page = person.see("check").content.decode()
    trap = re.search(r'<div hidden aria-hidden="true">.*?</div>', page, re.DOTALL)
    assert trap
    assert 'tabindex="-1" autocomplete="off"' in trap[0]
    assert at(person.do("check", website="http://example.com"), person.url("code"))
    assert PROVE_FIRST in text(person.see("code"))
    assert Case.objects.get().proof_first


def test_an_ordinary_request_needs_no_proof_first(person: Person) -> None:
    assert not person.send().cases.get().proof_first
    assert PROVE_FIRST not in text(person.see("code"))


@pytest.mark.parametrize(
    ("pace", "key", "times"),
    [
        (REQUESTS, NETWORK, pacing.TRUSTED_FROM_NETWORK),
        (REQUESTS_FOR_MAILBOX, "astrid@example.com", pacing.TRUSTED_FOR_MAILBOX),
    ],
    ids=["network", "mailbox"],
)
def test_over_the_first_number_a_request_is_taken_and_proven_first(
    person: Person, pace: attempts.Pace, key: str, times: int
) -> None:
    busy(person.operator, pace, key, times - 1)
    assert not person.send().cases.get().proof_first
    again = calling_from_outside(Person(person.operator))
    case = again.send().cases.get()
    assert case.proof_first
    page = text(again.see("code"))
    assert PROVE_FIRST in page
    assert "dataskydd@tele2.example" in page
    assert len(mails("code")) == 2
    assert at(again.prove(), again.url("receipt"))
    case.refresh_from_db()
    assert case.stage == "matching"


def test_the_clock_runs_from_receipt_all_the_same(person: Person) -> None:
    ordinary = person.send().cases.get()
    busy(person.operator, REQUESTS, NETWORK, pacing.TRUSTED_FROM_NETWORK)
    first = calling_from_outside(Person(person.operator)).send(find={"email": "b@example.com"}).cases.get()
    assert (first.due_on, first.received_on) == (ordinary.due_on, ordinary.received_on)


def test_no_caseworker_sees_it_before_it_is_proven(person: Person, staff: Callable[..., User]) -> None:
    busy(person.operator, REQUESTS, NETWORK, pacing.TRUSTED_FROM_NETWORK)
    case = person.send().cases.get()
    today, member = case.received_on, staff("caseworker")

    def shown_in() -> set[str]:
        views = views_for(member, today)
        return {
            key
            for key, (_label, condition) in views.items()
            if by_day(Case.objects.all()).filter(condition).exists()
        }

    assert shown_in() == {"proof-first", "all"}
    # Its month runs, and others may have made it one of these: nobody finds out too late.
    today = case.due_on - timedelta(days=3)
    assert shown_in() == {"proof-first", "due", "all"}
    today = case.due_on + timedelta(days=1)
    assert shown_in() == {"proof-first", "overdue", "all"}
    today = case.received_on
    person.prove()
    assert shown_in() == {"unassigned", "open", "all"}


PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
# who calls the desk, what X-Forwarded-For says, which network that is
CALLS = [
    ("198.51.100.7", None, "198.51.100.7"),
    ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
    ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
    ("10.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
    ("10.0.0.1", "203.0.113.9, 10.2.3.4", "203.0.113.9"),
    ("10.0.0.1", "192.0.2.1, 203.0.113.9,10.2.3.4", "203.0.113.9"),
    ("10.0.0.1", "nonsense", "10.0.0.1"),
    ("10.0.0.1", "203.0.113.9, nonsense", "10.0.0.1"),
    ("10.0.0.1", None, "10.0.0.1"),
    ("fd00::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
    ("", "203.0.113.9", ""),
    ("127.0.0.1", None, ""),
    ("::1", "203.0.113.9", ""),
]


@pytest.mark.parametrize(("caller", "told", "network"), CALLS)
def test_only_what_trusted_proxies_say_is_believed(
    settings: Settings, caller: str, told: str | None, network: str
) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    headers: dict[str, Any] = {"x-forwarded-for": told} if told else {}
    assert network_of(RequestFactory().get("/", REMOTE_ADDR=caller, headers=headers)) == network


def test_without_proxies_nothing_that_is_told_is_believed(settings: Settings) -> None:
    assert settings.TRUSTED_PROXIES == []
    call = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": "203.0.113.9"})
    assert network_of(call) == "10.0.0.1"


def test_no_address_is_kept(person: Person) -> None:
    person.send()
    kept = Attempt.objects.values_list("key", flat=True)
    # Of the network for what is begun and for what is sent, and of the mailbox.
    assert len(kept) == 3
    assert {len(key) for key in kept} == {64}


def test_a_mailbox_in_doubt_counts_tries_as_any_reference_does(person: Person, operator: Operator) -> None:
    """Proven by electronic identity, its mailbox by nobody: such a request must not look otherwise than none."""
    case = person.send().cases.get()
    proof = Proof(submission=case.submission, level="high", method="bankid", issuer="https://broker.example")
    proof.save()
    answers = {}
    for reference in (case.reference, references.new(timezone.localdate().year)):
        stranger = Person(operator)
        stranger.do("status", reference=reference)
        tries = [stranger.do("status_code", code=f"{number:06}") for number in range(GUESSES.free + 1)]
        answers[reference] = [str(page.context["form"].errors["code"]) for page in tries]
    one, other = answers.values()
    assert one == other
    assert one[-1] != one[0]


def test_in_doubt_the_right_code_opens_nothing_and_proves_nothing(person: Person, operator: Operator) -> None:
    case = person.send().cases.get()
    Proof.objects.create(
        submission=case.submission, level="high", method="bankid", issuer="https://broker.example"
    )
    assert purpose_of(case.submission) == MailedCode.Purpose.PROVE
    for purpose in (MailedCode.Purpose.PROVE, MailedCode.Purpose.STATUS):
        stranger = Person(operator)
        stranger.do("status", reference=case.reference)
        # No mail has it, but whoever guesses it is no further.
        keep_code(case.submission, purpose, "246810")
        stranger.do("status_code", code="246810")
        assert at(stranger.see("requests"), stranger.url("status"))
    assert case.submission.proofs.count() == 1
