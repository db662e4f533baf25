"""What was done before the answer: a letter says so once, on which day, and only where it was done."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from cases.casework import audit
from cases.models import Case
from exports.letter.matrix import LetterProblem
from exports.notices import interim, letters
from tests.operators.by_hand import mails

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
SAID = {
    "marketing-objection": "we no longer use your data for marketing",
    "consent-withdrawal": "we no longer use your data for what you had said yes to",
    "objection": "we have only stored the data",
}


def done(case: Case, hours: float, **more: object) -> Case:
    at = timezone.now() - timedelta(hours=hours)
    Case.objects.filter(pk=case.pk).update(interim_at=at, **more)
    case.refresh_from_db()
    return case


@pytest.mark.parametrize("right", SAID)
def test_it_is_told_once_with_its_day_and_when_the_answer_comes(ask: Callable[..., Case], right: str) -> None:
    case = done(ask(right, language="en"), 2)
    interim.tell(case.pk)
    interim.tell(case.pk)
    [letter] = case.letters.all()
    page = " ".join(letters.read(letter, by=audit.DATA_SUBJECT).page.split())
    assert SAID[right] in page
    assert f"by {case.due_on.day} {case.due_on:%B %Y} at the latest" in page
    assert len(mails(case.submission, "letter")) == 1


def test_nobody_is_told_of_what_was_not_done_or_is_told_by_the_answer(ask: Callable[..., Case]) -> None:
    case = ask("marketing-objection")
    assert not interim.due().exists()
    with pytest.raises(LetterProblem, match="not-done"):
        interim.interim_letter(case)
    done(case, 0.5)
    assert not interim.due().exists()
    done(case, 2, protected_by="staff", named_only=True)
    assert not interim.due().exists()
    interim.tell(case.pk)
    assert not case.letters.exists()
