"""Answers over HTTP: who reads them, who fetches them, and that every look is on the record."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, Operator, RegisterVersion, User
from cases.models.case import Outcome, Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sources.loading import load_operator
from exports import delivery
from exports.answer import building
from exports.models import Answer, Download
from tests.operators.placed import answered, gathered, hand_in, move, opened, proven

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(db: None) -> Operator:
    return load_operator("tele2-se")[0]


@pytest.fixture
def answer(operator: Operator, staff: Callable[..., User]) -> Answer:
    return answered(gathered(proven(hand_in(operator))), staff("caseworker"))


@pytest.fixture
def delivered(answer: Answer, staff: Callable[..., User]) -> Answer:
    now = timezone.now()
    opened(answer, staff("approver"))
    answer.status, answer.approved_by, answer.approved_at = "delivered", staff("approver"), now
    answer.approved_sha256, answer.delivered_at, answer.expires_at = (
        answer.sha256,
        now,
        now + timedelta(days=14),
    )
    answer.save()
    move(answer.case, Stage.CLOSED, outcome=Outcome.GRANTED, closed_at=now)
    return answer


def package(answer: Answer, operator: str = "tele2-se") -> str:
    return reverse("exports:package", args=[operator, answer.pk])


def person(case: Case, *, minutes: int = 30) -> Client:
    """The browser of somebody who just entered the mailed code for the status page."""
    client = Client()
    session = client.session
    until = (timezone.now() + timedelta(minutes=minutes)).timestamp()
    session["status"] = {"submission": str(case.submission_id), "until": until}
    session.save()
    return client


def test_an_approver_reads_the_letter_on_the_record(signed_in: Callable[..., Client], answer: Answer) -> None:
    response = signed_in("approver").get(reverse("exports:preview", args=[answer.case.reference, 1]))
    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")
    assert AuditEntry.objects.filter(
        action="letter.read", case=answer.case.reference, actor="approver"
    ).exists()


@pytest.mark.parametrize("name", ["preview", "download"])
def test_an_auditor_reads_no_letter_and_fetches_no_package(
    name: str, signed_in: Callable[..., Client], answer: Answer
) -> None:
    url = reverse(f"exports:{name}", args=[answer.case.reference, 1])
    assert signed_in("auditor").get(url).status_code == 403
    assert not Download.objects.exists()


def test_staff_fetch_the_package_on_the_record(signed_in: Callable[..., Client], answer: Answer) -> None:
    response = signed_in("caseworker").get(reverse("exports:download", args=[answer.case.reference, 1]))
    assert b"".join(response.streaming_content) == b"PK package"  # type: ignore[attr-defined]
    assert Download.objects.get().who == "staff"


def test_the_person_fetches_the_package(delivered: Answer) -> None:
    response = person(delivered.case).get(package(delivered))
    assert b"".join(response.streaming_content) == b"PK package"  # type: ignore[attr-defined]
    assert response["Content-Disposition"] == f'attachment; filename="{delivered.case.reference}.zip"'
    assert "no-store" in response["Cache-Control"]
    assert Download.objects.get().who == delivery.DATA_SUBJECT


def test_the_person_reads_the_letter_beside_the_package(delivered: Answer, client: Client) -> None:
    letter, browser = reverse("exports:own-answer", args=["tele2-se", delivered.pk]), person(delivered.case)
    assert letter in browser.get("/tele2-se/status/requests/").content.decode()
    response = browser.get(letter)
    assert response.content == delivery.letter_of(delivered)
    assert "no-store" in response["Cache-Control"]
    assert (Download.objects.get().part, Download.objects.get().who) == ("answer", delivery.DATA_SUBJECT)
    assert client.get(letter).status_code == 404


def test_no_answer_is_prepared_while_the_register_has_a_place_to_fill_in(
    operator: Operator, staff: Callable[..., User]
) -> None:
    case = gathered(proven(hand_in(operator)))
    case.decisions.update(status="confirmed", decided_by=staff("caseworker"), decided_at=timezone.now())
    before = 'description.sv = """Får namn och kontaktuppgifter.'
    assert case.register.content.count(before) == 1
    content = case.register.content.replace(before, f"{before} [Partner A].")
    # What is parsed is kept by its hash for the whole process.
    digest = sha256(content.encode()).hexdigest()
    version = RegisterVersion.objects.create(operator=operator, sha256=digest, content=content)
    Case.objects.filter(pk=case.pk).update(register=version)
    with pytest.raises(Refusal, match="blocked") as refused:
        building.prepare(case, by=staff("caseworker"))
    assert "[Partner A]" in refused.value.message
    assert not Answer.objects.exists()


