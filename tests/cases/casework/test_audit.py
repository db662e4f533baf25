"""The record: nothing in it can be changed or removed unnoticed, by anybody, and it says nothing of a person."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from cases.casework import audit
from cases.casework.audit import breaks, first_broken, record
from cases.models import AuditEntry, AuditHead, Case, Operator
from tests.operators.by_hand import work

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(operator: Operator) -> list[AuditEntry]:
    """Five entries of one chain, after those of loading the operator."""
    return [record(operator, f"test.{number}", by=audit.SYSTEM, number=number) for number in range(5)]


@contextmanager
def tampering() -> Iterator[object]:
    """Somebody with the owner's rights switches the triggers off, and on again."""
    with connection.cursor() as cursor:
        for table in ("cases_auditentry", "cases_audithead"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield cursor
        for table in ("cases_auditentry", "cases_audithead"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cases_auditentry SET actor = 'nobody'",
        "DELETE FROM cases_auditentry",
        "UPDATE cases_audithead SET number = number - 1",
        "UPDATE cases_audithead SET number = number + 2",
        "DELETE FROM cases_audithead",
    ],
)
def test_the_database_itself_refuses(chain: list[AuditEntry], statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert first_broken() is None


CHANGES = [
    ("UPDATE cases_auditentry SET actor = 'nobody' WHERE id = %s", "its content was changed"),
    ("UPDATE cases_auditentry SET data = '{\"number\": 9}' WHERE id = %s", "its content was changed"),
    ("UPDATE cases_auditentry SET at = at + interval '1 second' WHERE id = %s", "its content was changed"),
    ("UPDATE cases_auditentry SET sha256 = repeat('0', 64) WHERE id = %s", "its content was changed"),
    ("UPDATE cases_auditentry SET previous = repeat('9', 64) WHERE id = %s", "it does not follow"),
]


@pytest.mark.parametrize(("statement", "reason"), CHANGES)
def test_a_changed_entry_is_named(chain: list[AuditEntry], statement: str, reason: str) -> None:
    with tampering() as cursor:
        cursor.execute(statement, [chain[2].pk])
    broken = first_broken()
    assert broken is not None
    assert (broken.number, broken.action) == (chain[2].number, "test.2")
    assert broken.reason.startswith(reason)
    with pytest.raises(CommandError, match=r"test\.2"):
        call_command("verify_audit")


def test_a_removed_entry_is_noticed_at_the_next(chain: list[AuditEntry]) -> None:
    with tampering() as cursor:
        cursor.execute("DELETE FROM cases_auditentry WHERE id = %s", [chain[2].pk])
    broken = first_broken()
    assert broken is not None
    assert (broken.action, broken.reason) == ("test.3", f"entry {chain[2].number} is missing before it")


def test_a_cut_off_end_is_noticed(chain: list[AuditEntry]) -> None:
    with tampering() as cursor:
        cursor.execute("DELETE FROM cases_auditentry WHERE id = %s", [chain[4].pk])
    broken = first_broken()
    assert broken is not None
    assert (broken.number, broken.reason) == (chain[4].number, "the end of the chain is missing")


def test_swapped_entries_are_noticed(chain: list[AuditEntry]) -> None:
    first, second = chain[1], chain[2]
    with tampering() as cursor:
        cursor.execute(
            "UPDATE cases_auditentry SET number = -number WHERE id = %s", [first.pk]
        ) if False else None
        cursor.execute("DELETE FROM cases_auditentry WHERE id IN (%s, %s)", [first.pk, second.pk])
        AuditEntry.objects.bulk_create(
            [
                AuditEntry(**{**_values(second), "number": first.number, "previous": first.previous}),
                AuditEntry(**{**_values(first), "number": second.number, "previous": second.previous}),
            ]
        )
    broken = first_broken()
    assert broken is not None
    assert broken.number == first.number


def _values(entry: AuditEntry) -> dict[str, object]:
    names = ("operator", "stream", "at", "actor", "action", "case", "data", "sha256")
    return {name: getattr(entry, name) for name in names}


def test_a_chain_that_is_gone_with_its_head_leaves_its_neighbours_whole(chain: list[AuditEntry]) -> None:
    with tampering() as cursor:
        cursor.execute("DELETE FROM cases_audithead WHERE stream = 'open'")
    assert {one.reason for one in breaks()} == {"the whole stream is missing", "its chain has no head"}


def test_each_operator_and_stream_has_a_chain_of_its_own(operator: Operator, chain: list[AuditEntry]) -> None:
    other = Operator.objects.create(slug="other", name="Other")
    firsts = [record(other, "x", by="system"), record(operator, "x", by="system", stream="cleared")]
    assert [entry.number for entry in firsts] == [1, 1]
    assert AuditHead.objects.count() == 4
    assert first_broken() is None


def test_what_few_may_know_is_not_in_the_timeline(ask: Callable[..., Case]) -> None:
    case = ask("access", proven=False)
    record(case, "secret.step", by="system", stream="cleared")
    assert "secret.step" not in {entry.action for entry in audit.timeline(case)}


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_do_not_fork_the_chain(operator: Operator) -> None:
    ready = threading.Barrier(6)

    def write() -> None:
        ready.wait()
        for number in range(10):
            record(operator, "x", by="system", number=number)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = list(AuditEntry.objects.filter(operator=operator.pk).values_list("number", flat=True))
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 60
    assert first_broken() is None


def test_an_entry_that_is_rolled_back_leaves_no_gap(operator: Operator) -> None:
    with transaction.atomic():
        record(operator, "undone", by="system")
        transaction.set_rollback(True)
    record(operator, "done", by="system")
    assert first_broken() is None


def test_nothing_personal_is_in_it(ask: Callable[..., Case]) -> None:
    work(ask("access", phone="0701740699", customer_no="C77", note="Rex"))
    said = str(list(AuditEntry.objects.values()))
    for personal in ("Anna", "anna@", "0701740699", "46701740", "C77", "Rex"):
        assert personal not in said


def test_whole_chains_are_said_to_be(chain: list[AuditEntry], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("verify_audit")
    assert "all chains whole" in capsys.readouterr().out
