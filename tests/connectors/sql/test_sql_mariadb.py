"""Rows of a MariaDB database, as the database holds them, and of nobody else."""

from datetime import UTC, datetime, timedelta, timezone

import orjson
import pytest

from connectors.contract.base import PAGE_BYTES, Identifier, SourceDown, SourceMisconfigured

pytestmark = pytest.mark.mariadb

SOURCE = 'kind = "sql"\nurl = "env:SHOP"\ntime_zone = "Europe/Stockholm"\nhash_key = "env:KEY"\n'
PLAIN = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
CALLS = PLAIN + 'at = "at"\n'
ANNA = [Identifier("msisdn", "+461")]


@pytest.fixture
def source(mariadb, connecting):
    def make(collection=PLAIN, source=SOURCE):
        return connecting(source, collection, SHOP=mariadb.url(), KEY="pepper")

    return make


@pytest.fixture
def read(source, everything):
    def read_all(identifiers=ANNA, collection=PLAIN, limit=1000):
        return [orjson.loads(line) for line in everything(source(collection), identifiers, limit)]

    return read_all


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_a_row_arrives_exactly_as_the_database_holds_it(shop, read):
    shop.query("set time_zone = '+02:00', sql_mode = ''")
    shop.query(
        """create table `call` (id bigint unsigned primary key, msisdn varchar(20), at timestamp(6) null,
        local datetime(6), day date, none date, zero datetime, made year, clock time(6), negative time,
        price decimal(30,10), flags bit(10), yes bit(1), small tinyint(1), mood enum('glad','arg'),
        tags set('a','b','c'), doc json, fixed binary(4),
        photo blob, ratio double, word text character set latin1, `Å b` varchar(50) character set utf8mb4, nothing int,
        twice int as (small * 2) virtual, hidden int invisible default 7)"""
    )
    shop.query(
        """insert into `call` values (18446744073709551615, '+461', '2026-06-01 14:00:00.123456',
        '2026-10-25 02:30:00.000001', '2024-02-29', '0000-00-00', '0000-00-00 00:00:00', 2026, '838:59:58.999999',
        '-26:03:04', 12345678901234567890.0123456789, b'1000000001', b'1', 1, 'arg', 'a,c',
        '{"n": 12345678901234567890.10}', 'ab', x'00ff', 0.1, 'räksmörgås', 'åäö "\\t 💥', null, default)"""
    )
    [row] = read()
    assert row == {
        "id": 18446744073709551615,
        "msisdn": "+461",
        "at": "2026-06-01T12:00:00.123456+00:00",
        "local": "2026-10-25T02:30:00.000001",
        "day": "2024-02-29",
        "none": "0000-00-00",
        "zero": "0000-00-00 00:00:00",
        "made": 2026,
        "clock": "838:59:58.999999",
        "negative": "-26:03:04",
        "price": "12345678901234567890.0123456789",
        "flags": 513,
        "yes": 1,
        "small": 1,
        "mood": "arg",
        "tags": "a,c",
        "doc": {"n": 12345678901234567890.10},
        "fixed": {"type": "binary", "base64": "YWIAAA=="},
        "photo": {"type": "binary", "base64": "AP8="},
        "ratio": 0.1,
        "word": "räksmörgås",
        "Å b": 'åäö "\t 💥',
        "nothing": None,
        "twice": 2,
        "hidden": 7,
    }


def test_a_column_of_an_unknown_type_is_carried_and_reported(shop, source):
    shop.query(
        "create table `call` (id int primary key, msisdn varchar(20), net inet6, token uuid, place point)"
    )
    shop.query(
        """insert into `call` values
        (1, '+461', '2001:db8::1', '6f1f9b30-0000-4000-8000-000000000001', point(1, 2))"""
    )
    unknown = [one.name for one in source().describe("c") if not one.known]
    assert set(unknown) <= {"net", "token", "place"}
    [line] = source().read("c", ANNA, None, 10).lines
    row = orjson.loads(line)
    assert row["net"] == "2001:db8::1"
    assert row["token"] == "6f1f9b30-0000-4000-8000-000000000001"
    assert row["place"]["type"] == "binary"


