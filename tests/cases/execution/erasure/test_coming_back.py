"""Rows that were erased and come back with a backup are noticed, for so many days as the register says."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from cases.execution.carrying_out import execute
from cases.execution.erasure import coming_back, second_pass
from cases.models import AuditEntry, Case, ErasedKeys, LaterRows, Task, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from tests.operators.by_hand import approve, work

pytestmark = pytest.mark.django_db
LATER = timedelta(days=8)


@pytest.fixture
def backup(crm: sqlite3.Connection) -> sqlite3.Connection:
    """The source as it was before anything was erased."""
    kept = sqlite3.connect(":memory:")
    crm.backup(kept)
    return kept


@pytest.fixture
def erased(backup: sqlite3.Connection, ask: Callable[..., Case], staff: Callable[..., User]) -> Case:
    case = approve(work(ask("erasure", "bo@example.com")), staff("caseworker"))
    execute(case.pk)
    case.refresh_from_db()
    return case


def ask_now() -> int:
    ErasedKeys.objects.update(next_ask_at=timezone.now())
    return coming_back.ask()


def test_rows_that_come_back_are_a_task_with_a_way_on(
    erased: Case, crm: sqlite3.Connection, backup: sqlite3.Connection, signed_in: Callable[..., Client]
) -> None:
    kept = ErasedKeys.objects.filter(case=erased, secret=False)
    assert {one.until for one in kept} == {timezone.localdate() + timedelta(days=90)}
    # What lies there tells nobody anything without the key of the case's file.
    assert all(b"customer" not in bytes(one.sealed) and one.sealed for one in kept)
    assert coming_back.ask() == 0, "asked in a week"
    assert ask_now() == 0
    assert not Task.objects.filter(kind=coming_back.CAME_BACK).exists()

    backup.backup(crm)
    # As if it had gone in two pages, of which the second is due another day.
    page = kept.filter(collection="calls")[0]
    page.pk, page.part, page._state.adding = None, "another", True
    page.save()
    before = ErasedKeys.objects.count()
    ErasedKeys.objects.exclude(part="another").update(next_ask_at=timezone.now())
    assert coming_back.ask() > 0
    rows = sum(len(coming_back._lines(one)) - 1 for one in kept.filter(collection="calls"))
    assert LaterRows.everything.get(case=erased, collection="calls").rows == rows > 1
    tasks = Task.objects.filter(kind=coming_back.CAME_BACK, done_at=None, case=erased)
    told = AuditEntry.objects.filter(action="rows.came-back").count()
    assert tasks.count() == told > 0
    # Once, however often it is asked, until somebody has dealt with it.
    ask_now()
    assert (tasks.count(), AuditEntry.objects.filter(action="rows.came-back").count()) == (told, told)
    assert ErasedKeys.objects.count() == before
    client = signed_in("caseworker")
    assert f"{erased.get_absolute_url()}#carried-out" in client.get("/desk/tasks/").content.decode()
    assert second_pass.later_rows(erased)
    again = second_pass.start(erased, by=User.objects.get(username="caseworker"))
    assert again.follows == erased


def test_a_key_that_is_somebody_elses_row_by_now_is_nobodys_return(
    erased: Case, crm: sqlite3.Connection, backup: sqlite3.Connection
) -> None:
    backup.backup(crm)
    crm.execute("UPDATE calls SET msisdn = '+46700000000'")
    crm.commit()
    ask_now()
    assert not Task.objects.filter(kind=coming_back.CAME_BACK, detail__endswith="/calls").exists()


def test_the_keys_go_with_their_days_and_with_the_file(
    erased: Case, crm: sqlite3.Connection, backup: sqlite3.Connection
) -> None:
    assert ErasedKeys.objects.exists()
    one = ErasedKeys.objects.filter(secret=False)[0]
    ErasedKeys.objects.exclude(pk=one.pk).update(until=timezone.localdate() - timedelta(days=2))
    ask_now()
    assert list(ErasedKeys.objects.all()) == [one]
    vault.destroy(erased, KeyUse.FILE)
    backup.backup(crm)
    assert ask_now() == 0
    assert not ErasedKeys.objects.exists()
