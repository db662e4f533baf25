"""What PostgreSQL and SQLite can hold beyond the ordinary: nothing of it is lost, doubled, or another person's."""

import sqlite3
from datetime import UTC, datetime

import orjson
import psycopg
import pytest

from connectors.contract.base import Identifier, SourceMisconfigured

SOURCE = 'kind = "sql"\nurl = "env:CRM"\ntime_zone = "Europe/Stockholm"\n'
PLAIN = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
ANNA = [Identifier("msisdn", "+461")]


@pytest.fixture
def read(crm, connecting, crm_url, everything):
    def read_all(identifiers=ANNA, collection=PLAIN, limit=1000):
        lines = everything(connecting(SOURCE, collection, CRM=crm_url), identifiers, limit)
        return [orjson.loads(line) for line in lines]

    return read_all


@pytest.fixture
def loose(crm):
    """A collation under which å equals a and capitals equal small letters."""
    try:
        crm.execute(
            "create collation loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
        )
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this PostgreSQL is built without ICU; its statements are in test_sql_dialects.py")
    return crm


def test_nobody_else_is_found_under_a_collation_that_equates_letters(loose, read):
    loose.execute("create table call (id int primary key, msisdn text collate loose)")
    alike = ["åsa@x", "asa@x", "Asa@x", "asa@x "]
    for number, value in enumerate(alike):
        loose.execute("insert into call values (%s, %s)", [number, value])
    for collection in (PLAIN, PLAIN.replace('table = "crm.call"', "query = 'select * from crm.call'"),
                       PLAIN.replace('table = "crm.call"', 
                                     "query = 'select id, trim(msisdn, chr(7)) as msisdn from crm.call'"),
                       PLAIN.replace('"msisdn" }', '["msisdn", "id"] }')):  # fmt: skip
        for number, value in enumerate(alike):
            wanted = orjson.dumps([value, number]).decode() if '"id"] }' in collection else value
            assert [row["id"] for row in read([Identifier("msisdn", wanted)], collection)] == [number]


def test_keys_that_only_the_collation_calls_equal_are_a_fault_and_erase_no_look_alike(
    loose, read, connecting, crm_url
):
    loose.execute("create table call (id text collate loose, msisdn text)")
    loose.execute("insert into call values ('a', '+461'), ('A', '+461'), ('å', '+462')")
    with pytest.raises(SourceMisconfigured, match="key-not-unique"):
        read(limit=1)
    for keys, key in (('["id"]', ("a",)), ('["id", "msisdn"]', ("A", "+461"))):
        collection = PLAIN.replace('["id"]', keys) + 'on_erase = "delete"\n'
        assert connecting(SOURCE, collection, CRM=crm_url).erase("c", [key], dry_run=False) == 1
    assert loose.execute("select id from call").fetchall() == [("å",)]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_keys_under_such_a_collation_page(loose, read, limit):
    loose.execute("create table call (id text collate loose, no float8, msisdn text, primary key (id, no))")
    loose.execute(
        """insert into call select i, n, '+461' from unnest(array['Ö', 'b', 'Å ', 'z']) i,
        unnest(array['NaN', 'Infinity', '-Infinity', 0.1, 1e300]::float8[]) n"""
    )
    rows = read(collection=PLAIN.replace('["id"]', '["id", "no"]'), limit=limit)
    assert len({(row["id"], row["no"]) for row in rows}) == len(rows) == 20


def test_keys_of_many_types_page(crm, read):
    crm.execute("create type mood as enum ('z', 'a')")
    crm.execute("create domain code as char(4)")
    crm.execute(
        """create table call (a mood, b code, c numeric, d timestamptz, e uuid, f boolean, g inet, msisdn text,
        primary key (a, b, c, d, e, f, g))"""
    )
    crm.execute(
        """insert into call select a, b, c, d, '6f1f9b30-0000-4000-8000-000000000001', f, '::1', '+461'
        from unnest(enum_range(null::mood)) a, unnest(array['x', 'å']) b,
        unnest(array['NaN', '1.50', '-0']::numeric[]) c,
        unnest(array['2026-10-25 00:30:00.000001+00', '2026-10-25 01:30+00', 'infinity']::timestamptz[]) d,
        unnest(array[true, false]) f"""
    )
    keys = ", ".join(f'"{name}"' for name in "abcdefg")
    rows = [orjson.dumps(row) for row in read(collection=PLAIN.replace('"id"', keys), limit=7)]
    assert len(rows) == len(set(rows)) == 72


