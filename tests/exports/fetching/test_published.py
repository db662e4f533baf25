"""Keys, verifier and schemas lie where a stranger looks for them, and a key is turned or withdrawn by a command."""

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from cases.casework.signing import keys
from cases.models import AuditEntry, Operator, SigningKey
from exports.package import verify

pytestmark = pytest.mark.django_db


def listed() -> list[dict[str, object]]:
    response = Client().get("/.well-known/dsar-package-keys.json")
    assert response.status_code == 200
    assert verify.published(response.content) == response.json()["keys"]
    return response.json()["keys"]


def test_keys_are_published_turned_and_withdrawn(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed() == []
    first = keys.signer_of(operator)
    assert keys.signer_of(operator).key == first.key
    [one] = listed()
    assert (one["key"], one["operator"], one["until"], one["withdrawn"]) == (
        first.key,
        operator.pk,
        None,
        None,
    )
    call_command("package_keys", turn=operator.pk)
    second = keys.signer_of(operator)
    assert second.key != first.key
    old, new = listed()
    assert (old["until"], old["withdrawn"], new["key"]) == (new["from"], None, second.key)
    call_command("package_keys", withdraw=second.key[:16])
    assert [bool(each["withdrawn"]) for each in listed()] == [False, True]
    assert "withdrawn" in capsys.readouterr().out
    assert keys.signer_of(operator).key not in (first.key, second.key)
    # What signs no more is nowhere any more.
    assert {bytes(key.sealed) for key in SigningKey.objects.exclude(until=None)} == {b""}
    told = AuditEntry.objects.filter(action__startswith="signing-key.").values_list("action", flat=True)
    assert list(told) == ["signing-key.turned", "signing-key.withdrawn"]
    for wrong in ({"turn": "nobody"}, {"withdraw": "0" * 64}, {"withdraw": first.key[:3]}):
        with pytest.raises(CommandError):
            call_command("package_keys", **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        SigningKey.objects.create(operator=operator, public="0" * 64, sealed=b"x", since=new["from"])


def test_the_verifier_is_served_as_it_stands(operator: Operator) -> None:
    response = Client().get("/.well-known/dsar-verify.py")
    assert response.content.startswith(b"#!/usr/bin/env python3")
    compile(response.content, "verify.py", "exec")
    assert Client().post("/.well-known/dsar-verify.py").status_code == 405
    assert json.dumps(listed()) == "[]"


def test_each_schema_is_served_at_the_address_that_it_names(operator: Operator) -> None:
    published = sorted((Path(verify.__file__).parent / "schemas").iterdir())
    assert [path.name for path in published] == [
        "manifest-3.schema.json",
        "register-1.schema.json",
        "schema-1.schema.json",
    ]
    for path in published:
        response = Client().get(f"/.well-known/dsar-schemas/{path.name}")
        assert response.content == path.read_bytes()
        assert response.json()["$id"] == path.name
        assert response["Access-Control-Allow-Origin"] == "*"
    assert Client().get("/.well-known/dsar-schemas/manifest-2.schema.json").status_code == 404