@pytest.mark.parametrize(
    "collation", ["utf8mb4_general_ci", "utf8mb4_unicode_ci", "latin1_swedish_ci", "utf8mb4_bin"]
)
def test_nobody_else_is_found_by_an_identifier_that_looks_alike(shop, read, collation):
    charset = collation.partition("_")[0]
    shop.query(
        f"create table `call` (id int primary key, msisdn varchar(50) character set {charset} collate {collation})"
    )
    alike = ["åsa@x", "asa@x", "Asa@x", "ASA@X", "Åsa@x", "asa@x ", "asa@x  ", "asa@x\x00"]
    with shop.cursor() as cursor:
        cursor.executemany("insert into `call` values (%s, %s)", list(enumerate(alike)))
    for collection in (PLAIN, PLAIN.replace('table = "crm.call"', "query = 'select * from crm.call'"),
                       PLAIN.replace('"msisdn" }', '["msisdn", "id"] }')):  # fmt: skip
        composite = "id" in collection.rpartition("find")[2]
        for number, value in enumerate(alike):
            wanted = orjson.dumps([value, number]).decode() if composite else value
            assert [row["id"] for row in read([Identifier("msisdn", wanted)], collection)] == [number]
        if composite:
            assert read([Identifier("msisdn", '["asa@x", 2]')], collection) == []


def test_an_identifier_in_any_case_is_still_nobody_elses(shop, read):
    shop.query("create table `call` (id int primary key, mail varchar(50)) collate utf8mb4_general_ci")
    shop.query(
        "insert into `call` values (1, 'Asa@X.se'), (2, 'åsa@x.se'), (3, 'ASA@x.se'), (4, 'asa@x.se ')"
    )
    collection = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { email = { column = "mail", written = "lower" } }\n'
    assert [row["id"] for row in read([Identifier("email", "asa@x.se")], collection)] == [1, 3]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_keys_under_a_collation_page_without_loss_or_doubles(shop, read, limit):
    shop.query(
        """create table `call` (area varchar(20), kind enum('z','a','m'), day date, no decimal(12,4), at datetime(6),
        raw binary(2), ratio double, msisdn varchar(20), primary key (area, kind, day, no, at, raw, ratio))
        collate utf8mb4_swedish_ci"""
    )
    rows = [(area, kind, "2026-01-01", no, f"2026-01-01 00:00:00.00000{micro}", raw, 0.1, "+461")
            for area in ("A", "b", "Ö", "Å ", "aa") for kind in "zam" for no in ("0.5000", "10.0000")
            for micro in "13" for raw in (b"\x00\xff", b"a\x00")]  # fmt: skip
    with shop.cursor() as cursor:
        cursor.executemany("insert into `call` values (%s, %s, %s, %s, %s, %s, %s, %s)", rows)
    keys = 'key_columns = ["area", "kind", "day", "no", "at", "raw", "ratio"]'
    found = read(collection=PLAIN.replace('key_columns = ["id"]', keys), limit=limit)
    shown = [orjson.dumps(row) for row in found]
    assert len(shown) == len(set(shown)) == len(rows)


def test_keys_that_only_the_collation_calls_equal_are_a_fault_and_not_a_lost_row(shop, read):
    shop.query("create table `call` (id varchar(20), msisdn varchar(20)) collate utf8mb4_general_ci")
    shop.query("insert into `call` values ('a', '+461'), ('A', '+461'), ('Å', '+461')")
    with pytest.raises(SourceMisconfigured, match="key-not-unique"):
        read(limit=1)
    assert len(read(limit=3)) == 3


def test_erasing_by_a_key_takes_no_row_whose_key_looks_alike(shop, source):
    shop.query("create table `call` (id varchar(20), no int, msisdn varchar(20)) collate utf8mb4_general_ci")
    shop.query(
        "insert into `call` values ('a', 1, '+461'), ('A', 1, '+462'), ('å', 1, '+463'), ('a ', 1, '+464')"
    )
    for keys, key in (('["id"]', ("a",)), ('["id", "no"]', ("A", 1))):
        gone = source(PLAIN.replace('["id"]', keys) + 'on_erase = "delete"\n')
        assert gone.erase("c", [key], dry_run=True) == 1
        assert gone.erase("c", [key], dry_run=False) == 1
        assert gone.remaining("c", [key]) == 0
    assert in_table(shop, "select msisdn from `call` order by 1") == [("+463",), ("+464",)]


