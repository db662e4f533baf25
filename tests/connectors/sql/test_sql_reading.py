"""Rows of a PostgreSQL database, as the database holds them."""

import json
from datetime import UTC, datetime, timedelta, timezone

import orjson
import psycopg
import pytest

from connectors.contract.base import PAGE_BYTES, Identifier, SourceDown, SourceMisconfigured
from connectors.rows.graph import key_of, parsed

SOURCE = 'kind = "sql"\nurl = "env:CRM"\ntime_zone = "Europe/Stockholm"\n'
CALLS = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\nat = "started_at"\n'
ZONE = 'time_zone = "Europe/Stockholm"\n'


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.fixture
def calls(crm: psycopg.Connection) -> psycopg.Connection:
    crm.execute("create table call (id bigint primary key, msisdn text, other text, started_at timestamp)")
    return crm


@pytest.fixture
def read(connecting, crm_url, everything):
    def read_all(identifiers, collection=CALLS, limit=1000, source=SOURCE):
        lines = everything(connecting(source, collection, CRM=crm_url), identifiers, limit)
        return [orjson.loads(line) for line in lines]

    return read_all


def test_a_row_arrives_exactly_as_the_database_holds_it(crm, read):
    crm.execute("create type mood as enum ('glad', 'arg')")
    crm.execute(
        """create table call (id bigint primary key, msisdn text, at timestamptz, local timestamp, day date,
        clock time, price numeric(12, 4), ratio float8, odd float8, doc jsonb, raw json, photo bytea, mood mood,
        tags text[], amounts numeric[], token uuid, length interval, flag boolean, nothing text, "Å b" text)"""
    )
    crm.execute(
        """insert into call values (9223372036854775807, '+461', '2026-06-01 12:00:00.123456+00',
        '2026-10-25 02:30:00.000001', '2024-02-29', '23:59:59.999999', 199.0000, 0.1, 'NaN',
        '{"rate": 1.10}', E'{"a":\n 12345678901234567890.10}', '\\x00ff10', 'arg', '{a,NULL,"c,d"}',
        '{1.10,2.00}', '6f1f9b30-0000-4000-8000-000000000001', '1 day 02:03:04', true, null, E'räksmörgås "\t 💥')"""
    )
    collection = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
    [row] = read([Identifier("msisdn", "+461")], collection)
    assert row == {
        "id": 9223372036854775807,
        "msisdn": "+461",
        "at": "2026-06-01T14:00:00.123456+02:00",
        "local": "2026-10-25T02:30:00.000001",
        "day": "2024-02-29",
        "clock": "23:59:59.999999",
        "price": "199.0000",
        "ratio": 0.1,
        "odd": "NaN",
        "doc": {"rate": 1.1},
        "raw": {"a": 12345678901234567890.10},
        "photo": {"type": "binary", "base64": "AP8Q"},
        "mood": "arg",
        "tags": ["a", None, "c,d"],
        "amounts": ["1.10", "2.00"],
        "token": "6f1f9b30-0000-4000-8000-000000000001",
        "length": "1 day 02:03:04",
        "flag": True,
        "nothing": None,
        "Å b": 'räksmörgås "\t 💥',
    }


def test_columns_keep_their_order_and_a_line_is_one_line(crm, connecting, crm_url):
    crm.execute("create table call (id int primary key, zeta text, alfa json, msisdn text)")
    crm.execute("insert into call values (1, E'a\nb', E'{\n\"x\": 12345678901234567890.10\n}', '+461')")
    collection = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
    page = connecting(SOURCE, collection, CRM=crm_url).read("c", [Identifier("msisdn", "+461")], None, 10)
    [line] = page.lines
    assert b"\n" not in line
    assert list(json.loads(line)) == ["id", "zeta", "alfa", "msisdn"]
    assert b"12345678901234567890.10" in line


def test_a_column_of_an_unknown_type_is_carried_as_text_and_reported(crm, connecting, crm_url):
    crm.execute("create table call (id int primary key, msisdn text, place pg_lsn)")
    crm.execute("insert into call values (1, '+461', '16/B374D848')")
    collection = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
    connector = connecting(SOURCE, collection, CRM=crm_url)
    assert [one.name for one in connector.describe("c") if not one.known] == ["place"]
    assert b'"16/B374D848"' in connector.read("c", [Identifier("msisdn", "+461")], None, 10).lines[0]