@pytest.fixture
def receipt(delivered: Answer) -> Answer:
    """What was carried out, in writing, beside the package."""
    delivered.receipt_name = f"test/{delivered.case_id}-receipt"
    delivered.save()
    with vault.sealed_file(delivered.case, KeyUse.PACKAGE, delivered.receipt_name) as file:
        file.write(b"%PDF-1.7 receipt")
    return delivered


def own_receipt(answer: Answer, operator: str = "tele2-se") -> str:
    return reverse("exports:own-receipt", args=[operator, answer.pk])


def test_the_person_finds_the_receipt_beside_the_package(receipt: Answer) -> None:
    browser = person(receipt.case)
    assert own_receipt(receipt) in browser.get("/tele2-se/status/requests/").content.decode()
    response = browser.get(own_receipt(receipt))
    assert response.content == b"%PDF-1.7 receipt"
    assert "no-store" in response["Cache-Control"]
    assert (Download.objects.get().part, Download.objects.get().who) == ("receipt", "subject")
    assert AuditEntry.objects.filter(action="receipt.fetched", actor="data-subject").exists()


def test_staff_read_the_receipt_on_the_record(receipt: Answer, signed_in: Callable[..., Client]) -> None:
    url = reverse("exports:receipt", args=[receipt.case.reference, 1])
    assert url in signed_in("caseworker").get(receipt.case.get_absolute_url()).content.decode()
    assert signed_in("caseworker").get(url).content == b"%PDF-1.7 receipt"
    assert Download.objects.get().who == "staff"
    assert signed_in("auditor").get(url).status_code == 403


def test_a_receipt_is_guarded_like_the_package(
    receipt: Answer, client: Client, operator: Operator, other_operator: Operator
) -> None:
    assert client.get(own_receipt(receipt)).status_code == 404
    assert person(hand_in(operator)).get(own_receipt(receipt)).status_code == 404
    assert person(receipt.case).get(own_receipt(receipt, other_operator.pk)).status_code == 404
    Answer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert person(receipt.case).get(own_receipt(receipt)).status_code == 404
    assert not Download.objects.exists()


def test_without_a_receipt_none_is_offered(delivered: Answer) -> None:
    assert (
        own_receipt(delivered)
        not in person(delivered.case).get("/tele2-se/status/requests/").content.decode()
    )
    assert person(delivered.case).get(own_receipt(delivered)).status_code == 404


def test_nobody_fetches_it_without_the_code(delivered: Answer, client: Client) -> None:
    assert client.get(package(delivered)).status_code == 404


def test_a_code_runs_out(delivered: Answer) -> None:
    assert person(delivered.case, minutes=-1).get(package(delivered)).status_code == 404


def test_the_code_of_one_request_opens_no_other(delivered: Answer, operator: Operator) -> None:
    assert person(hand_in(operator)).get(package(delivered)).status_code == 404


def test_the_package_is_under_its_own_operator_only(delivered: Answer, other_operator: Operator) -> None:
    assert person(delivered.case).get(package(delivered, other_operator.pk)).status_code == 404


def test_what_is_not_delivered_yet_is_not_there(answer: Answer) -> None:
    assert person(answer.case).get(package(answer)).status_code == 404


def test_after_its_last_day_it_is_gone(delivered: Answer) -> None:
    Answer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert person(delivered.case).get(package(delivered)).status_code == 404
