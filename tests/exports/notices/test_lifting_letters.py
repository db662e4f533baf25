"""The letter that a restriction ends goes the way of the answer: past whoever asked, and past a mailed code."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Authority, Case, Proof
from cases.models.evidence.authority import AnswerTo
from exports.notices.lifting import lift_restriction
from tests.operators.by_hand import mails
from tests.operators.line import Staff, finish
from tests.operators.scenes import TELLING, Scene
from tests.whole_line.test_deeds import restriction

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
Ask = Callable[..., Case]


@pytest.fixture
def scene() -> Scene:
    return TELLING


@pytest.fixture
def answered(ask: Ask, staff: Staff) -> Case:
    """A restriction that was granted and carried out."""
    case = restriction(ask, staff, "contact", "profile")
    finish(case, staff)
    return case


def told(case: Case, staff: Staff) -> Case:
    case.refresh_from_db()
    day = timezone.localdate() + timedelta(days=7)
    lift_restriction(case, on=day, reason="It is settled.", by=staff("caseworker"))
    return case


def opened(case: Case, *, by_eid: bool = False) -> tuple[int, bool]:
    """What the letter's address answers, and whether the status page names it."""
    client = Client()
    session = client.session
    until = (timezone.now() + timedelta(minutes=5)).timestamp()
    session["status"] = {"submission": str(case.submission_id), "until": until, "eid": by_eid}
    session.save()
    about = [case.operator_id, case.letters.get().pk]
    listed = client.get(reverse("public:requests", args=[case.operator_id])).content.decode()
    status = client.get(reverse("exports:own-letter-pdf", args=about)).status_code
    return status, reverse("exports:own-letter", args=about) in listed


@pytest.mark.parametrize(
    ("answer_to", "mailed", "by_hand"),
    [(AnswerTo.ASKER, 1, False), (AnswerTo.BOTH, 1, True), (AnswerTo.PERSON, 0, True)],
)
def test_it_goes_to_whom_the_answer_went(
    answer_to: str, mailed: int, by_hand: bool, answered: Case, staff: Staff
) -> None:
    authority = Authority.objects.create(
        kind="attorney", checked="Seen.", by=staff("caseworker"), answer_to=answer_to
    )
    Case.objects.filter(pk=answered.pk).update(authority=authority, for_other=True)
    case = told(answered, staff)
    assert len(mails(case.submission, "letter")) == mailed
    assert case.tasks.filter(kind="hand-to-person").exists() is by_hand
    assert opened(case) == ((200, True) if mailed else (404, False))


def test_no_mailed_code_opens_it_where_the_person_is_protected(answered: Case, staff: Staff) -> None:
    Case.objects.filter(pk=answered.pk).update(protected_by="asker", named_only=True)
    case = told(answered, staff)
    assert not mails(case.submission, "letter")
    assert case.tasks.filter(kind="send-through-tax-agency").exists()
    assert opened(case) == (404, False)


def test_electronic_identity_does(answered: Case, staff: Staff) -> None:
    Proof.objects.create(
        submission=answered.submission, level="high", method="bankid", issuer="https://broker.example"
    )
    Case.objects.filter(pk=answered.pk).update(protected_by="asker", named_only=True)
    case = told(answered, staff)
    assert len(mails(case.submission, "letter")) == 1
    assert not case.tasks.filter(kind__startswith="send-").exists()
    assert [opened(case), opened(case, by_eid=True)] == [(404, False), (200, True)]
