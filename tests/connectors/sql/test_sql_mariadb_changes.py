"""Erasing, anonymising, restricting, correcting and suppressing in a MariaDB database."""

import pytest

from connectors.contract.base import Identifier, SourceDown, SourceGarbage, SourceMisconfigured
from connectors.rows.graph import key_of, parsed
from connectors.sql.survey import survey

pytestmark = pytest.mark.mariadb

SOURCE = 'kind = "sql"\nurl = "env:SHOP"\ntime_zone = "Europe/Stockholm"\nhash_key = "env:KEY"\n'
PERSON = 'table = "crm.person"\nkey_columns = ["id"]\nfind = { customer_no = "customer" }\n'
DELETE = PERSON + 'on_erase = "delete"\n'
ANONYMISE = PERSON + 'on_erase = "anonymise"\n[source.collection.anonymise]\n'
C1 = [Identifier("customer_no", "C1")]


@pytest.fixture
def people(shop):
    shop.query(
        """create table person (id bigint primary key, customer varchar(20), name varchar(100), mail varchar(60) unique,
        phone varchar(12), status enum('active','restricted') not null default 'active', ads boolean default true,
        born date, seen timestamp(6) null) engine = innodb collate utf8mb4_general_ci"""
    )
    with shop.cursor() as cursor:
        cursor.executemany(
            "insert into person values (%s, %s, %s, %s, %s, default, default, '1980-02-29', '2026-01-01 12:00')",
            [(i, f"C{i // 2}", f"Name {i}", f"{i}@x.se", f"+46{i}") for i in range(1, 10)],
        )
    return shop


@pytest.fixture
def source(people, mariadb, connecting):
    def make(collection=DELETE, source=SOURCE):
        return connecting(source, collection, SHOP=mariadb.url(), KEY="pepper")

    return make


def asked(people, query):
    with people.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def ids(people):
    return [row[0] for row in asked(people, "select id from person order by id")]


def test_erasing_takes_the_rows_with_these_keys_and_no_others_and_once(people, source):
    keys = [(2,), (3,), (3,), (99,)]
    assert source().erase("c", keys, dry_run=True) == 2
    assert ids(people) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert source().remaining("c", keys) == 2
    assert [source().erase("c", keys, dry_run=False) for _ in range(3)] == [2, 0, 0]
    assert ids(people) == [1, 4, 5, 6, 7, 8, 9]
    assert source().remaining("c", keys) == 0


def test_keys_of_every_type_find_their_row_again(people, source):
    people.query(
        """create table person2 (a varchar(10), b decimal(12,4), c date, d datetime(6), e timestamp(6) not null,
        f binary(3), g enum('z','a'), h double, i bigint unsigned, j bit(9),
        primary key (a, b, c, d, e, f, g, h, i, j))"""
    )
    people.query(
        """insert into person2 values ('Å ', 1.5, '2026-01-01', '2026-10-25 02:30:00.000001', '2026-07-01 12:00:00.5',
        x'00ff27', 'z', 0.1, 18446744073709551615, b'100000001')"""
    )
    columns = ", ".join(f'"{name}"' for name in "abcdefghij")
    find = 'find = { customer_no = "a" }\non_erase = "delete"\n'
    collection = f'table = "crm.person2"\nkey_columns = [{columns}]\n{find}'
    connector = source(collection)
    [line] = connector.read("c", [Identifier("customer_no", "Å ")], None, 10).lines
    key = key_of(connector.source.collection[0], parsed(line))
    assert connector.remaining("c", [key]) == 1
    assert connector.erase("c", [key], dry_run=False) == 1
    assert asked(people, "select count(*) from person2") == [(0,)]


def test_a_row_that_others_refer_to_stops_the_erasure_with_the_constraints_name(people, source):
    people.query(
        """create table bill (id int, person bigint, constraint bill_of_person foreign key (person)
        references person (id))"""
    )
    people.query("insert into bill values (1, 2)")
    with pytest.raises(SourceMisconfigured, match="constraint: bill_of_person"):
        source().erase("c", [(1,), (2,)], dry_run=False)
    assert 1 in ids(people)


def test_a_row_that_somebody_else_holds_locked_is_waited_for_no_longer_than_the_time_out(people, source):
    people.begin()
    people.query("update person set name = 'x' where id = 2")
    with pytest.raises(SourceDown, match="timeout"):
        source(source=SOURCE + "timeout = 1\n").erase("c", [(2,)], dry_run=False)
    people.rollback()
    assert source().erase("c", [(2,)], dry_run=False) == 1


def test_anonymising_writes_nothing_a_constant_or_a_hash_once(people, source):
    connector = source(ANONYMISE + 'phone = "null"\nname = { constant = "erased" }\nmail = "keyed-hash"\n')
    assert connector.erase("c", [(1,), (2,)], dry_run=True) == 2
    assert connector.erase("c", [(1,), (2,)], dry_run=False) == 2
    before = asked(people, "select phone, name, mail from person where id < 4 order by id")
    assert [row[:2] for row in before] == [(None, "erased"), (None, "erased"), ("+463", "Name 3")]
    assert before[0][2] != before[1][2]
    assert all(mail.startswith("anon-") and len(mail) == 37 for _, _, mail in before[:2])
    assert connector.remaining("c", [(1,), (2,), (3,)]) == 1
    assert connector.erase("c", [(1,), (2,)], dry_run=False) == 0
    assert asked(people, "select phone, name, mail from person where id < 4 order by id") == before