def in_table(shop, query):
    with shop.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


@pytest.fixture
def calls(shop):
    shop.query(
        "create table `call` (id int primary key, msisdn varchar(20), at datetime(6), stamp timestamp(6) null)"
    )
    return shop


def test_the_interval_is_half_open_and_zero_dates_are_nobodys(calls, read):
    calls.query("set sql_mode = ''")
    calls.query(
        """insert into `call` values (1, '+461', '2026-01-31 23:59:59.999999', null), (2, '+461', '2026-02-01', null),
        (3, '+461', '2026-02-28 23:59:59.999999', null), (4, '+461', '2026-03-01', null), (5, '+461', null, null),
        (6, '+461', '0000-00-00', null)"""
    )
    start, end = at(2026, 1, 31, 23), at(2026, 2, 28, 23)
    for found, ends in (
        ([2, 3], (start, end)),
        ([1, 2, 3], (None, end)),
        ([2, 3, 4], (start, None)),
        ([1, 2, 3, 4, 5, 6], (None, None)),
    ):
        assert [row["id"] for row in read([Identifier("msisdn", "+461", *ends)], CALLS)] == found


def test_bounds_in_another_zone_are_the_same_instants(calls, read):
    calls.query("set time_zone = '+00:00'")
    calls.query(
        """insert into `call` values (1, '+461', '2026-07-01 11:59:59.999999', '2026-07-01 09:59:59.999999'),
        (2, '+461', '2026-07-01 12:00', '2026-07-01 10:00')"""
    )
    tokyo = timezone(timedelta(hours=9))
    since = Identifier("msisdn", "+461", datetime(2026, 7, 1, 19, 0, tzinfo=tokyo))
    for collection in (CALLS, PLAIN + 'at = "stamp"\n'):
        for asked in (
            collection,
            collection.replace('table = "crm.call"', "query = 'select * from crm.call'"),
        ):
            assert [row["id"] for row in read([since], asked)] == [2]


def test_a_query_renders_what_the_table_does(shop, read):
    shop.query("set sql_mode = ''")
    shop.query(
        """create table `call` (id int primary key, msisdn varchar(20), at timestamp(6) null, clock time,
        price decimal(9,2), flags bit(10), photo blob, word text, zero date)"""
    )
    shop.query(
        """insert into `call` values (1, '+461', '2026-06-01 14:00', '26:00:00', 1.50, b'1000000001', x'00ff', 'å',
        '0000-00-00')"""
    )
    assert read(collection=PLAIN.replace('table = "crm.call"', "query = 'select * from crm.call'")) == read()


def test_elements_of_json_arrays_find_rows_and_numbers_stay_numbers(shop, read):
    shop.query("create table `call` (id int primary key, numbers json, account bigint)")
    shop.query(
        """insert into `call` values (1, '["+461", "+462"]', 46), (2, '["+4612"]', 47), (3, null, null)"""
    )
    collection = (
        'table = "crm.call"\nkey_columns = ["id"]\n[source.collection.find]\n'
        'msisdn = { column = "numbers", array = true }\ncustomer_no = "account"\n'
    )
    assert [row["id"] for row in read([Identifier("msisdn", "+462")], collection)] == [1]
    assert read([Identifier("msisdn", "+46")], collection) == []
    identifiers = [
        Identifier("customer_no", "a@x.se"),
        Identifier("customer_no", "46 "),
        Identifier("customer_no", "47"),
    ]
    assert [row["id"] for row in read(identifiers, collection)] == [2]


