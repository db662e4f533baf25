"""Tokens end, may do what their scopes say, show when they were used, and are ended at the desk or by a command."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from knox.models import AuthToken

from cases.models import AuditEntry, Operator, TokenScope, TokenUse
from tests.cases.api.api_calls import ASKED, calling_with, problem

pytestmark = pytest.mark.django_db
CALLS = {
    "hand-in": lambda client: client.post(
        "/api/requests/", ASKED, format="json", headers={"Idempotency-Key": "key-1"}
    ),
    "follow": lambda client: client.get("/api/cases/26-AAAAA-AA/"),
    "packages": lambda client: client.get("/api/cases/26-AAAAA-AA/package/"),
    "stop-list": lambda client: client.post(
        "/api/stop-list/",
        {"operator": "tele2-se", "identifiers": [{"kind": "email", "value": "a@example.com"}]},
        format="json",
    ),
}


def test_a_token_ends_after_ninety_days_unless_said(token_for):
    token_for("portal", "tele2-se")
    left = AuthToken.objects.get().expiry - timezone.now()
    assert timedelta(days=89) < left <= timedelta(days=90)


@pytest.mark.parametrize("scope", CALLS)
def test_a_token_does_what_its_scope_says_and_nothing_else(scope, token_for):
    client = calling_with(token_for("portal", "tele2-se", scope=[scope]))
    for other, call in CALLS.items():
        if other == scope:
            assert call(client).status_code in (200, 201, 404), other
        else:
            assert scope not in problem(call(client), 403, "forbidden")["message"]


def test_a_token_without_a_scope_does_nothing(token_for):
    client = calling_with(token_for("portal", "tele2-se"))
    TokenScope.objects.all().delete()
    for call in CALLS.values():
        problem(call(client), 403, "forbidden")


def test_the_database_knows_no_other_scope(token_for):
    token_for("portal", "tele2-se")
    with pytest.raises(IntegrityError, match="token_scope_known"), transaction.atomic():
        TokenScope.objects.create(token=AuthToken.objects.get(), scope="all")


def test_when_it_was_last_used_is_noted_to_the_minute(token_for):
    client = calling_with(token_for("portal", "tele2-se"))
    assert not TokenUse.objects.exists()
    CALLS["follow"](client)
    first = TokenUse.objects.get().at
    CALLS["follow"](client)
    assert TokenUse.objects.get().at == first
    TokenUse.objects.update(at=first - timedelta(minutes=2))
    CALLS["follow"](client)
    assert TokenUse.objects.get().at > first


def test_an_administrator_sees_and_ends_one(token_for, signed_in):
    gone, kept = (calling_with(token_for("portal", "tele2-se", scope=["follow"])) for _ in range(2))
    CALLS["follow"](gone)
    key = TokenUse.objects.get().token.token_key
    desk = signed_in("admin", at=Operator.objects.get(pk="tele2-se"))
    page = desk.get("/desk/members/tele2-se/").content.decode()
    assert key in page
    assert "follow cases" in page
    desk.post(reverse("desk:token-end", args=["tele2-se", key]))
    problem(CALLS["follow"](gone), 401, "token-invalid")
    assert CALLS["follow"](kept).status_code == 404
    assert AuditEntry.objects.get(action="token.revoked").actor == "admin"


def test_an_administrator_of_another_operator_sees_none(token_for, signed_in):
    token_for("portal", "tele2-se")
    key = AuthToken.objects.get().token_key
    desk = signed_in("admin", at=Operator.objects.get(pk="telenor-dk"))
    assert key not in desk.get("/desk/members/telenor-dk/").content.decode()
    for slug in ("tele2-se", "telenor-dk"):
        assert desk.post(reverse("desk:token-end", args=[slug, key])).status_code == 404
    assert AuthToken.objects.exists()


def test_the_server_lists_them_and_ends_one(token_for, capsys):
    for scope in ("follow", "packages"):
        token_for("portal", "tele2-se", scope=[scope])
    one, other = AuthToken.objects.order_by("created")
    call_command("api_token", "portal", list=True)
    said = capsys.readouterr().out
    assert one.token_key in said
    assert "never used" in said
    call_command("api_token", "portal", revoke_one=one.token_key)
    assert list(AuthToken.objects.all()) == [other]
    with pytest.raises(CommandError, match="has no token"):
        call_command("api_token", "portal", revoke_one="aaaa")
