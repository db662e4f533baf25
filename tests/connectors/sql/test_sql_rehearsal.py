"""The dry run of anonymising: what the database would refuse is told before anything is touched, and nothing stays."""

import sqlite3

import psycopg
import pytest

from connectors.contract.base import Identifier, SourceDown, SourceMisconfigured
from connectors.sql.changing import rehearsal

SOURCE = 'kind = "sql"\nurl = "env:CRM"\nhash_key = "env:KEY"\n'
HEAD = 'key_columns = ["id"]\nfind = { customer_no = "customer" }\non_erase = "anonymise"\n'
KEYS = [(1,), (2,)]
VIEW = "alter table t rename to base; create view t as select * from base"
TOWNS = """create table town (name text primary key); insert into town values ('Name 1'), ('Name 2');
alter table t add constraint in_town foreign key (name) references town"""
ANY_CASE = "create unique index any_case on t (lower(name))"
GROUPED = (
    "alter table t rename to base; create view t as select id, customer, name from base group by 1, 2, 3"
)


def table(more: str = "", then: str = "") -> str:
    return f"create table t (id int primary key, customer text, name text{more}); {then}"


def trigger(body: str) -> str:
    return f"""create function answer() returns trigger language plpgsql as $$begin {body}; end$$;
    create trigger answered before update on t for each row execute function answer()"""


@pytest.fixture
def described(connecting, crm_url):
    def make(way, source=SOURCE):
        collection = f'table = "crm.t"\n{HEAD}[source.collection.anonymise]\n{way}\n'
        return connecting(source, collection, CRM=crm_url, KEY="pepper")

    return make


def filled(crm: psycopg.Connection, ddl: str) -> psycopg.Connection:
    made, _, then = ddl.partition(";")
    crm.execute(made)
    crm.execute("insert into t (id, customer, name) values (1, 'C1', 'Name 1'), (2, 'C1', 'Name 2')")
    crm.execute(then)
    return crm


def rows(crm: psycopg.Connection) -> list[tuple[object, ...]]:
    return crm.execute("select id, customer, name from t order by id").fetchall()


@pytest.mark.parametrize(
    ("ddl", "way", "reason"),
    [
        (table(", constraint one_name unique (customer, name)"), 'name = { constant = "x" }', "unique: one_name"),
        (table(then=ANY_CASE), 'name = { constant = "x" }', "unique: any_case"),
        (table(", constraint no_null unique nulls not distinct (customer, name)"), 'name = "null"', "unique: no_null"),
        (table(", constraint late unique (customer, name) deferrable initially deferred"), 'name = { constant = "x" }',
         "unique: late"),
        (table(", constraint apart exclude (name with =)"), 'name = { constant = "x" }', "unique: apart"),
        ("create table t (id int unique not null, customer text, name text constraint by_name primary key)",
         'name = { constant = "x" }', "unique: by_name"),
        (table(" not null", VIEW), 'name = "null"', "not-null: crm.base.name"),
        (table(" constraint one_name unique", VIEW), 'name = { constant = "x" }', "unique: one_name"),
        (table(" constraint named check (name like 'Name%')"), 'name = { constant = "x" }', "rule: named"),
        (table(" constraint named check (name is not null)"), 'name = "null"', "rule: named"),
        (table(then=TOWNS), 'name = { constant = "x" }', "no-parent: in_town"),
        (table(", b text generated always as (name) stored"), 'b = { constant = "x" }', "generated: crm.t.b"),
        (table(", b text generated always as (name) stored", VIEW), 'b = { constant = "x" }', "generated"),
        (table().replace("name text", "name char(6)"), 'name = { constant = "too long" }', "too-short: crm.t.name"),
        (table(", n int default 1"), 'n = { constant = "x" }', "value: crm.t.n"),
        (table(then=GROUPED), 'name = "null"', "not-changeable"),
        (table(then=trigger("raise 'never'")), 'name = "null"', "rule"),
        (table(then=trigger("return old")), 'name = "null"', "not-kept: crm.t"),
        (table().replace("name text", "name char(40)"), 'name = "keyed-hash"', "not-kept: crm.t"),
    ],
)  # fmt: skip
def test_what_the_database_would_refuse_is_told_by_the_dry_run(crm, described, ddl, way, reason):
    filled(crm, ddl)
    before = rows(crm)
    source = described(way)
    with pytest.raises(SourceMisconfigured, match=reason):
        source.erase("c", KEYS, dry_run=True)
    assert rows(crm) == before


def test_what_the_database_takes_is_counted_and_taken_back(crm, described):
    filled(crm, table(", mail text default 'a@x'"))
    crm.execute("create table log (what text)")
    crm.execute("create function note() returns trigger language plpgsql as $$begin"
                " insert into crm.log values (new.name); return new; end$$")  # fmt: skip
    crm.execute("create trigger noted after update on t for each row execute function note()")
    source = described('name = { constant = "erased" }\nmail = "keyed-hash"')
    anna = [Identifier("customer_no", "C1")]
    assert source.erase("c", [*KEYS, (3,)], dry_run=True, whose=anna) == 2
    assert source.erase("c", KEYS, dry_run=True, whose=[Identifier("customer_no", "C2")]) == 0
    assert crm.execute("select name, mail from t order by id").fetchall() == [
        ("Name 1", "a@x"),
        ("Name 2", "a@x"),
    ]
    assert crm.execute("select count(*) from log").fetchone() == (0,)
    assert source.erase("c", KEYS, dry_run=False, whose=anna) == 2
    assert source.erase("c", KEYS, dry_run=True, whose=anna) == 0
    assert crm.execute("select count(*) from log").fetchone() == (2,)


