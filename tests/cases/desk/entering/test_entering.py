"""A caseworker writes a request down, with its original, or hands in a backlog; whoever works no cases can't."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Operator, Paper, Submission

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
Enter = Callable[..., Client]


@pytest.fixture
def desk(operator: Operator, signed_in: Enter) -> Client:
    return signed_in("caseworker")


def letter(**changes: Any) -> dict[str, Any]:
    day = timezone.localdate() - timedelta(days=2)
    asked = {
        "id": uuid4(), "channel": "letter", "received_on": day.isoformat(), "rights": ["access"],
        "name": "Anna Test", "standing": "self", "language": "sv",
    }  # fmt: skip
    return asked | changes


def test_a_letter_is_taken_in_once_with_its_scan(operator: Operator, desk: Client) -> None:
    page = reverse("desk:entering", args=[operator.pk])
    assert desk.get(reverse("desk:entering-choose")).url == page  # type: ignore[attr-defined]
    assert "received" in desk.get(page).content.decode()
    sent = letter(original=SimpleUploadedFile("scan of Anna.png", PNG))
    answer = desk.post(page, sent)
    case = Case.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, case.get_absolute_url())
    assert case.received_on.isoformat() == sent["received_on"]
    assert desk.post(page, letter(id=sent["id"])).status_code == 302
    assert Submission.objects.count() == 1
    shown = desk.get(case.get_absolute_url()).content.decode()
    assert "No e-mail address" in shown
    assert "a letter" in shown
    assert reverse("desk:paper", args=[case.reference, Paper.objects.get().pk]) in shown


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"received_on": "2999-01-01"}, "still to come"),
        ({"received_on": "soon"}, "This is no day"),
        ({"channel": "form"}, "form is not one"),
        ({"name": "", "rights": []}, "Choose at least one"),
        ({"original": SimpleUploadedFile("x.exe", b"MZ" * 40)}, "PDF"),
        ({"original": SimpleUploadedFile("x.png", PNG + b"\0" * 15_000_000)}, "15 MB"),
        ({"id": "1"}, "valid UUID"),
    ],
)
def test_what_cannot_be_stands_at_its_field(
    operator: Operator, desk: Client, changed: dict[str, Any], said: str
) -> None:
    answer = desk.post(reverse("desk:entering", args=[operator.pk]), letter(**changed))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Case.objects.exists()


def test_a_backlog_is_reported_line_by_line(operator: Operator, desk: Client) -> None:
    page = reverse("desk:backlog", args=[operator.pk])
    day = timezone.localdate().isoformat()
    lines = f"received_on,channel,rights,name\n{day},shop,access,Anna Test\n{day},shop,acess,Bo Test\n"
    assert "received_on" in desk.get(page).content.decode()
    shown = desk.post(page, {"file": SimpleUploadedFile("b.csv", lines.encode())})
    case = Case.objects.get()
    assert shown.status_code == 200
    assert case.reference in shown.content.decode()
    assert "Choose from the list of rights." in shown.content.decode()
    assert "Anna" not in shown.content.decode()
    again = desk.post(page, {"file": SimpleUploadedFile("b.csv", lines.encode())})
    assert "There already" in again.content.decode()
    empty = desk.post(page, {"file": SimpleUploadedFile("b.csv", b"")})
    assert empty.status_code == 422


def test_whoever_works_no_cases_finds_no_such_page(operator: Operator, signed_in: Enter) -> None:
    client = signed_in("auditor")
    for name in ("desk:entering", "desk:backlog"):
        assert client.get(reverse(name, args=[operator.pk])).status_code == 404
        assert client.post(reverse(name, args=[operator.pk]), letter()).status_code == 404
    assert not Case.objects.exists()