def test_values_that_json_has_no_word_for_are_carried(crm, read):
    crm.execute("create type place as (lat float8, name text)")
    crm.execute("create domain mail as text check (value like '%@%')")
    crm.execute(
        """create table call (id int primary key, msisdn text, n numeric, f float8, zero float8, at timestamptz,
        bc timestamp, day date, span tstzrange, home place, mail mail, bits bit(3),
        doubled int generated always as (id * 2) stored,
        clock timetz, point point, pad char(5))"""
    )
    crm.execute(
        """insert into call values (1, '+461', 'NaN', '-Infinity', '-0', 'infinity', '0044-03-15 12:00 BC', '-infinity',
        '[2026-01-01 00:00+00, infinity)',
        '(59.3,"Söder, \\"1\\"")', 'a@x', b'101', default, '12:00:00.5+02', '(1,2)', 'ab')"""
    )
    [row] = read()
    assert row == {
        "id": 1,
        "msisdn": "+461",
        "n": "NaN",
        "f": "-Infinity",
        "zero": 0,
        "at": "infinity",
        "bc": "0044-03-15T12:00:00 BC",
        "day": "-infinity",
        "span": '["2026-01-01 01:00:00+01",infinity)',
        "home": {"lat": 59.3, "name": 'Söder, "1"'},
        "mail": "a@x",
        "bits": "101",
        "doubled": 2,
        "clock": "12:00:00.5+02",
        "point": "(1,2)",
        "pad": "ab   ",
    }


def test_a_row_at_infinity_is_nobodys_where_a_time_is_asked_for(crm, read):
    crm.execute("create table call (id int primary key, msisdn text, at timestamptz)")
    crm.execute(
        """insert into call values (1, '+461', '-infinity'), (2, '+461', '2026-01-01Z'), (3, '+461', 'infinity'),
        (4, '+461', null)"""
    )
    change = datetime(2026, 1, 1, tzinfo=UTC)
    for ends, found in (((None, change), []), ((change, None), [2]), ((None, None), [1, 2, 3, 4])):
        rows = read([Identifier("msisdn", "+461", *ends)], PLAIN + 'at = "at"\n')
        assert [row["id"] for row in rows] == found


def test_partitions_views_and_names_that_need_quotes(crm, read):
    crm.execute(
        """create table "Kund Order" ("Nr:s" int, "select" text, "50% å" int, day date, primary key ("Nr:s", day))
        partition by range (day)"""
    )
    crm.execute(
        """create table p1 partition of "Kund Order" for values from ('2026-01-01') to ('2026-02-01')"""
    )
    crm.execute(
        """create table p2 partition of "Kund Order" for values from ('2026-02-01') to ('2026-03-01')"""
    )
    crm.execute(
        """insert into "Kund Order" values (1, '+461', 2, '2026-01-15'), (1, '+461', 3, '2026-02-15')"""
    )
    crm.execute('create view "Vy.1" as select *, 1 as "from" from "Kund Order"')
    for table, more in (('crm."Kund Order"', {}), ('crm."Vy.1"', {"from": 1})):
        collection = f'table = \'{table}\'\nkey_columns = ["Nr:s", "day"]\nfind = {{ msisdn = "select" }}\n'
        assert read(collection=collection, limit=1) == [
            {"Nr:s": 1, "select": "+461", "50% å": 2, "day": "2026-01-15", **more},
            {"Nr:s": 1, "select": "+461", "50% å": 3, "day": "2026-02-15", **more},
        ]


