"""Nobody writes the record but the owner's function, which believes its caller as little as it can."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.casework import audit
from cases.casework.members.accounts import account, account_from_server
from cases.casework.workflow import Refusal
from cases.models import AuditEntry, AuditHead, Membership, Operator, Session, User

pytestmark = pytest.mark.django_db

RECORD = "SELECT number FROM cases_audit_record(%s, %s, %s, 'x', '', '{}')"
INSERT = """INSERT INTO cases_auditentry
    (operator, stream, number, at, actor, action, "case", data, previous, content_sha256, sha256)
    VALUES (%s, 'open', %s, %s, %s, 'x', '', '{}', %s, '', %s)"""


def well_chained(last: AuditEntry, *, actor: str = "approver", ahead: int = 1) -> tuple[object, ...]:
    """The values of an entry that follows the last one as it should, by somebody who never was there."""
    forged = AuditEntry(
        operator=last.operator, stream="open", number=last.number + ahead, at=last.at - timedelta(days=30),
        actor=actor, action="x", case="", data={}, previous=last.sha256,
    )  # fmt: skip
    forged.content_sha256 = audit.content_sha256(forged)
    sha256 = audit.linked(forged.previous, forged.content_sha256)
    return forged.operator, forged.number, forged.at, actor, forged.previous, sha256


def test_the_desk_inserts_nothing_by_itself(
    chain: list[AuditEntry], as_desk: Callable[..., list[tuple[object, ...]]]
) -> None:
    for ahead in (1, 1000):
        with pytest.raises(DatabaseError, match="permission denied"):
            as_desk(INSERT, *well_chained(chain[-1], ahead=ahead))
    for statement in (
        "UPDATE cases_audithead SET number = number + 1",
        "INSERT INTO cases_audithead (operator, stream, number, sha256) VALUES ('x', 'open', 0, repeat('0', 64))",
        "TRUNCATE cases_auditentry",
        "ALTER TABLE cases_auditentry DISABLE TRIGGER ALL",
        "DROP FUNCTION cases_audit_record",
    ):
        with pytest.raises(DatabaseError, match=r"permission denied|must be owner"):
            as_desk(statement)
    assert audit.first_broken() is None


def test_the_desk_adds_through_the_function_alone(
    operator: Operator, chain: list[AuditEntry], as_desk: Callable[..., list[tuple[object, ...]]]
) -> None:
    assert as_desk(RECORD, operator.pk, "open", "system") == [(chain[-1].number + 1,)]
    assert audit.first_broken() is None


def test_tables_and_functions_of_its_own_are_not_asked(
    operator: Operator, chain: list[AuditEntry], as_desk: Callable[..., list[tuple[object, ...]]]
) -> None:
    with connection.cursor() as cursor:
        # As clusters from before PostgreSQL 15 have it.
        cursor.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
    with pytest.raises(DatabaseError, match="permission denied for schema public"):
        as_desk("CREATE FUNCTION public.repeat(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'")
    with connection.cursor() as cursor:
        # The desk's role makes none; one that is there is passed by all the same.
        cursor.execute(
            "CREATE TEMP TABLE cases_audithead AS"
            " SELECT operator, stream, 1000 AS number, sha256 FROM cases_audithead"
        )
    assert as_desk(RECORD, operator.pk, "open", "system") == [(chain[-1].number + 1,)]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE pg_temp.cases_audithead")
    assert audit.first_broken() is None


def test_number_time_and_hash_are_the_databases(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: None)
    first, second = (
        audit.record(operator, "x", by=audit.SYSTEM, words='å "ö"\n\t\x01 é', n=-3) for _ in range(2)
    )
    assert (second.number, second.previous) == (first.number + 1, first.sha256)
    assert second.content_sha256 == audit.content_sha256(second)
    assert second.at >= first.at
    assert audit.first_broken() is None


def test_what_cannot_be_hashed_alike_is_refused(operator: Operator) -> None:
    with pytest.raises(DatabaseError, match="whole numbers only"), transaction.atomic():
        audit.record(operator, "x", by=audit.SYSTEM, share=0.1)


def test_a_member_who_is_signed_in_may_act(staff: Callable[..., User], operator: Operator) -> None:
    assert audit.record(operator, "x", by=staff("caseworker")).actor == "caseworker"


@pytest.mark.parametrize(
    "gone",
    [
        lambda user: Session.objects.filter(user=user).delete(),
        lambda user: Session.objects.filter(user=user).update(
            expire_date=timezone.now() - timedelta(minutes=1)
        ),
        lambda user: Membership.objects.filter(user=user).delete(),
        lambda user: Membership.objects.filter(user=user).update(operator="elsewhere"),
        lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    ],
    ids=["signed out", "timed out", "no role", "a role elsewhere", "put out"],
)
def test_nobody_else_is_named(
    staff: Callable[..., User], operator: Operator, gone: Callable[[User], object],
    as_desk: Callable[..., list[tuple[object, ...]]],
) -> None:  # fmt: skip
    user = staff("caseworker")
    Operator.objects.create(slug="elsewhere", name="Elsewhere")
    gone(user)
    with pytest.raises(DatabaseError, match="no member of tele2-se who is signed in"):
        as_desk(RECORD, operator.pk, "open", "caseworker")
    with pytest.raises(DatabaseError, match="signed in"), transaction.atomic():
        audit.record(operator, "x", by=user)


def test_somebody_without_an_account_is_not_named(
    operator: Operator, as_desk: Callable[..., list[tuple[object, ...]]]
) -> None:
    with pytest.raises(DatabaseError, match="signed in"):
        as_desk(RECORD, operator.pk, "open", "the-boss")


@pytest.mark.parametrize("stream", ["other", ""])
def test_a_stream_that_is_none_is_not_begun(
    operator: Operator, stream: str, as_desk: Callable[..., list[tuple[object, ...]]]
) -> None:
    with pytest.raises(DatabaseError, match="has no stream"):
        as_desk(RECORD, operator.pk, stream, "system")
    with pytest.raises(DatabaseError, match="has no stream"):
        as_desk(RECORD, "nobody", "open", "system")


@pytest.mark.parametrize("name", ["system", "data-subject", "source-owner"])
def test_no_account_has_the_name_of_a_part(db: None, name: str) -> None:
    for make in (account, account_from_server):
        with pytest.raises(Refusal, match="name-reserved"):
            make(name, "somebody@example.com")
    with pytest.raises(CommandError, match="choose another name"):
        call_command("api_token", name)
    with pytest.raises(DatabaseError, match="user_is_no_part_of_the_record"):
        User.objects.create(username=name)


def test_a_row_beyond_the_head_stops_nobody_and_is_named(
    operator: Operator, chain: list[AuditEntry], as_owner: Callable[..., None]
) -> None:
    as_owner(INSERT, *well_chained(chain[-1]))
    [beyond] = audit.breaks()
    assert (beyond.number, beyond.reason) == (chain[-1].number + 1, "it lies beyond the head of its chain")
    after = audit.record(operator, "x", by=audit.SYSTEM)
    assert (after.number, after.previous) == (chain[-1].number + 2, chain[-1].sha256)
    # It stays where it was put, to be found.
    assert {one.number for one in audit.breaks()} == {beyond.number, after.number}


def test_a_row_of_nonsense_beyond_the_head_stops_nobody(
    operator: Operator, chain: list[AuditEntry], as_owner: Callable[..., None]
) -> None:
    last = chain[-1]
    for number in (last.number + 1, last.number + 2, 2**62):
        as_owner(INSERT, operator.pk, number, last.at, "x", last.sha256, f"{number:064d}")
    assert audit.record(operator, "x", by=audit.SYSTEM).number == last.number + 3
    assert 2**62 in {one.number for one in audit.breaks()}


def test_a_time_that_goes_back_is_a_break(
    operator: Operator,
    chain: list[AuditEntry],
    as_owner: Callable[..., None],
    rechained: Callable[[Operator], None],
) -> None:
    as_owner("UPDATE cases_auditentry SET at = at - interval '1 day' WHERE id = %s", chain[2].pk)
    rechained(operator)
    assert [(one.number, one.reason) for one in audit.breaks()] == [
        (chain[2].number, "its time lies before that of the entry before it")
    ]


def test_a_clock_that_is_set_back_makes_no_break(
    operator: Operator,
    chain: list[AuditEntry],
    as_owner: Callable[..., None],
    rechained: Callable[[Operator], None],
) -> None:
    as_owner("UPDATE cases_auditentry SET at = at + interval '1 hour' WHERE id = %s", chain[-1].pk)
    rechained(operator)
    audit.record(operator, "x", by=audit.SYSTEM)
    assert audit.first_broken() is None


@pytest.mark.parametrize("stream", audit.STREAMS)
def test_a_stream_that_is_gone_is_missed(
    operator: Operator, chain: list[AuditEntry], stream: str, as_owner: Callable[..., None]
) -> None:
    as_owner("DELETE FROM cases_auditentry WHERE stream = %s", stream)
    as_owner("DELETE FROM cases_audithead WHERE stream = %s", stream)
    assert [str(one) for one in audit.breaks()] == [
        f"tele2-se/{stream} entry 0 (): the whole stream is missing"
    ]


@pytest.mark.parametrize("table", ["cases_auditentry", "cases_audithead"])
def test_nothing_is_truncated(chain: list[AuditEntry], table: str) -> None:
    with connection.cursor() as cursor:
        # Off in tests alone (tests/conftest.py).
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        with pytest.raises(DatabaseError, match="append-only: TRUNCATE refused"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table}")
    assert AuditEntry.objects.exists()


def test_both_streams_begin_with_the_operator(db: None) -> None:
    Operator.objects.create(slug="other", name="Other")
    assert set(AuditHead.objects.values_list("operator", "stream", "number")) == {
        ("other", "open", 0),
        ("other", "cleared", 0),
    }


def test_entries_from_before_contents_were_hashed_apart_still_fit(
    operator: Operator, chain: list[AuditEntry], as_owner: Callable[..., None]
) -> None:
    previous = chain[-2].sha256
    last = chain[-1]
    whole = [
        last.operator,
        last.stream,
        last.number,
        last.at.isoformat(),
        last.actor,
        last.action,
        last.case,
        last.data,
    ]
    old = hashlib.sha256(
        json.dumps([*whole, previous], sort_keys=True, ensure_ascii=False).encode()
    ).hexdigest()
    as_owner("UPDATE cases_auditentry SET content_sha256 = '', sha256 = %s WHERE id = %s", old, last.pk)
    as_owner(
        "UPDATE cases_audithead SET sha256 = %s WHERE operator = %s AND stream = 'open'", old, operator.pk
    )
    assert audit.first_broken() is None
    audit.record(operator, "x", by=audit.SYSTEM)
    assert audit.first_broken() is None


def test_an_auditor_checks_the_chains_that_are_theirs_to_read(
    operator: Operator,
    chain: list[AuditEntry],
    as_owner: Callable[..., None],
    signed_in: Callable[..., Client],
) -> None:
    """Neither of another operator nor of the cleared stream does the page say anything, nor read it."""
    audit.record(operator, "secret", by=audit.SYSTEM, stream="cleared")
    other = Operator.objects.create(slug="other", name="Other", register=operator.register)
    audit.record(other, "theirs", by=audit.SYSTEM)
    auditor = signed_in("auditor")
    for broken in ("stream = 'cleared'", "operator = 'other'"):
        as_owner(f"UPDATE cases_auditentry SET sha256 = repeat('0', 64) WHERE {broken}")
        with CaptureQueriesContext(connection) as asked:
            assert "The chain holds" in auditor.post("/desk/audit/").content.decode()
        read = [one["sql"] for one in asked if 'FROM "cases_auditentry"' in one["sql"]]
        assert not [sql for sql in read if "'cleared'" in sql or "'other'" in sql]
    as_owner("UPDATE cases_auditentry SET sha256 = repeat('0', 64) WHERE id = %s", chain[2].pk)
    assert "The chain is broken" in auditor.post("/desk/audit/").content.decode()


def test_the_desk_puts_no_table_of_its_own_before_one_that_is_looked_at(
    as_desk: Callable[..., list[tuple[object, ...]]],
) -> None:
    """A temporary one is found first by each trigger that asks who decided, read or approved."""
    for table in ("cases_decision", "exports_reading", "cases_audithead"):
        with pytest.raises(DatabaseError, match="permission denied to create temporary tables"):
            as_desk(f"CREATE TEMPORARY TABLE {table} (id bigint)")
    with pytest.raises(DatabaseError, match="permission denied for schema public"):
        as_desk("CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'")