def test_what_json_would_shorten_inside_an_array_or_a_row_is_carried_as_text_and_reported(
    crm, connecting, crm_url
):
    crm.execute(
        """create domain price as numeric; create domain fee as price; create domain words as text;
        create type deep as (a int, b fee); create type sale as (what text, n numeric, raw bytea, at timestamptz);
        create type plain as (what text, n int, at timestamptz, doc json, tags text[], term numrange);
        create table call (id int primary key, msisdn text, blobs bytea[], sold sale, sales sale[], fees fee[],
        inner_row deep[], lsns pg_lsn[], amounts numeric[], tags words[], days date[], moods plain, many plain[])"""
    )
    row = "row('a', 1.10, '\\x00ff', '2026-01-01 00:00+00')::sale"
    plain = """row('å', 7, '2026-01-01 00:00+00', '{"x": 1.10}', '{b}', '[1.10,2]')::plain"""
    crm.execute(
        f"""insert into call values (1, '+461', array['\\x00ff'::bytea], {row}, array[{row}],
        '{{12345678901234567890.10,null}}', array[row(1, 2.50)::deep], '{{16/B374D848}}', '{{1.10}}', '{{a}}',
        '{{2026-01-01}}', {plain}, array[{plain}])"""
    )
    collection = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
    connector = connecting(SOURCE, collection, CRM=crm_url)
    odd = {one.name for one in connector.describe("c") if not one.known}
    assert odd == {"blobs", "sold", "sales", "fees", "inner_row", "lsns"}
    found = orjson.loads(connector.read("c", [Identifier("msisdn", "+461")], None, 10).lines[0])
    assert all(isinstance(found[name], str) for name in odd)
    assert "00ff" in found["blobs"]
    assert "1.10" in found["sold"]
    assert found["fees"] == "{12345678901234567890.10,NULL}"
    assert "2.50" in found["inner_row"]
    assert (found["amounts"], found["tags"], found["days"]) == (["1.10"], ["a"], ["2026-01-01"])
    whole = {"what": "å", "n": 7, "at": "2026-01-01T01:00:00+01:00", "doc": {"x": 1.10}, "tags": ["b"],
             "term": "[1.10,2]"}  # fmt: skip
    assert (found["moods"], found["many"]) == (whole, [whole])


def test_a_new_column_of_the_table_is_in_the_next_page(calls, connecting, crm_url):
    calls.execute("insert into call values (1, '+461'), (2, '+461')")
    connector = connecting(SOURCE, CALLS, CRM=crm_url)
    first = connector.read("c", [Identifier("msisdn", "+461")], None, 1)
    calls.execute("alter table call add added text default 'new'")
    second = connector.read("c", [Identifier("msisdn", "+461")], first.cursor, 1)
    assert orjson.loads(second.lines[0])["added"] == "new"


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_pages_of_any_size_hold_every_row_once(calls, read, limit):
    calls.execute("insert into call select i, '+461', null, '2026-01-01' from generate_series(1, 7) i")
    assert [row["id"] for row in read([Identifier("msisdn", "+461")], limit=limit)] == [1, 2, 3, 4, 5, 6, 7]


def test_a_key_of_several_columns_of_several_types_pages_as_well(crm, read):
    crm.execute(
        "create table call (area text, day date, no numeric, msisdn text, primary key (area, day, no))"
    )
    crm.execute(
        """insert into call select a, date '2026-01-01' + d, n + 0.5, '+461' from unnest(array['A', 'a', 'Ö']) a,
        generate_series(0, 3) d, generate_series(9, 11) n"""
    )
    collection = 'table = "crm.call"\nkey_columns = ["area", "day", "no"]\nfind = { msisdn = "msisdn" }\n'
    rows = read([Identifier("msisdn", "+461")], collection, limit=5)
    assert len({(row["area"], row["day"], row["no"]) for row in rows}) == len(rows) == 36


def test_a_row_found_by_two_identifiers_comes_once(crm, read):
    crm.execute("create table call (id int primary key, msisdn text, mail text)")
    crm.execute(
        "insert into call values (1, '+461', 'a@x'), (2, '+461', null), (3, null, 'a@x'), (4, '+462', 'b@x')"
    )
    collection = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn", email = "mail" }\n'
    rows = read([Identifier("msisdn", "+461"), Identifier("email", "a@x")], collection, limit=1)
    assert [row["id"] for row in rows] == [1, 2, 3]