def test_percent_signs_and_colons_in_a_query_are_its_own(crm, read):
    crm.execute("create table call (id int primary key, msisdn text)")
    crm.execute("insert into call values (1, '+461'), (2, '+462')")
    query = '''query = """select id, msisdn, 7 % 4 as "a:b", ':x'::text as c, to_char(date '2026-01-01', 'HH24:MI') as d
    from crm.call where msisdn like '+46%'"""\n'''
    assert read(collection=PLAIN.replace('table = "crm.call"\n', query)) == [
        {"id": 1, "msisdn": "+461", "a:b": 3, "c": ":x", "d": "00:00"}
    ]


def test_an_identifier_that_cannot_be_in_a_column_is_passed_over(crm, read):
    crm.execute(
        "create table call (id int primary key, a int, b numeric, c uuid, d float8, e date, f char(8))"
    )
    crm.execute(
        "insert into call values (1, 46, 46, '6f1f9b30-0000-4000-8000-000000000001', 46, '2026-01-01', 'ab')"
    )
    for column, right in (("a", "46"), ("b", "46.0"), ("c", "6F1F9B30-0000-4000-8000-000000000001"), ("d", "46"),
                          ("e", "2026-01-01"), ("f", "ab")):  # fmt: skip
        for find in (f'"{column}"', f'["{column}", "id"]'):
            collection = f'table = "crm.call"\nkey_columns = ["id"]\nfind = {{ account = {find} }}\n'
            for value in ("a@x", "99999999999", "9" * 30, "", "2026-02-30"):
                wanted = orjson.dumps([value, 1]).decode() if "[" in find else value
                assert read([Identifier("account", wanted)], collection) == []
            wanted = orjson.dumps([right, 1]).decode() if "[" in find else right
            assert len(read([Identifier("account", wanted)], collection)) == 1


@pytest.fixture
def lite(folder, connecting, everything):
    database = sqlite3.connect(folder / "crm.db", isolation_level=None)

    def read_all(identifiers=ANNA, collection=PLAIN, limit=1000):
        collection = collection.replace("crm.", "")
        connector = connecting(f'kind = "sql"\nurl = "sqlite:///{folder}/crm.db"\n', collection)
        return [orjson.loads(line) for line in everything(connector, identifiers, limit)]

    read_all.database = database
    yield read_all
    database.close()


def test_in_sqlite_nobody_else_is_found_where_case_and_blanks_do_not_count(lite):
    for collation in ("nocase", "rtrim"):
        lite.database.execute(f"create table call (id int primary key, msisdn text collate {collation})")
        alike = ["asa@x", "ASA@X", "asa@x "]
        lite.database.executemany("insert into call values (?, ?)", enumerate(alike))
        for source in ('table = "call"', "query = 'select * from call'"):
            for number, value in enumerate(alike):
                rows = lite([Identifier("msisdn", value)], PLAIN.replace('table = "crm.call"', source))
                assert [row["id"] for row in rows] == [number]
        lite.database.execute("drop table call")


def test_in_sqlite_keys_that_only_the_collation_calls_equal_are_a_fault(lite):
    lite.database.execute("create table call (id text collate nocase, msisdn text)")
    lite.database.execute("insert into call values ('a', '+461'), ('A', '+461'), ('b', '+461')")
    with pytest.raises(SourceMisconfigured, match="key-not-unique"):
        lite(limit=1)


def test_sqlite_finds_a_number_that_a_query_makes_and_every_hidden_column(lite):
    lite.database.execute(
        """create table call (id integer primary key, msisdn text, n, doubled int generated always as (id * 2),
        "50% å:b" real, big numeric)"""
    )
    lite.database.execute("insert into call values (1, '+461', 46, -0.0, 1e400)")
    query = "query = 'select id, n + 0 as n, msisdn from call'\n"
    collection = query + 'key_columns = ["id"]\nfind = { account = "n" }\n'
    assert lite([Identifier("account", "46")], collection) == [{"id": 1, "n": 46, "msisdn": "+461"}]
    assert lite([Identifier("account", "046")], collection) == []
    [row] = lite()
    assert row["doubled"] == 2
    assert row["big"] in ("inf", "Infinity")
    assert "50% å:b" in row