def test_what_finds_a_row_may_be_what_is_taken_from_it(crm, described):
    filled(crm, table())
    source = described('customer = "keyed-hash"')
    assert source.erase("c", KEYS, dry_run=True, whose=[Identifier("customer_no", "C1")]) == 2


def test_rows_that_refer_to_it_do_not_stop_the_dry_run_since_they_go_first(crm, described):
    filled(crm, table(" unique"))
    crm.execute("create table bill (id int, name text constraint of_name references t (name))")
    crm.execute("insert into bill values (1, 'Name 1')")
    source = described('name = "null"')
    assert source.erase("c", KEYS, dry_run=True) == 2
    with pytest.raises(SourceMisconfigured, match="constraint: of_name"):
        source.erase("c", KEYS, dry_run=False)
    crm.execute("delete from bill")
    assert source.erase("c", KEYS, dry_run=False) == 2


def test_a_row_that_somebody_holds_is_waited_for_no_longer_than_the_time_out(crm, crm_url, described):
    filled(crm, table())
    with psycopg.connect(crm_url) as other:
        other.execute("update crm.t set name = 'held' where id = 1")
        with pytest.raises(SourceDown, match=r"timeout|busy"):
            described('name = "null"', SOURCE + "timeout = 1\n").erase("c", KEYS, dry_run=True)
        other.rollback()
    assert described('name = "null"').erase("c", KEYS, dry_run=True) == 2


def test_no_lock_outlasts_a_batch(crm, described, monkeypatch):
    crm.execute(table())
    crm.execute("insert into t select i, 'C1', 'N' from generate_series(1, 10001) i")
    tried, free = rehearsal.would_hit, []

    def watched(*args):
        with psycopg.connect(crm.info.dsn) as other:
            free.append(other.execute("select id from crm.t for update skip locked").rowcount)
        return tried(*args)

    monkeypatch.setattr(rehearsal, "would_hit", watched)
    assert described('name = "null"').erase("c", [(i,) for i in range(1, 10_002)], dry_run=True) == 10_001
    assert free == [10_001, 10_001]


def test_an_account_that_may_only_read_is_told(crm, crm_url, connecting):
    filled(crm, table())
    crm.execute("drop role if exists looking")
    crm.execute("create role looking login password 'x'")
    try:
        crm.execute("grant usage on schema crm to looking; grant select on t to looking")
        source = connecting(
            SOURCE, f'table = "crm.t"\n{HEAD}anonymise = {{ name = "null" }}\n', KEY="p", CRM=_as(crm_url, "looking")
        )  # fmt: skip
        with pytest.raises(SourceMisconfigured, match="denied"):
            source.erase("c", KEYS, dry_run=True)
    finally:
        crm.execute("drop owned by looking; drop role looking")


def _as(url: str, user: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{user}:x@{rest.rpartition('@')[2]}"


def test_what_another_kind_of_server_may_keep_is_not_tried(crm, described):
    filled(crm, table(" constraint named check (name like 'Name%')"))
    crm.execute("create foreign data wrapper odd; create server odd foreign data wrapper odd")
    try:
        crm.execute("create foreign table elsewhere (id int) server odd")
        assert described('name = { constant = "x" }').erase("c", KEYS, dry_run=True) == 2
    finally:
        crm.execute("drop foreign data wrapper odd cascade")


@pytest.fixture
def lite(folder, connecting):
    def make(ddl, way):
        with sqlite3.connect(folder / "crm.db") as database:
            database.executescript(ddl)
            database.execute(
                "insert into t (id, customer, name) values (1, 'C1', 'Name 1'), (2, 'C1', 'Name 2')"
            )
        source = SOURCE.replace("env:CRM", f"sqlite:///{folder}/crm.db")
        return connecting(source, f'table = "t"\n{HEAD}[source.collection.anonymise]\n{way}\n', KEY="pepper")

    return make


@pytest.mark.parametrize(
    ("ddl", "way", "reason"),
    [
        (table(", unique (customer, name)"), 'name = { constant = "x" }', "unique: t.customer, t.name"),
        (table(then=ANY_CASE), 'name = { constant = "x" }', r"unique: .*any_case"),
        (table(" constraint named check (name like 'Name%')"), 'name = { constant = "x" }', "rule: named"),
        (table(", b text generated always as (name)"), 'b = { constant = "x" }', "generated: t.b"),
        (table(then="create trigger never before update on t begin select raise(abort, 'Name 1 stays'); end"),
         'name = "null"', "rule: SQLITE_CONSTRAINT_TRIGGER"),
        (table(then="create trigger undo after update on t begin update t set name = old.name where id = old.id; end"),
         'name = "null"', "not-kept: t"),
    ],
)  # fmt: skip
def test_what_sqlite_would_refuse_is_told_by_the_dry_run(folder, lite, ddl, way, reason):
    source = lite(ddl, way)
    with pytest.raises(SourceMisconfigured, match=reason):
        source.erase("c", KEYS, dry_run=True)
    with sqlite3.connect(folder / "crm.db") as database:
        assert database.execute("select name from t").fetchall() == [("Name 1",), ("Name 2",)]


def test_what_sqlite_takes_is_counted_and_taken_back(folder, lite):
    source = lite(table(), 'name = { constant = "erased" }')
    assert source.erase("c", KEYS, dry_run=True) == 2
    with sqlite3.connect(folder / "crm.db") as database:
        assert database.execute("select name from t").fetchall() == [("Name 1",), ("Name 2",)]
    assert source.erase("c", KEYS, dry_run=False) == 2
