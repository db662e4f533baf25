"""A mailed code opens once, in time, the latest one only, with five tries; and nobody's mailbox is flooded."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from cases.casework.mail import MAX_ATTEMPTS, deliver
from cases.casework.workflow import Refusal
from cases.identity import knocks, mailed_codes
from cases.identity.mailed_codes import LIFE, send_code
from cases.identity.verification import check_code
from cases.models import Attempt, Case, MailedCode, Operator, Submission
from cases.request.intake import submit
from dsar.scratch.proving import mailed_code, prove
from tests.operators.by_hand import mails, request

pytestmark = pytest.mark.django_db
PROVE = MailedCode.Purpose.PROVE


@pytest.fixture
def submission(ask: Callable[..., Case]) -> Submission:
    return ask("access", proven=False).submission


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def enter(submission: Submission, code: str, purpose: str = PROVE) -> str:
    """What the person is told: "" or the code of the refusal."""
    try:
        check_code(submission, purpose=purpose, code=code)
    except Refusal as refusal:
        return refusal.code
    return ""


def test_the_code_opens_once(submission: Submission) -> None:
    code = mailed_code(submission)
    assert [enter(submission, code), enter(submission, code)] == ["", "code-expired"]


def test_spaces_and_hyphens_in_a_code_do_not_matter(submission: Submission) -> None:
    code = mailed_code(submission)
    assert enter(submission, f" {code[:3]} - {code[3:]} ") == ""


def test_five_tries_and_then_not_even_the_right_one(submission: Submission) -> None:
    code = mailed_code(submission)
    assert [enter(submission, wrong(code)) for _ in range(5)] == ["code-wrong"] * 4 + ["code-none-left"]
    assert enter(submission, code) == "code-none-left"


@pytest.mark.parametrize("slip", ["1", "abcdef", "", "12345", "1234567", "12 34 5x"])
def test_what_is_not_six_digits_costs_no_try(submission: Submission, slip: str) -> None:
    code = mailed_code(submission)
    assert [enter(submission, slip) for _ in range(6)] == ["code-wrong"] * 6
    assert submission.codes.get().tries_left == mailed_codes.TRIES
    assert enter(submission, code) == ""


def test_the_person_is_told_how_many_tries_are_left(submission: Submission) -> None:
    with pytest.raises(Refusal) as refused:
        check_code(submission, purpose=PROVE, code=wrong(mailed_code(submission)))
    assert "4" in refused.value.message


def test_a_code_ends_after_half_an_hour(submission: Submission) -> None:
    code = mailed_code(submission)
    submission.mails.update(sent_at=timezone.now() - LIFE)
    assert enter(submission, code) == "code-expired"


def test_its_half_hour_begins_when_the_mail_is_sent(submission: Submission) -> None:
    code = mailed_code(submission)
    submission.codes.update(created_at=timezone.now() - timedelta(hours=3))
    submission.mails.update(created_at=timezone.now() - timedelta(hours=3))
    [mail] = submission.mails.all()
    assert deliver(mail.pk)
    assert enter(submission, code) == ""


def test_what_is_said_of_the_mail_is_what_was_done(submission: Submission) -> None:
    def said() -> str:
        return mailed_codes.sending(submission, purpose=PROVE)

    assert (said(), mailed_codes.sending(submission, purpose="status")) == ("under-way", "none")
    submission.mails.update(created_at=timezone.now() - timedelta(minutes=3))
    assert said() == "late"
    submission.mails.update(created_at=timezone.now(), attempts=1)
    assert said() == "late"
    submission.mails.update(attempts=MAX_ATTEMPTS)
    assert said() == "failed"
    submission.mails.update(sent_at=timezone.now())
    assert said() == "sent"


@pytest.fixture
def moving(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """A clock that goes on when told: the day of a guesser passes in a moment."""
    clock = [timezone.now()]
    monkeypatch.setattr("django.utils.timezone.now", lambda: clock[0])

    def go_on(by: timedelta) -> None:
        clock[0] += by

    return go_on


def test_a_guesser_has_thirty_guesses_a_day_however_many_codes_are_mailed(
    submission: Submission, moving: Callable[[timedelta], None]
) -> None:
    """And never none: nobody else can shut a person out for good."""
    guesses, waited = [0, 0], timedelta(0)
    for step in range(2 * 24 * 10):
        if step % 2 == 0:
            send_code(submission, purpose=PROVE)
        if enter(submission, wrong(mailed_code(submission))) != "code-wait":
            guesses[step // (24 * 10)] += 1
            waited = timedelta(0)
        assert waited <= mailed_codes.GUESSES.longest_wait
        waited += timedelta(minutes=6)
        moving(timedelta(minutes=6))
    assert 10 < guesses[0] <= 30
    assert 10 < guesses[1] <= 30


def test_the_wait_doubles_and_has_an_end() -> None:
    minutes = [mailed_codes.GUESSES.wait_after(tries).total_seconds() / 60 for tries in range(9, 18)]
    assert minutes == [0, 2, 4, 8, 16, 32, 64, 120, 120]


def test_guesses_at_one_request_are_none_at_another(submission: Submission, ask: Callable[..., Case]) -> None:
    other = ask("access", proven=False, email="bo@example.com").submission
    for _ in range(2):
        for _ in range(5):
            enter(submission, wrong(mailed_code(submission)))
        send_code(submission, purpose=PROVE)
    assert enter(submission, mailed_code(submission)) == "code-wait"
    assert enter(other, mailed_code(other)) == ""


def test_a_wait_takes_no_guess_and_does_not_even_take_the_right_code(
    submission: Submission, moving: Callable[[timedelta], None]
) -> None:
    for _ in range(2):
        for _ in range(5):
            enter(submission, wrong(mailed_code(submission)))
        send_code(submission, purpose=PROVE)
    code = mailed_code(submission)
    assert enter(submission, code) == "code-wait"
    moving(timedelta(minutes=2))
    assert enter(submission, code) == ""


def test_the_person_hears_of_it_once_by_mail(submission: Submission) -> None:
    for _ in range(3):
        for _ in range(5):
            enter(submission, wrong(mailed_code(submission)))
        send_code(submission, purpose=PROVE)
    for left in knocks.waiting():
        knocks.answer(left.pk)
    [told] = mails(submission, "guesses")
    assert submission.cases.get().reference in told["body"]


def test_right_codes_are_no_guesses(submission: Submission) -> None:
    for _ in range(3):
        send_code(submission, purpose=MailedCode.Purpose.STATUS)
        assert enter(submission, mailed_code(submission, "status_code"), MailedCode.Purpose.STATUS) == ""
    assert not Attempt.objects.exists()


def test_a_day_has_its_own_limit(submission: Submission) -> None:
    for _ in range(12):
        for _ in range(5):
            send_code(submission, purpose=PROVE)
        submission.codes.update(created_at=F("created_at") - timedelta(hours=1, seconds=1))
    assert submission.codes.count() == mailed_codes.PER_DAY == 20


def test_only_the_newest_code_opens(submission: Submission) -> None:
    older = mailed_code(submission)
    send_code(submission, purpose=PROVE)
    newer = mailed_code(submission)
    assert enter(submission, older) in {"code-wrong"} if older != newer else True
    assert enter(submission, newer) == ""


def test_a_code_for_the_status_page_proves_nothing(submission: Submission) -> None:
    send_code(submission, purpose=MailedCode.Purpose.STATUS)
    assert enter(submission, mailed_code(submission, "status_code")) == "code-wrong"


def test_five_codes_an_hour_and_then_silence(submission: Submission) -> None:
    for _ in range(10):
        send_code(submission, purpose=PROVE)
    assert len(mails(submission, "code")) == mailed_codes.PER_HOUR == 5
    submission.codes.update(created_at=timezone.now() - timedelta(hours=1, seconds=1))
    send_code(submission, purpose=PROVE)
    assert len(mails(submission, "code")) == 6


def test_many_requests_do_not_flood_one_mailbox(operator: Operator) -> None:
    for _ in range(mailed_codes.PER_MAILBOX + 3):
        submit(request(operator, "access", email="victim@example.com"))
    assert MailedCode.objects.count() == mailed_codes.PER_MAILBOX


def test_the_code_itself_is_kept_nowhere_but_in_the_sealed_mail(submission: Submission) -> None:
    code, kept = mailed_code(submission), submission.codes.get()
    assert code not in kept.digest
    assert code.encode() not in bytes(submission.mails.get().sealed)


def test_a_request_that_is_over_mails_no_code(submission: Submission) -> None:
    prove(submission)
    Submission.objects.update(sealed=b"")
    submission.cases.update(file_sealed=b"")
    send_code(Submission.objects.get(), purpose=MailedCode.Purpose.STATUS)
    assert mails(submission, "status_code") == []