def test_the_interval_is_half_open(calls, read):
    calls.execute(
        """insert into call values (1, '+461', null, '2026-01-31 23:59:59.999999'),
        (2, '+461', null, '2026-02-01 00:00:00'), (3, '+461', null, '2026-02-28 23:59:59.999999'),
        (4, '+461', null, '2026-03-01 00:00:00'), (5, '+461', null, null)"""
    )
    february = Identifier("msisdn", "+461", at(2026, 1, 31, 23), at(2026, 2, 28, 23))
    assert [row["id"] for row in read([february])] == [2, 3]


def test_in_the_hour_shown_twice_the_two_holders_share_no_row_and_lose_none(calls, read):
    calls.execute(
        """insert into call values (1, '+461', null, '2026-10-25 01:59'), (2, '+461', null, '2026-10-25 02:00'),
        (3, '+461', null, '2026-10-25 02:30'), (4, '+461', null, '2026-10-25 03:00')"""
    )
    for minutes in range(-90, 150, 10):
        change = at(2026, 10, 25, 1) + timedelta(minutes=minutes)
        before = [row["id"] for row in read([Identifier("msisdn", "+461", None, change)])]
        after = [row["id"] for row in read([Identifier("msisdn", "+461", change, None)])]
        assert before + after == [1, 2, 3, 4]


def test_bounds_in_another_zone_are_the_same_instants(calls, read):
    calls.execute(
        "insert into call values (1, '+461', null, '2026-07-01 11:59'), (2, '+461', null, '2026-07-01 12:00')"
    )
    tokyo = timezone(timedelta(hours=9))
    rows = read([Identifier("msisdn", "+461", datetime(2026, 7, 1, 19, 0, tzinfo=tokyo))])
    assert [row["id"] for row in rows] == [2]


def test_without_a_zone_naive_timestamps_are_refused(calls, connecting, crm_url):
    connector = connecting('kind = "sql"\nurl = "env:CRM"\n', CALLS, CRM=crm_url)
    with pytest.raises(SourceMisconfigured, match="time-zone-missing"):
        connector.check()
    with pytest.raises(SourceMisconfigured, match="time-zone-missing"):
        connector.read("c", [Identifier("msisdn", "+461", at(2026, 1, 1))], None, 10)


@pytest.mark.parametrize(
    ("type_", "zone", "fault"),
    [
        ("text", "", "time-zone-missing"), ("date", "", "time-zone-missing"), ("bigint", ZONE, "at-type"),
        ("timestamptz", "", None), ("text", ZONE, None),
    ],
)  # fmt: skip
def test_a_time_that_nobody_can_place_is_told_before_it_is_needed(
    crm, connecting, crm_url, type_, zone, fault
):
    crm.execute(f"create table crm.lent (id int primary key, msisdn text, since {type_})")
    told = "yields = [{ kind = 'msisdn', column = 'msisdn', from = 'since' }]\n"
    collection = (
        "table = 'crm.lent'\nkey_columns = ['id']\nfind = { customer_no = 'id' }\ninterval = false\n" + told
    )
    connector = connecting(f'kind = "sql"\nurl = "env:CRM"\n{zone}', collection, CRM=crm_url)
    if fault is None:
        connector.check()
    else:
        with pytest.raises(SourceMisconfigured, match=fault):
            connector.check()


def test_a_number_column_takes_text_identifiers_and_passes_over_what_is_no_number(crm, read):
    crm.execute("create table call (id int primary key, customer bigint)")
    crm.execute("insert into call values (1, 46)")
    collection = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { customer_no = "customer" }\n'
    identifiers = [Identifier("customer_no", "a@x.se"), Identifier("customer_no", "0046"),
                   Identifier("customer_no", "9" * 40)]  # fmt: skip
    assert [row["id"] for row in read(identifiers, collection)] == [1]


def test_an_identifier_is_never_part_of_the_statement(calls, read):
    calls.execute("insert into call values (1, '+461')")
    for value in ("' or true --", "+461'; drop table crm.call; --", "\\", "%", "+46_", ":x", "\x00a"[1:]):
        assert read([Identifier("msisdn", value)]) == []
    assert len(read([Identifier("msisdn", "+461")])) == 1


