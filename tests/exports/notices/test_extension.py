"""More time: the mail says it, and the letter with the reasons stays on the status page."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cases.casework import audit
from cases.casework.workflow import Refusal
from cases.models import Case, User
from exports.notices import letters
from exports.notices.extension import extend
from tests.operators.by_hand import mails

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
REASON = "Nine systems have to be searched."


def read(case: Case) -> str:
    [letter] = case.letters.all()
    assert letter.kind == "extension"
    return " ".join(letters.read(letter, by=audit.DATA_SUBJECT).page.split())


@pytest.mark.parametrize("proven", [True, False])
def test_it_names_both_days_and_the_reason(
    ask: Callable[..., Case], signed_in: Callable[..., Client], proven: bool
) -> None:
    case = ask("access", language="en", proven=proven)
    before = case.due_on
    told = {"ground": "complexity", "reason": REASON}
    signed_in("caseworker").post(reverse("exports:extend", args=[case.reference]), told)
    case.refresh_from_db()
    page = read(case)
    for day in (before, case.due_on):
        assert f"{day.day} {day:%B %Y}" in page
    assert before < case.due_on
    assert REASON in page
    assert REASON in mails(case.submission, "extended")[0]["body"]


def test_who_is_not_to_be_mailed_reads_it_all_the_same(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = ask("access", standing="user", contact="Call my sister.")
    extend(case, ground="complexity", reason=REASON, by=staff("caseworker"))
    assert REASON in read(case)
    assert not mails(case.submission, "extended")


def test_what_is_not_extended_has_no_letter(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access")
    with pytest.raises(Refusal, match="reason-needed"):
        extend(case, ground="complexity", reason=" ", by=staff("caseworker"))
    assert not case.letters.exists()
