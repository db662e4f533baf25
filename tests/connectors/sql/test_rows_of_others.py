"""A key may pass on: what is erased are the rows that still are the person's, not whatever has their keys now."""

import psycopg
import pytest

from connectors.contract.base import Identifier

SOURCE = 'kind = "sql"\nurl = "env:CRM"\ntime_zone = "Europe/Stockholm"\nhash_key = "env:KEY"\n'
CALLS = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\nat = "at"\n'
MINE = [Identifier("msisdn", "+461"), Identifier("msisdn", "+462"), Identifier("email", "a@x.se")]
KEYS = [(1,), (2,), (3,)]


@pytest.fixture
def calls(crm: psycopg.Connection) -> psycopg.Connection:
    crm.execute(
        "create table call (id int primary key, msisdn text, name text, at timestamptz default now())"
    )
    crm.execute(
        "insert into call values (1, '+461', 'A'), (2, '+462', 'A'), (3, '+469', 'B'), (4, '+461', 'A')"
    )
    return crm


@pytest.fixture
def connector(calls, connecting, crm_url):
    def make(collection):
        return connecting(SOURCE, CALLS + collection, CRM=crm_url, KEY="pepper")

    return make


def names(calls: psycopg.Connection) -> dict[int, object]:
    return dict(calls.execute("select id, name from call order by id").fetchall())


def test_a_row_that_somebody_else_has_now_is_left_alone(calls, connector):
    source = connector('on_erase = "delete"')
    assert source.erase("c", KEYS, dry_run=True, whose=MINE) == 2
    assert source.erase("c", KEYS, dry_run=False, whose=MINE) == 2
    assert names(calls) == {3: "B", 4: "A"}
    assert source.remaining("c", KEYS) == 1
    assert source.erase("c", [(3,), (4,)], dry_run=False, whose=[]) == 0
    assert source.erase("c", [(4,)], dry_run=False, whose=[Identifier("email", "a@x.se")]) == 0


@pytest.mark.parametrize("way", ['msisdn = "keyed-hash"\nname = "null"', 'msisdn = "null"\nname = "null"'])
def test_what_finds_a_row_may_be_what_is_taken_from_it(calls, connector, way):
    source = connector(f'on_erase = "anonymise"\n[source.collection.anonymise]\n{way}')
    assert source.erase("c", KEYS, dry_run=False, whose=MINE) == 2
    assert names(calls) == {1: None, 2: None, 3: "B", 4: "A"}
    assert source.remaining("c", [(1,), (2,)]) == 0
    assert source.erase("c", KEYS, dry_run=False, whose=MINE) == 0


def test_keys_and_not_the_person_lead_the_server_to_the_rows(calls, connector):
    """Page after page through all of somebody's rows would make the time grow with their square."""
    calls.execute("create index on call (msisdn)")
    calls.execute("insert into call select n, '+461', 'A' from generate_series(10, 20000) n")
    calls.execute("analyze call")
    source = connector('on_erase = "delete"')
    calls.execute("select pg_stat_reset_single_table_counters('call'::regclass)")
    assert source.erase("c", [(n,) for n in range(10, 60)], dry_run=False, whose=MINE) == 50
    calls.execute("select pg_stat_force_next_flush()")
    read = calls.execute(
        "select idx_tup_fetch + seq_tup_read from pg_stat_user_tables where relname = 'call'"
    ).fetchone()
    assert read is not None
    assert read[0] < 1000
