"""Status and package: of the caller's own operators only, and a package only while it may be fetched."""

import hashlib
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from knox.models import AuthToken

from cases.casework import audit
from cases.casework.workflow import close
from cases.models import AuditEntry, Case, Membership, Standstill
from cases.models.case import Outcome
from cases.models.keys import KeyUse
from cases.sealed import vault
from exports.models import Answer, Download
from exports.retention import purge_expired
from tests.cases.api.api_calls import ASKED, calling_with, problem
from tests.operators.placed import approved

ZIP = b"PK\x05\x06" + bytes(18) + b"\1" * 200_000


@pytest.fixture
def case(hand_in):
    return Case.objects.get(reference=hand_in().json()["cases"][0]["reference"])


@pytest.fixture
def answer(case, django_user_model):
    """An answer that was approved and delivered, with its package in the vault; the case is closed."""
    close(case, Outcome.GRANTED, by=audit.SYSTEM)
    with vault.sealed_file(case, KeyUse.PACKAGE, "packages/1") as file:
        file.write(ZIP)
    hashed, now = hashlib.sha256(ZIP).hexdigest(), timezone.now()
    return approved(
        case,
        by=django_user_model.objects.create_user("two"),
        status=Answer.Status.DELIVERED,
        name="packages/1",
        bytes=len(ZIP),
        sha256=hashed,
        prepared_by=django_user_model.objects.create_user("one"),
        delivered_at=now,
        expires_at=now + timedelta(days=14),
    )


def fetch(client, case):
    return client.get(f"/api/cases/{case.reference}/package/")


@pytest.mark.parametrize(
    "spoken", [str, str.lower, lambda text: text.replace("-", ""), lambda text: f" {text} "]
)
def test_a_case_is_found_however_its_reference_is_written(portal, case, spoken):
    body = portal.get(f"/api/cases/{spoken(case.reference)}/").json()
    assert body["reference"] == case.reference
    assert body["package_ready"] is False


@pytest.mark.parametrize("reference", ["26-22222-22", "x", "å", "a" * 3000, "' or 1=1 --"])
def test_no_such_case(portal, reference):
    problem(portal.get(f"/api/cases/{reference}/"), 404, "not-found")


@pytest.mark.parametrize("ending", ["", "package/"])
def test_the_case_of_another_operator_is_no_case(case, answer, token_for, ending):
    stranger = calling_with(token_for("danish", "telenor-dk"))
    problem(stranger.get(f"/api/cases/{case.reference}/{ending}"), 404, "not-found")
    assert not Download.objects.exists()


def test_a_request_for_an_operator_one_does_not_belong_to(token_for):
    stranger = calling_with(token_for("danish", "telenor-dk"))
    response = stranger.post("/api/requests/", ASKED, format="json", headers={"Idempotency-Key": "k"})
    problem(response, 400, "operator")


def test_membership_taken_away_ends_access_at_once(portal, case):
    Membership.objects.all().delete()
    problem(portal.get(f"/api/cases/{case.reference}/"), 404, "not-found")


def test_the_package_is_the_very_bytes_and_its_fetching_is_recorded(portal, case, answer):
    response = fetch(portal, case)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Length"] == str(len(ZIP))
    assert b"".join(response.streaming_content) == ZIP
    assert Download.objects.get().who == "system"
    assert AuditEntry.objects.get(action="package.fetched").actor == "portal"
    assert portal.get(f"/api/cases/{case.reference}/").json()["package_ready"] is True


def test_no_package_before_it_is_delivered(portal, case, answer):
    Answer.objects.update(delivered_at=None, status=Answer.Status.APPROVED)
    problem(fetch(portal, case), 409, "package-not-ready")


def test_no_package_where_none_was_made(portal, case):
    problem(fetch(portal, case), 409, "package-not-ready")


def test_no_package_after_its_last_day(portal, case, answer):
    Answer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    problem(fetch(portal, case), 410, "package-gone")


def test_no_package_once_it_is_destroyed(portal, case, answer):
    Answer.objects.update(expires_at=timezone.now() - timedelta(days=1))
    assert purge_expired() == 1
    problem(fetch(portal, case), 410, "package-gone")


def test_no_package_from_a_desk_that_is_held_back(portal, case, answer):
    Standstill.objects.create(dump="0" * 64)
    problem(fetch(portal, case), 503, "held-back")


def test_no_package_when_its_key_is_gone_early(portal, case, answer):
    vault.destroy(case, KeyUse.PACKAGE)
    problem(fetch(portal, case), 410, "package-gone")


def test_a_token_is_kept_as_a_hash_and_ends(token_for):
    text = token_for("portal", "tele2-se", days=1)
    token = AuthToken.objects.get()
    assert text not in (token.digest, token.token_key)
    assert timedelta(hours=23) < token.expiry - timezone.now() <= timedelta(days=1)
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    problem(calling_with(text).get("/api/cases/x/"), 401, "token-invalid")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({}, "belongs to no operator"),
        ({"operator": ["nobody"]}, "no operator nobody"),
        ({"operator": ["tele2-se"], "days": 0}, "--days"),
        ({"revoke": True}, "no user"),
    ],
)
def test_a_token_for_nobody_is_not_made(operators, options, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("api_token", "portal", **options)
    assert not AuthToken.objects.exists()
    assert not Membership.objects.exists()


def test_staff_get_no_token(operators, django_user_model):
    worker = django_user_model.objects.create_user("worker")
    Membership.objects.create(user=worker, operator=operators[0], role="caseworker")
    with pytest.raises(CommandError, match="works at the desk"):
        call_command("api_token", "worker", operator=["tele2-se"])
