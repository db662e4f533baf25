"""What a caseworker, and whoever asks, see of a request for somebody else."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from cases import tasks
from cases.identity.mandates.asking import may_give
from cases.models import Case, Operator, Proof, Task
from cases.public.words import CHECKED_FIRST, Station, outcome_words
from cases.request.asked import Intake
from cases.request.intake import submit
from tests.operators.by_hand import long_ago
from tests.operators.placed import move

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(operator: Operator) -> Case:
    """Astrid has asked for Bertil, and proven her mailbox."""
    intake = Intake(
        uuid4(), operator, "sv", ("access",), "Astrid Berg", "astrid.berg@example.com",
        standing="proxy", on_behalf_of="Bertil Berg", customer_no="C-7",
    )  # fmt: skip
    case = move(submit(intake).cases.get(), "matching")
    tasks.match(case.pk)
    case.refresh_from_db()
    return case


def text(client: Client, case: Case) -> str:
    return client.get(f"/desk/cases/{case.reference}/").content.decode()


def test_the_page_leads_to_the_check_and_then_to_the_person(
    waiting: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("caseworker")
    Proof.objects.create(submission=waiting.submission, level="low", method="mailed-code")
    assert may_give(waiting.submission)
    page = text(client, waiting)
    assert "Somebody asks for another person. Check that they may" in page
    assert f"/desk/cases/{waiting.reference}/authority/" in page
    assert "/claims/" in page
    assert "/confirm/" not in page
    path = f"/desk/cases/{waiting.reference}/authority/"
    decides = client.get(path).content.decode()
    assert " checked" not in decides.partition("<main")[2].partition("</main>")[0]
    assert "Choose who gets the answer." in client.post(path, {"action": "accept"}).content.decode()
    accepted = {
        "action": "accept",
        "accept-kind": "custody",
        "accept-checked": "Custody, seen in the register",
        "accept-rights": ["access"],
        "accept-answer_to": "asker",
    }
    client.post(path, accepted)
    waiting.refresh_from_db()
    assert not may_give(waiting.submission)
    page = text(client, waiting)
    assert "Custody, seen in the register" in page
    assert "Confirm who the person is" in page
    assert f"/desk/cases/{waiting.reference}/concerned/" in page
    client.post(f"/desk/cases/{waiting.reference}/concerned/", {"kind": "msisdn", "value": "070-174 06 05"})
    assert list(waiting.identifiers.values_list("kind", "origin")) == [("msisdn", "caseworker")]


def test_who_may_not_work_cases_is_offered_nothing_and_can_do_nothing(
    waiting: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("auditor")
    assert "/authority/" not in text(client, waiting)
    assert client.post(f"/desk/cases/{waiting.reference}/authority/", {"reason": "Me"}).status_code == 403
    waiting.refresh_from_db()
    assert waiting.authority is None


def test_the_task_is_done_on_the_case_alone(waiting: Case, signed_in: Callable[..., Client]) -> None:
    client, task = signed_in("caseworker"), Task.objects.get(case=waiting)
    page = client.get("/desk/tasks/").content.decode()
    assert f"/desk/tasks/{task.pk}/done/" not in page
    assert "ask for what shows that they may" in page
    client.post(f"/desk/tasks/{task.pk}/done/")
    task.refresh_from_db()
    assert task.done_at is None


def test_it_can_be_closed_and_the_asker_reads_why(waiting: Case, signed_in: Callable[..., Client]) -> None:
    assert Station.of(waiting, "gathered").detail == CHECKED_FIRST
    client = signed_in("caseworker")
    assert "The authority is not shown" in text(client, waiting)
    url = f"/desk/cases/{waiting.reference}/unidentified/"
    assert "Close: the authority is not shown" in client.get(url).content.decode()
    long_ago(waiting)
    client.post(url, {"reason": "No paper came."})
    waiting.refresh_from_db()
    assert waiting.outcome == "unidentified"
    assert "may ask for somebody else" in str(outcome_words(waiting))