def test_hashing_touches_no_row_whose_key_looks_alike(people, source):
    people.query("create table person2 (id varchar(10), mail varchar(60)) collate utf8mb4_general_ci")
    people.query("insert into person2 values ('a', 'a@x'), ('A', 'b@x'), ('a ', 'c@x')")
    collection = ANONYMISE.replace("crm.person", "crm.person2").replace('"customer"', '"mail"')
    assert source(collection + 'mail = "keyed-hash"\n').erase("c", [("a",)], dry_run=False) == 1
    assert asked(people, "select mail from person2 where mail like '%@x' order by 1") == [("b@x",), ("c@x",)]


def test_a_value_that_differs_in_case_only_is_still_written(people, source):
    people.query("update person set name = 'ERASED' where id = 1")
    connector = source(ANONYMISE + 'name = { constant = "erased" }\n')
    assert connector.remaining("c", [(1,)]) == 1
    assert connector.erase("c", [(1,)], dry_run=False) == 1
    assert asked(people, "select name from person where id = 1") == [("erased",)]


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ('status = "null"', "not-null: crm.person.status"),
        ('mail = { constant = "x" }', "unique: crm.person.mail"),
        ('phone = "keyed-hash"', "too-short: crm.person.phone"),
        ('ads = "keyed-hash"', "not-text: crm.person.ads"),
        ('status = "keyed-hash"', "crm.person.status"),
    ],
)
def test_the_dry_run_reports_a_column_that_cannot_take_it(source, way, reason):
    connector = source(ANONYMISE + way)
    with pytest.raises(SourceMisconfigured, match=reason):
        connector.erase("c", [(1,)], dry_run=True)
    with pytest.raises(SourceMisconfigured, match=reason):
        connector.check()


def test_an_objection_restriction_and_correction(people, source):
    connector = source(
        PERSON + 'rectify = ["name", "born"]\nsuppress = { set = { ads = false } }\n'
        'restrict = { set = { status = "restricted" }, lift = { status = "active" } }\n'
    )
    assert connector.unsuppressed("c", C1, "marketing") == 2
    assert [connector.suppress("c", C1, "marketing") for _ in range(2)] == [2, 2]
    assert connector.unsuppressed("c", C1, "marketing") == 0
    people.query("update person set ads = null where id = 2")
    assert connector.unsuppressed("c", C1, "marketing") == 1
    assert connector.restrict("c", [(1,), (77,)], restricted=True) == 1
    assert connector.restrict("c", [(1,)], restricted=False) == 1
    assert connector.rectify("c", (1,), {"name": "Åsa 💥", "born": "1981-03-01"}) == 1
    assert connector.rectify("c", (77,), {"name": "Åsa"}) == 0
    assert asked(people, "select name, cast(born as char), status from person where id = 1") == [
        ("Åsa 💥", "1981-03-01", "active")
    ]


@pytest.mark.parametrize(
    ("type_", "value"),
    [("float", 0.1), ("double", 0.1), ("json", '{"a": 1.10}'), ("boolean", True),
     ("timestamp", "2026-01-31T12:00:00+00:00"), ("time", "12:30"), ("text", None),
     ("datetime", "2026-01-31 12:00"), ("decimal(9,2)", "199"), ("char(9)", "Åsa"), ("year", 1980)],
)  # fmt: skip
def test_a_correction_is_known_again_in_a_column_of_any_type(people, source, type_, value):
    people.query(f"alter table person add other {type_} null")
    connector = source(PERSON + 'rectify = ["other"]\n')
    assert connector.rectify("c", (2,), {"other": value}, whose=C1) == 1
    if value is not None:
        people.query("update person set other = null")
        people.query("create trigger undoes before update on person for each row set new.other = old.other")
        with pytest.raises(SourceGarbage, match="not-kept"):
            connector.rectify("c", (2,), {"other": value}, whose=C1)


def test_a_restriction_leaves_alone_what_is_somebody_elses_by_now(people, source):
    connector = source(
        PERSON + 'restrict = { set = { status = "restricted" }, lift = { status = "active" } }\n'
    )
    people.query("update person set customer = 'C7' where id = 3")
    assert [connector.restrict("c", [(2,), (3,), (77,)], restricted=True, whose=C1) for _ in range(2)] == [
        1,
        1,
    ]
    assert asked(people, "select id from person where status = 'restricted'") == [(2,)]


