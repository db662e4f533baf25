"""Whoever asks gets a receipt that the operator has signed: of what, when, and by hash of what was typed."""

import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from cases.casework.signing import keys
from cases.models import Case, Operator, SignedReceipt
from cases.request import receipts
from cases.request.intake import submit
from dsar.scratch.proving import prove
from exports import retention
from exports.package import verify
from tests.operators.by_hand import mails, request

WHERE = "There you can also fetch a signed receipt of your request: with it you can show that you asked, and when."

pytestmark = pytest.mark.django_db


def checked(content: bytes | None) -> verify.Verdict:
    assert content is not None
    return verify.check(io.BytesIO(content), list(keys.published()))


def test_a_request_is_receipted_when_it_comes_in_and_anybody_can_check_it(operator: Operator) -> None:
    submission = submit(request(operator, "access", "objection", phone="070-174 06 05"))
    whole = receipts.file_of(submission, whole=True)
    verdict = checked(whole)
    assert (verdict.proven, verdict.faults, verdict.notes) == (True, [], [])
    said = json.loads(whole or b"")
    cases = submission.cases.order_by("pk")
    assert said["requests"] == [{"reference": one.reference, "right": one.right} for one in cases]
    assert said["content"]["name"] == "Anna Test"
    assert said["content"]["phone"] == "070-174 06 05"
    for name, value in (("received", "2026-01-01T00:00:00+01:00"), ("requests", said["requests"][:1])):
        assert (
            "it was changed after it was signed"
            in checked(json.dumps(said | {name: value}).encode()).faults[-1]
        )
    said["content"]["note"] = "Something else."
    assert checked(json.dumps(said).encode()).faults == ["what was asked is not what came in then"]


def test_the_mail_says_where_it_is_and_what_is_signed_has_no_word_of_what_was_typed(
    operator: Operator,
) -> None:
    submission = submit(request(operator, "access"))
    prove(submission)
    [mail] = mails(submission, "receipt")
    with translation.override(submission.language):
        assert gettext(WHERE) in mail["body"]
    assert "{" not in mail["body"]
    signed = receipts.file_of(submission) or b""
    verdict = checked(signed)
    assert (verdict.proven, verdict.notes) == (True, ["what was asked is not in it, only its hash"])
    assert b"Anna" not in signed
    assert b"anna@example.com" not in signed
    # Two who ask the same have other hashes: nothing can be guessed from one.
    other = submit(request(operator, "access"))
    hashes = {json.loads(one.statement)["content_sha256"] for one in SignedReceipt.objects.all()}
    assert (len(hashes), other.receipt.pk != submission.receipt.pk) == (2, True)


def test_who_sent_it_gets_what_was_typed_for_an_hour_and_who_follows_it_does_not(
    ask: Callable[..., Case], client: Client
) -> None:
    case = ask("access")
    path = reverse("public:signed_receipt", args=[case.operator_id])
    assert client.get(path).status_code == 404
    session = client.session
    session["status"] = {
        "submission": str(case.submission_id), "until": (timezone.now() + timedelta(hours=1)).timestamp(),
    }  # fmt: skip
    session.save()
    following = client.get(path)
    assert checked(following.content).proven
    assert "content" not in following.json()
    assert path in client.get(reverse("public:requests", args=[case.operator_id])).content.decode()
    session[f"sent:{case.operator_id}"] = str(case.submission_id)
    session.save()
    assert client.get(path).json()["content"]["name"] == "Anna Test"
    assert path in client.get(reverse("public:receipt", args=[case.operator_id])).content.decode()
    case.submission.created_at = timezone.now() - timedelta(hours=2)
    case.submission.save()
    assert "content" not in client.get(path).json()


def test_what_was_typed_ends_in_the_receipt_with_the_request(ask: Callable[..., Case]) -> None:
    case = ask("access")
    Case.objects.update(stage="closed", outcome="granted", closed_at=timezone.now())
    case.submission.mails.update(sent_at=timezone.now(), sealed=b"")
    assert retention.empty_submissions() == 1
    receipt = SignedReceipt.objects.get()
    assert (bytes(receipt.content), checked(receipts.file_of(case.submission, whole=True)).proven) == (
        b"",
        True,
    )
