"""A desk in which secret orders lay readable is upgraded: what is found is sealed, or nothing is changed."""

import importlib
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cases.casework import audit
from cases.casework.audit import first_broken
from cases.execution.erasure import schedule
from cases.law.situation import Record
from cases.models import AuditEntry, Case, Finding, Operator, Order, ScheduledErasure, Secret
from cases.models.keys import KeyUse
from cases.orders.cleared import cleared_findings
from cases.rows.sealed_keys import Head
from cases.sealed import vault
from connectors.rows.jsonline import exactly
from tests.operators.line import Staff
from tests.operators.sealed import entries, kept_too_long_in, scheduled, secret_orders

pytestmark = pytest.mark.django_db
upgrade = importlib.import_module("cases.migrations.0037_sealed_secrets")
REFUSED = {
    "cases_order": "order_secret_is_sealed",
    "cases_schedulederasure": "scheduled_secret_is_sealed",
    "cases_finding": "finding_cleared_is_sealed",
}
DAY = date(2034, 3, 1)


class Before:
    """The models as they were, and the one that is new."""

    def __init__(self) -> None:
        self.old = MigrationExecutor(connection).loader.project_state([("cases", "0036_sealed_texts")]).apps

    def get_model(self, app: str, name: str) -> Any:
        return (apps if name == "Secret" else self.old).get_model(app, name)


@pytest.fixture
def before() -> Before:
    """The tables as they were."""
    found = Before()
    with connection.cursor() as cursor:
        for table, constraint in REFUSED.items():
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    with connection.schema_editor() as editor:
        editor.create_model(found.get_model("cases", "OverRetained"))
    return found


def kept(case: Case, name: str, *, also_openly: bool) -> None:
    """An entry only a secret order keeps, in one file with one that everybody knows of, as it was written then."""
    lines = [["SE-LEK-ORDER", DAY.isoformat(), True], ["SE-BFL-7", DAY.isoformat(), False]][: 1 + also_openly]
    with vault.sealed_file(case, KeyUse.SCHEDULE, name) as file:
        file.write(Head(("id",), ()).line() + b"\n")
        for number, marks in enumerate(lines):
            file.write(exactly([marks, [number], "usage", "", None, None, False, False]) + b"\n")
    for rule, _until, secret in lines:
        ScheduledErasure.objects.create(
            case=case,
            source="crm",
            collection="calls",
            rule=rule,
            until=DAY,
            secret=secret,
            name=name,
            rows=1,
        )


@pytest.fixture
def readable(before: Before, ask: Callable[..., Case], staff: Staff, operator: Operator) -> Case:
    case = ask("erasure")
    case.runs.create(source="crm", collection="calls", category="usage")
    one = case.identifiers.first()
    digest = one.digest if one else "0" * 64
    Order.objects.create(
        operator=operator, rule="SE-LEK-ORDER", secret=True, court="Kanariepolisen", identifier_kind="email",
        identifier_digest=digest, registered_by=staff("cleared"), decided_on=date(2033, 12, 1), days=90,
    )  # fmt: skip
    Finding.objects.create(run=case.runs.get(), view="cleared", verdict="keep", rule="SE-LEK-ORDER", rows=4)
    tasks = before.get_model("cases", "OverRetained").objects
    tasks.create(case_id=case.pk, source="crm", collection="calls", rows=3, opens_on=DAY)
    kept(case, f"cases/{case.pk}/schedule/1", also_openly=True)
    # As the function wrote it before anything of the stream was sealed.
    with connection.cursor() as cursor:
        values = [operator.pk, "cleared", "system", "cleared.assessed", case.reference, '{"rows": 4}']
        cursor.execute("SELECT cases_audit_record(%s, %s, %s, %s, %s, %s)", values)
    return case


def seal(before: Before) -> None:
    with connection.schema_editor() as editor:
        upgrade.seal(before, editor)


def test_everything_is_sealed_and_says_what_it_said(
    readable: Case,
    before: Before,
    operator: Operator,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    hashes = list(AuditEntry.objects.values_list("sha256", "content_sha256"))
    with django_capture_on_commit_callbacks(execute=True):
        seal(before)
    assert not Order.objects.exists()
    assert not Finding.objects.exists()
    assert [one.court for one in secret_orders(operator)] == ["Kanariepolisen"]
    assert [one.rows for one in cleared_findings(readable)] == [4]
    assert kept_too_long_in(readable).opens_on == DAY
    assert [entry.data for entry in entries(readable)] == [{"rows": 4}]
    assert list(AuditEntry.objects.values_list("sha256", "content_sha256")) == hashes
    assert first_broken() is None
    opened, [hidden] = ScheduledErasure.objects.get(), scheduled(operator)
    for number, one in enumerate((hidden, opened)):
        row = Record("usage", "", None, None, False, False, frozenset())
        assert list(schedule.read(one, [])) == [((number,), row)]
    with pytest.raises(FileNotFoundError):
        vault.read(f"cases/{readable.pk}/schedule/1")
    told = b"".join(vault.unsealed_lines(readable, KeyUse.SCHEDULE, opened.name))
    assert b"SE-LEK-ORDER" not in told


def test_without_the_key_nothing_is_changed_and_a_sentence_says_so(
    readable: Case, before: Before, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ORDERS_KEY", "")
    with pytest.raises(CommandError, match="no key to seal them under") as refused:
        seal(before)
    assert "\n" not in str(refused.value)
    assert Order.objects.filter(secret=True).exists()
    assert not Secret.objects.exists()


def test_a_desk_that_has_nothing_secret_takes_no_key(
    before: Before, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ORDERS_KEY", "")
    audit.record(operator, "rule-extension.proposed", by=audit.SYSTEM, stream="cleared", category="profile")
    seal(before)
    assert not Secret.objects.exists()