def test_names_that_need_quotes(shop, read):
    shop.query("create table `Kund Order` (`Nr:s` int primary key, `select` varchar(20), `50% å` int)")
    shop.query("insert into `Kund Order` values (1, '+461', 2)")
    collection = 'table = \'crm."Kund Order"\'\nkey_columns = ["Nr:s"]\nfind = { msisdn = "select" }\n'
    assert read(collection=collection) == [{"Nr:s": 1, "select": "+461", "50% å": 2}]


def test_percent_signs_and_colons_in_a_query_are_its_own(shop, read):
    shop.query("create table `call` (id int primary key, msisdn varchar(20))")
    shop.query("insert into `call` values (1, '+461'), (2, '+462')")
    query = '''query = """select id, msisdn, date_format('2026-01-01', '%H:%i') as `t:x`, ':a' as b from crm.call
    where msisdn like '+46%'"""\n'''
    assert read(collection=PLAIN.replace('table = "crm.call"\n', query)) == [
        {"id": 1, "msisdn": "+461", "t:x": "00:00", "b": ":a"}
    ]


@pytest.mark.filterwarnings("error")
def test_a_page_of_big_rows_ends_early_and_leaves_the_rest_unread(shop, source, everything):
    shop.query(
        "create table `call` (id varchar(20) primary key, msisdn varchar(20), body longtext, key (msisdn, id))"
    )
    shop.query("insert into `call` select lpad(seq, 5, '0'), '+461', repeat('x', 1000000) from seq_1_to_80")
    with shop.cursor() as cursor:
        connector = source()
        before = sent(cursor)
        page = connector.read("c", ANNA, None, 1000)
        assert PAGE_BYTES <= sum(map(len, page.lines)) <= PAGE_BYTES + 1_100_000
        assert sent(cursor) - before < 60_000_000
    lines = everything(connector, ANNA)
    assert [orjson.loads(line)["id"] for line in lines] == [f"{number:05}" for number in range(1, 81)]


def sent(cursor):
    """Bytes that the server has sent to anybody."""
    cursor.execute("show global status like 'Bytes_sent'")
    return int(cursor.fetchone()[1])


def test_reading_cannot_write(shop, source):
    shop.query("create table `call` (id int primary key, msisdn varchar(20))")
    shop.query(
        """create function sneaky() returns int modifies sql data
        begin insert into crm.call values (9, '+469'); return 1; end"""
    )
    query = PLAIN.replace('table = "crm.call"', "query = \"select crm.sneaky() as id, '+461' as msisdn\"")
    with pytest.raises(SourceMisconfigured):
        source(query).read("c", ANNA, None, 10)
    assert in_table(shop, "select count(*) from `call`") == [(0,)]


def test_a_statement_that_takes_too_long_is_given_up(shop, source):
    query = PLAIN.replace('table = "crm.call"', 'query = "select 1 as id, sleep(30) as msisdn from dual"')
    slow = source(query, SOURCE + "timeout = 0.2\n")
    with pytest.raises(SourceDown, match="timeout"):
        slow.read("c", [Identifier("msisdn", "0")], None, 10)
    assert slow.count("c", [Identifier("msisdn", "0")]) is None


def test_what_is_wrong_is_said(shop, mariadb, connecting, source):
    with pytest.raises(SourceMisconfigured, match="no-table"):
        source().check()
    shop.query("create table `call` (id int primary key)")
    with pytest.raises(SourceMisconfigured, match="no-column: msisdn"):
        source().check()
    with pytest.raises(SourceMisconfigured, match="no-column: 1054"):
        source(PLAIN.replace('table = "crm.call"', "query = 'select nix from crm.call'")).check()
    shop.query("create or replace user reader identified by 'x'")
    with pytest.raises(SourceMisconfigured, match="denied"):
        connecting(SOURCE, PLAIN, SHOP=mariadb.url("reader"), KEY="x").check()
    with pytest.raises(SourceMisconfigured, match="denied"):
        connecting(SOURCE, PLAIN, SHOP=mariadb.url(database="nix"), KEY="x").check()
    with pytest.raises(SourceDown, match="unreachable"):
        connecting(SOURCE, PLAIN, SHOP="mysql://x@127.0.0.1:1/x", KEY="x").check()
