"""Two proven requests of one person for the same right are noticed; joined the earlier day stands."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cases.casework.course.alike import alike, settle
from cases.casework.workflow import Refusal
from cases.models import Case, Likeness, User
from dsar.scratch.proving import prove
from tests.operators.by_hand import long_ago, mails

pytestmark = pytest.mark.django_db


def test_they_are_suggested_once_both_are_proven_and_joined_under_the_earlier_day(
    ask: Callable[..., Case], staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    worker, client = staff("caseworker"), signed_in("caseworker")
    first = long_ago(ask("access"), 5)
    ask("erasure")
    ask("access", "bo@example.com")
    second = ask("access", proven=False)
    assert alike(first, worker) == []
    with pytest.raises(Refusal, match="not-alike"):
        settle(first, second, kind="joined", by=worker)
    prove(second.submission)
    assert [pair.other for pair in alike(first, worker)] == [second]
    page = reverse("desk:alike", args=[second.reference, first.pk])
    assert page in client.get(second.get_absolute_url()).content.decode()
    assert (
        f"{second.reference} is closed, and {first.reference} is answered"
        in client.get(page).content.decode()
    )
    due = first.due_on
    assert "one answer comes" in client.post(page, {"kind": "joined"}, follow=True).content.decode()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (second.outcome, first.is_closed, first.due_on) == ("merged", False, due)
    [mail] = mails(second.submission, "joined")
    assert first.reference in mail["body"]
    assert alike(first, worker) == []
    assert client.get(page).status_code == 404


def test_what_asks_for_something_else_is_linked_and_what_is_another_person_is_let_be(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    worker = staff("caseworker")
    first, second, third = ask("access"), ask("access", note="My calls of May."), ask("access")
    with pytest.raises(Refusal, match="scope-differs"):
        settle(second, first, kind="joined", by=worker)
    settle(second, first, kind="linked", by=worker)
    settle(third, first, kind="apart", by=worker)
    Case.objects.filter(pk=first.pk).update(stage="approval")
    assert alike(first, worker) == []
    assert set(Likeness.objects.values_list("kind", flat=True)) == {"linked", "apart"}
    assert mails(second.submission, "joined") == []
