"""The path of every database that does not render JSON itself, on SQLite."""

import sqlite3
from datetime import UTC, datetime

import orjson
import pytest

from connectors.contract.base import Identifier, SourceDown, SourceGarbage, SourceMisconfigured

CALLS = 'table = "call"\nkey_columns = ["id", "part"]\nfind = { msisdn = "msisdn" }\nat = "at"\non_erase = "delete"\n'


@pytest.fixture
def database(folder):
    with sqlite3.connect(folder / "crm.db", isolation_level=None) as connection:
        connection.execute(
            """create table call (id integer, part text, msisdn text, at text, doc json, raw blob, n real,
            primary key (id, part))"""
        )
        yield connection


@pytest.fixture
def source(database, connecting, folder):
    def make(collection=CALLS, zone='time_zone = "Europe/Stockholm"\n'):
        return connecting(f'kind = "sql"\nurl = "sqlite:///{folder}/crm.db"\n{zone}', collection)

    return make


def test_values_arrive_as_they_were_written(database, source):
    database.execute(
        "insert into call values (?, 'å\n', '+461', '2026-01-01', '{\"a\": 12345678901234567890.10}', ?, 0.1)",
        (2**63 - 1, b"\x00\xff"),
    )
    [line] = source().read("c", [Identifier("msisdn", "+461")], None, 10).lines
    assert b"12345678901234567890.10" in line
    row = orjson.loads(line)
    assert row["id"] == 2**63 - 1
    assert row["part"] == "å\n"
    assert row["raw"] == {"type": "binary", "base64": "AP8="}
    assert row["n"] == 0.1


def test_pages_over_a_key_of_two_columns(database, source, everything):
    for number in range(5):
        for part in ("b", "a", "Ö"):
            database.execute("insert into call (id, part, msisdn) values (?, ?, '+461')", (number, part))
    lines = everything(source(), [Identifier("msisdn", "+461")], 4)
    keys = [(row["id"], row["part"]) for row in map(orjson.loads, lines)]
    assert len(keys) == len(set(keys)) == 15


def test_time_in_any_spelling_is_compared_as_time(database, source):
    for number, written in enumerate(
        ("2026-01-31 23:59:59.999999", "2026-02-01", "2026-02-01T00:00:00", "2026-01-31T23:00:00Z",
         "2026-02-01T00:00:00+01:00", "2026-01-31T22:59:59Z")
    ):  # fmt: skip
        database.execute(
            "insert into call (id, part, msisdn, at) values (?, '', '+461', ?)", (number, written)
        )
    since = Identifier("msisdn", "+461", datetime(2026, 1, 31, 23, tzinfo=UTC))
    lines = source().read("c", [since], None, 10).lines
    assert [orjson.loads(line)["id"] for line in lines] == [1, 2, 3, 4]


def test_time_that_is_none_is_a_fault_and_not_a_lost_row(database, source):
    database.execute("insert into call (id, part, msisdn, at) values (1, '', '+461', 'yesterday')")
    with pytest.raises(SourceGarbage, match="not-a-moment"):
        source().read("c", [Identifier("msisdn", "+461", datetime(2026, 1, 1, tzinfo=UTC))], None, 10)


def test_erasing_in_batches(database, source):
    database.executemany(
        "insert into call (id, part, msisdn) values (?, 'a', '+461')", ((i,) for i in range(2500))
    )
    database.execute("insert into call (id, part, msisdn) values (7, 'b', '+461')")
    keys = [(i, "a") for i in range(2500)]
    assert source().erase("c", keys, dry_run=True) == 2500
    assert source().erase("c", keys, dry_run=False) == 2500
    assert source().remaining("c", keys) == 0
    assert database.execute("select id, part from call").fetchall() == [(7, "b")]


def test_a_database_file_that_is_not_there_is_not_an_empty_one(connecting, folder):
    connector = connecting(
        f'kind = "sql"\nurl = "sqlite:///{folder}/none.db"\n', CALLS.replace('at = "at"\n', "")
    )
    with pytest.raises((SourceDown, SourceMisconfigured)):
        connector.check()
    assert not (folder / "none.db").exists()


def test_reading_cannot_write_and_the_next_change_can(database, source):
    database.execute("insert into call (id, part, msisdn) values (1, 'a', '+461')")
    assert len(source().read("c", [Identifier("msisdn", "+461")], None, 10).lines) == 1
    assert source().erase("c", [(1, "a")], dry_run=False) == 1


def test_an_array_of_numbers_is_searched(database, source):
    database.execute(
        "insert into call (id, part, doc) values (1, 'a', '[\"+461\", \"+462\"]'), (2, 'a', '[]')"
    )
    find = '[source.collection.find]\nmsisdn = { column = "doc", array = true }\n'
    collection = 'table = "call"\nkey_columns = ["id"]\n' + find
    lines = source(collection).read("c", [Identifier("msisdn", "+462")], None, 10).lines
    assert [orjson.loads(line)["id"] for line in lines] == [1]
