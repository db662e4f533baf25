"""Why a verdict is what it is: stored without a language, read in the reader's own."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from cases.law.reasons import Reason, reason, restored, say, stored
from cases.models import Case, Decision, Finding, Operator
from cases.registers.texts import Text
from tests.operators.placed import gathered, hand_in, proven

HOLD = Text(sv="bokföringslagen", da="bogføringsloven", en="the bookkeeping act")


@pytest.mark.parametrize(
    "why",
    [
        reason("access.give"),
        reason("erasure.until", name=HOLD, law=HOLD, until=date(2033, 12, 31)),
        reason("clock.pause", start=date(2026, 1, 2), days=3),
        reason("clock.pause", start="2026-01-02", days="3"),
    ],
)
def test_a_reason_comes_back_as_it_was_stored(why: Reason) -> None:
    assert restored(stored(why)) == why


def test_no_reason_is_stored_as_nothing() -> None:
    assert stored(None) == {}
    assert restored({}) is None


@pytest.fixture
def kept(db: None, operator: Operator) -> Case:
    case = gathered(proven(hand_in(operator)))
    Finding.objects.filter(run__case=case).update(why=stored(reason("access.give")))
    Decision.objects.filter(case=case).update(review=stored(REVIEW))
    return case


REVIEW = reason("review.balance")


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_the_case_page_says_why_in_the_readers_language(
    language: str, kept: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    client.cookies["django_language"] = language
    page = client.get(kept.get_absolute_url()).content.decode()
    assert say(reason("access.give"), language) in page  # type: ignore[arg-type]
    assert say(REVIEW, language) in page  # type: ignore[arg-type]


def test_the_page_of_one_decision_says_why_in_the_readers_language(
    kept: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    client.cookies["django_language"] = "sv"
    decision = kept.decisions.get(subject="contact")
    page = client.get(reverse("desk:change", args=[kept.reference, decision.pk])).content.decode()
    assert say(reason("access.give"), "sv") in page


def test_the_page_names_the_language_of_the_answer_as_the_reader_says_it(
    review_case: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    client.cookies["django_language"] = "sv"
    assert "svar på svenska" in client.get(review_case.get_absolute_url()).content.decode()
