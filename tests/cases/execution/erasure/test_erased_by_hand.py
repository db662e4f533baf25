"""What no connector can erase a person erases, and nobody is told before that it is gone."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from cases.execution.carrying_out import execute
from cases.models import Case, Task, User
from exports.answer.snapshot import facts_of
from tests.operators.by_hand import approve, carry_out, decide, work
from tests.operators.line import answered, receipted
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
NOT_SUBSCRIPTIONS = re.sub(
    r'(?s)(key = "subscription".*?on_erase = )"delete"', r'\1"none"', SMALL.connectors, count=1
)


@pytest.fixture
def asked(ask: Callable[..., Case], configured: Callable[[str], None], staff: Callable[..., User]) -> Case:
    """Subscriptions and calls go, but the subscriptions can only be erased by hand."""
    configured(NOT_SUBSCRIPTIONS)
    return work(ask("erasure", "bo@example.com", language="en"))


def page(client: Client, case: Case) -> str:
    text = " ".join(client.get(case.get_absolute_url()).content.decode().split())
    return text.partition('id="carried-out"')[2].partition("</section>")[0]


def test_the_letter_calls_erased_only_what_a_connector_erases(
    asked: Case, staff: Callable[..., User]
) -> None:
    decide(asked, staff("caseworker"))
    rows = decision_rows(asked)
    assert rows["Customer and account details"] == "Will be erased by a member of our staff"
    assert rows["Summaries of use and purchases"] == "Will be erased"


def decision_rows(case: Case) -> dict[str, str]:
    [table] = [
        part
        for section in answered(facts_of(case)).sections
        for part in section.parts
        if section.block == "B3" and hasattr(part, "rows")
    ]
    return {row[0]: row[1] for row in table.rows}


def test_the_receipt_says_what_was_erased_by_hand_once_it_was(
    asked: Case, staff: Callable[..., User]
) -> None:
    execute(approve(asked, staff("caseworker")).pk)
    asked.refresh_from_db()
    assert (asked.stage, asked.blocked_by) == ("execution", "by-hand")
    assert "by a member of our staff" not in receipt(asked)
    carry_out(asked, staff("caseworker"))
    asked.refresh_from_db()
    assert asked.stage == "delivery"
    assert "This was done by a member of our staff by hand" in receipt(asked)
    assert "('Customer register: Subscriptions', '1'" in receipt(asked)


def receipt(case: Case) -> str:
    return repr(receipted(facts_of(Case.objects.get(pk=case.pk))))


def test_the_case_shows_it_until_a_person_has_done_it(asked: Case, staff: Callable[..., User]) -> None:
    execute(approve(asked, staff("caseworker")).pk)
    client = Client()
    client.force_login(staff("caseworker"), backend="django.contrib.auth.backends.ModelBackend")
    task = Task.objects.get(case=asked, kind="carry-out-erasure")
    assert task.due_on == asked.due_on
    before = page(client, asked)
    assert "Customer register, Subscriptions" in before
    assert "to be erased by hand" in before
    asked_first = client.get(reverse("desk:tasks")).content.decode()
    assert "receipt says that this was done" in asked_first
    client.post(reverse("desk:task-done", args=[task.pk]))
    lately = client.get(reverse("desk:tasks")).content.decode().partition("Done lately")[2]
    assert "Customer register, Subscriptions" in lately
    after = page(client, asked)
    assert "to be erased by hand" not in after
    assert '<span class="ok">done' in after