def test_elements_of_arrays_and_composite_keys_find_rows(crm, read):
    crm.execute("create table call (id int primary key, numbers text[], region text, account int)")
    crm.execute(
        "insert into call values (1, '{+461,+462}', 'N', 7), (2, '{+463}', 'S', 7), (3, null, 'N', 8)"
    )
    collection = (
        'table = "crm.call"\nkey_columns = ["id"]\n'
        '[source.collection.find]\nmsisdn = { column = "numbers", array = true }\naccount = ["region", "account"]\n'
    )
    assert [row["id"] for row in read([Identifier("msisdn", "+462")], collection)] == [1]
    assert [row["id"] for row in read([Identifier("account", '["S", 7]')], collection)] == [2]
    assert [
        row["id"]
        for row in read([Identifier("account", '["N", "8"]'), Identifier("msisdn", "+463")], collection)
    ] == [2, 3]


def test_a_value_can_be_written_in_the_sources_own_way(crm, read):
    crm.execute("create table call (id int primary key, number text, mail text)")
    crm.execute("insert into call values (1, '46701740605', null), (2, null, 'Anna@X.se')")
    collection = (
        'table = "crm.call"\nkey_columns = ["id"]\n[source.collection.find]\n'
        'msisdn = { column = "number", written = "digits" }\nemail = { column = "mail", written = "lower" }\n'
    )
    rows = read([Identifier("msisdn", "+46701740605"), Identifier("email", "anna@x.se")], collection)
    assert [row["id"] for row in rows] == [1, 2]


def test_a_query_is_read_like_a_table(crm, read):
    crm.execute("create table customer (no text primary key, mail text)")
    crm.execute("create table invoice (id int primary key, customer text, amount numeric)")
    crm.execute(
        "insert into customer values ('C1', 'a@x'); insert into invoice values (1, 'C1', 1.50), (2, 'C2', 2)"
    )
    collection = (
        "query = 'select i.id, i.amount::numeric(9,2), c.mail from crm.invoice i "
        "join crm.customer c on c.no = i.customer'\n"
        'key_columns = ["id"]\nfind = { email = "mail" }\n'
    )
    assert read([Identifier("email", "a@x")], collection) == [{"id": 1, "amount": "1.50", "mail": "a@x"}]


def test_only_the_listed_columns_are_read_but_others_can_be_searched(crm, read):
    crm.execute("create table call (id int primary key, msisdn text, secret text)")
    crm.execute("insert into call values (1, '+461', 'x')")
    collection = 'table = "crm.call"\nkey_columns = ["id"]\ncolumns = ["id"]\nfind = { msisdn = "msisdn" }\n'
    assert read([Identifier("msisdn", "+461")], collection) == [{"id": 1}]


def test_a_key_that_is_not_unique_or_can_be_empty_is_a_fault_and_not_a_lost_row(crm, read):
    crm.execute("create table call (id int, msisdn text)")
    crm.execute("insert into call values (1, '+461'), (1, '+461'), (2, '+461'), (null, '+462')")
    collection = 'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
    with pytest.raises(SourceMisconfigured, match="key-not-unique"):
        read([Identifier("msisdn", "+461")], collection, limit=1)
    with pytest.raises(SourceMisconfigured, match="key-empty"):
        read([Identifier("msisdn", "+462")], collection)


def test_counting_is_what_reading_finds(calls, connecting, crm_url):
    calls.execute("insert into call select i, '+461', null, '2026-01-01' from generate_series(1, 5) i")
    connector = connecting(SOURCE, CALLS, CRM=crm_url)
    assert connector.count("c", [Identifier("msisdn", "+461")]) == 5
    assert connector.count("c", [Identifier("email", "a@x")]) == 0


def test_reading_cannot_write(crm, connecting, crm_url):
    crm.execute("create table call (id int primary key, msisdn text)")
    crm.execute("insert into call values (1, '+461')")
    crm.execute(
        """create function sneaky() returns setof call language sql as
        $$ insert into crm.call values (2, '+461') returning * $$"""
    )
    collection = (
        'query = \'select * from crm.sneaky()\'\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
    )
    with pytest.raises(SourceMisconfigured):
        connecting(SOURCE, collection, CRM=crm_url).read("c", [Identifier("msisdn", "+461")], None, 10)
    assert crm.execute("select count(*) from call").fetchone() == (1,)


