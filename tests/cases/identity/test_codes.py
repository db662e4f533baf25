"""A mailed code opens once, in time, the latest one only, with five tries; and nobody's mailbox is flooded."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.casework.workflow import Refusal
from cases.identity import mailed_codes
from cases.identity.mailed_codes import send_code
from cases.identity.verification import check_code
from cases.models import Case, MailedCode, Operator, Submission
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
    submission.codes.update(expires_at=timezone.now())
    assert enter(submission, mailed_code(submission)) == "code-expired"


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