def test_a_value_too_long_or_of_no_such_kind_is_refused_and_not_cut(people, source):
    people.query("set global sql_mode = ''")
    try:
        connector = source(PERSON + 'rectify = ["phone", "born", "status"]\n')
        for values in ({"phone": "+" + "4" * 20}, {"born": "2026-02-31"}, {"status": "gone"}):
            with pytest.raises(SourceMisconfigured):
                connector.rectify("c", (1,), values)
    finally:
        people.query("set global sql_mode = default")
    assert asked(people, "select phone, cast(born as char), status from person where id = 1") == [
        ("+461", "1980-02-29", "active")
    ]


def test_a_table_without_transactions_can_be_erased_again_until_it_is_done_and_is_told(people, source):
    people.query("alter table person engine = myisam")
    assert source().erase("c", [(1,), (2,)], dry_run=False) == 2
    assert source().remaining("c", [(1,), (2,)]) == 0
    assert "no-transactions" in survey(source(), "c")[1]


ROWS = "insert into t (id, customer, name) values (1, 'C1', 'Name 1'), (2, 'C1', 'Name 2')"
T = "create table t (id bigint primary key, customer varchar(20), name varchar(50)%s) collate utf8mb4_general_ci"
TOWN = "create table town (name varchar(50) primary key) collate utf8mb4_general_ci"
IN_TOWN = "alter table t add constraint in_town foreign key (name) references town (name)"
STAYS = (
    "create trigger stays before update on t for each row signal sqlstate '45000' set message_text = 'Name 1'"
)
UNDOES = "create trigger undoes before update on t for each row set new.name = old.name"


@pytest.mark.parametrize(
    ("made", "then", "way", "reason"),
    [
        (T % ", unique one_name (customer, name)", (), 'name = { constant = "x" }', "unique: one_name"),
        (T.replace("bigint primary key", "bigint unique not null").replace("(50)", "(50) primary key") % "", (),
         'name = { constant = "x" }', "unique: PRIMARY"),
        (T.replace("varchar(50)", "varchar(6)") % "", (), 'name = { constant = "too long" }', "too-short: crm.t.name"),
        (T % ", constraint named check (name like 'Name%')", (), 'name = { constant = "x" }', "rule: named"),
        (T.replace("varchar(50)", "enum('Name 1', 'Name 2')") % "", (), 'name = { constant = "x" }', "value: name"),
        (T % ", b varchar(50) as (name) stored", (), 'b = { constant = "x" }', "generated: crm.t.b"),
        (T % "", (TOWN, "insert into town values ('Name 1'), ('Name 2')", IN_TOWN), 'name = { constant = "x" }',
         "no-parent: in_town"),
        (T % "", (STAYS,), 'name = "null"', "rule: 1644"),
        (T % "", (UNDOES,), 'name = "null"', "not-kept: crm.t"),
    ],
)  # fmt: skip
def test_what_the_database_would_refuse_is_told_by_the_dry_run(people, source, made, then, way, reason):
    for statement in (made, ROWS, *then):
        people.query(statement)
    connector = source(ANONYMISE.replace("crm.person", "crm.t") + way)
    with pytest.raises(SourceMisconfigured, match=reason):
        connector.erase("c", [(1,), (2,)], dry_run=True)
    assert asked(people, "select name from t order by id") == [("Name 1",), ("Name 2",)]


def test_a_check_that_fails_is_no_source_that_is_down(people, source):
    people.query(T % ", constraint named check (name like 'Name%')")
    people.query(ROWS)
    connector = source(PERSON.replace("crm.person", "crm.t") + 'rectify = ["name"]\n')
    with pytest.raises(SourceMisconfigured, match="rule"):
        connector.rectify("c", (1,), {"name": "Åsa"})


def test_what_the_database_takes_is_counted_and_taken_back(people, source):
    connector = source(ANONYMISE + 'name = { constant = "erased" }\nmail = "keyed-hash"\n')
    before = asked(people, "select * from person order by id")
    assert connector.erase("c", [(1,), (2,), (99,)], dry_run=True, whose=C1) == 1
    assert asked(people, "select * from person order by id") == before


def test_rows_that_refer_to_it_do_not_stop_the_dry_run_since_they_go_first(people, source):
    people.query("create table bill (mail varchar(60), foreign key (mail) references person (mail)) "
                 "collate utf8mb4_general_ci")  # fmt: skip
    people.query("insert into bill values ('1@x.se')")
    connector = source(ANONYMISE + 'mail = "null"\n')
    assert connector.erase("c", [(1,), (2,)], dry_run=True) == 2
    with pytest.raises(SourceMisconfigured, match="constraint: bill_ibfk_1"):
        connector.erase("c", [(1,), (2,)], dry_run=False)


BEHIND_A_VIEW = "alter table person rename base; create view person as select * from base"


@pytest.mark.parametrize(
    "keeps", ["alter table person engine = myisam", "alter table person engine = aria", BEHIND_A_VIEW]
)
def test_what_could_not_be_taken_back_is_not_tried(people, source, keeps):
    for statement in keeps.split("; "):
        people.query(statement)
    connector = source(ANONYMISE + 'name = { constant = "erased" }\n')
    assert connector.erase("c", [(1,), (2,)], dry_run=True) == 2
    assert asked(people, "select count(*) from person where name = 'erased'") == [(0,)]