def test_a_statement_that_takes_too_long_is_given_up(crm, connecting, crm_url):
    query = "query = 'select 1 as id, pg_sleep(30)::text as msisdn'\n"
    collection = query + 'key_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
    connector = connecting(SOURCE + "timeout = 0.2\n", collection, CRM=crm_url)
    with pytest.raises(SourceDown, match="timeout"):
        connector.read("c", [Identifier("msisdn", "+461")], None, 10)
    assert connector.count("c", [Identifier("msisdn", "+461")]) is None


def test_a_database_that_is_not_there_is_down_and_wrong_names_are_misconfigured(connecting, crm, crm_url):
    with pytest.raises(SourceDown):
        connecting(SOURCE, CALLS, CRM="postgresql://x@127.0.0.1:1/x").check()
    with pytest.raises(SourceMisconfigured, match=r"no-table: crm\.call"):
        connecting(SOURCE, CALLS, CRM=crm_url).check()
    crm.execute("create table call (id int)")
    with pytest.raises(SourceMisconfigured, match="no-column"):
        connecting(SOURCE, CALLS, CRM=crm_url).check()
    with pytest.raises(SourceMisconfigured, match="url"):
        connecting(SOURCE, CALLS, CRM="nonsense").check()


def test_two_columns_of_one_name_are_told_before_one_hides_the_other(connecting, crm, crm_url):
    crm.execute("create table call (id int, msisdn text)")
    query = "query = 'select a.id, a.msisdn, b.id from crm.call a join crm.call b on a.id = b.id'\n"
    connector = connecting(SOURCE, CALLS.replace('table = "crm.call"\n', query), CRM=crm_url)
    with pytest.raises(SourceMisconfigured, match="column-twice: id"):
        connector.check()


@pytest.mark.parametrize("query", ["selct 1", "select * from crm.call;", "select id + msisdn from crm.call"])
def test_a_query_the_database_does_not_understand_is_no_database_that_is_away(
    connecting, crm, crm_url, query
):
    crm.execute("create table call (id int, msisdn text)")
    connector = connecting(SOURCE, CALLS.replace('table = "crm.call"', f"query = '{query}'"), CRM=crm_url)
    with pytest.raises(SourceMisconfigured, match="sql: 42"):
        connector.check()


def test_a_fault_tells_nothing_about_the_person(crm, connecting, crm_url):
    crm.execute("create table call (id int primary key, msisdn text, n int)")
    crm.execute("insert into call values (1, '+46701740605', 0)")
    collection = (
        "query = \"select id, msisdn, (msisdn || 'x')::int as n from crm.call\"\n"
        'key_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
    )
    with pytest.raises(SourceMisconfigured) as caught:
        connecting(SOURCE, collection, CRM=crm_url).read(
            "c", [Identifier("msisdn", "+46701740605")], None, 10
        )
    assert "4670" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "4670" not in repr(Identifier("msisdn", "+46701740605"))


def test_a_page_of_big_rows_ends_early(calls, connecting, crm_url, everything):
    calls.execute("insert into call select i, '+461', repeat('x', 1000000) from generate_series(1, 40) i")
    connector = connecting(SOURCE, CALLS, CRM=crm_url)
    page = connector.read("c", [Identifier("msisdn", "+461")], None, 1000)
    assert PAGE_BYTES <= sum(map(len, page.lines)) <= PAGE_BYTES + 1_100_000
    lines = everything(connector, [Identifier("msisdn", "+461")])
    assert [orjson.loads(line)["id"] for line in lines] == list(range(1, 41))


def test_a_binary_key_pages_and_erases(crm, connecting, crm_url, everything):
    crm.execute("create table call (id bytea primary key, msisdn text)")
    crm.execute("insert into call select sha256(i::text::bytea), '+461' from generate_series(1, 20) i")
    collection = (
        'table = "crm.call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn" }\non_erase = "delete"\n'
    )
    connector = connecting(SOURCE, collection, CRM=crm_url)
    lines = everything(connector, [Identifier("msisdn", "+461")], 3)
    keys = [key_of(connector.source.collection[0], parsed(line)) for line in lines]
    assert len(set(keys)) == 20
    assert connector.erase("c", keys[:15], dry_run=False) == 15
    assert connector.remaining("c", keys) == 5
