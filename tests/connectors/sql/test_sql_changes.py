"""Erasing, anonymising, restricting, correcting and suppressing in a PostgreSQL database."""

import psycopg
import pytest

from connectors.contract.base import Identifier, SourceGarbage, SourceMisconfigured

SOURCE = 'kind = "sql"\nurl = "env:CRM"\ntime_zone = "Europe/Stockholm"\nhash_key = "env:KEY"\n'
PERSON = 'table = "crm.person"\nkey_columns = ["id"]\nfind = { customer_no = "customer" }\n'
DELETE = PERSON + 'on_erase = "delete"\n'


@pytest.fixture
def people(crm: psycopg.Connection) -> psycopg.Connection:
    crm.execute(
        """create table person (id bigint primary key, customer text, name text, mail text unique,
        phone varchar(12), status text not null default 'active', ads boolean default true, tv boolean default true)"""
    )
    crm.execute(
        """insert into person select i, 'C' || i / 2, 'Name ' || i, i || '@x.se', '+46' || i
        from generate_series(1, 9) i"""
    )
    return crm


@pytest.fixture
def connector(people, connecting, crm_url):
    def make(collection):
        return connecting(SOURCE, collection, CRM=crm_url, KEY="pepper")

    return make


def ids(people: psycopg.Connection) -> list[int]:
    return [row[0] for row in people.execute("select id from person order by id")]


def test_erasing_takes_the_rows_with_these_keys_and_no_others(people, connector):
    source = connector(DELETE)
    assert source.erase("c", [(2,), (3,), (3,), (99,)], dry_run=True) == 2
    assert ids(people) == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert source.remaining("c", [(2,), (3,), (99,)]) == 2
    assert source.erase("c", [(2,), (3,), (3,), (99,)], dry_run=False) == 2
    assert ids(people) == [1, 4, 5, 6, 7, 8, 9]
    assert source.remaining("c", [(2,), (3,), (99,)]) == 0


def test_erasing_again_does_nothing(connector):
    source = connector(DELETE)
    assert [source.erase("c", [(1,), (2,)], dry_run=False) for _ in range(3)] == [2, 0, 0]
    assert source.erase("c", [], dry_run=False) == 0


def test_more_keys_than_a_batch_take_few_statements(people, connector):
    people.execute("insert into person select i, 'C', 'N', null, null from generate_series(100, 30099) i")
    before = _transactions(people)
    assert connector(DELETE).erase("c", [(i,) for i in range(100, 30_100)], dry_run=False) == 30_000
    assert _transactions(people) - before < 1000


def _transactions(people: psycopg.Connection) -> int:
    people.execute("select pg_stat_force_next_flush()")
    row = people.execute(
        "select xact_commit from pg_stat_database where datname = current_database()"
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_rows_with_keys_of_several_columns(people, connecting, crm_url):
    people.execute(
        "create table line (invoice text, no numeric(6,1), day date, primary key (invoice, no, day))"
    )
    people.execute(
        "insert into line select i, n + 0.5, '2026-01-01' from unnest(array['a', 'b']) i, generate_series(1, 3) n"
    )
    collection = 'table = "crm.line"\nkey_columns = ["no", "invoice", "day"]\non_erase = "delete"'
    source = connecting(SOURCE, collection, CRM=crm_url, KEY="pepper")
    assert (
        source.erase(
            "c",
            [("1.5", "a", "2026-01-01"), ("2.5", "b", "2026-01-01"), ("9.5", "b", "2026-01-01")],
            dry_run=False,
        )
        == 2
    )
    left = people.execute("select invoice, no::text from line order by 1, 2").fetchall()
    assert left == [("a", "2.5"), ("a", "3.5"), ("b", "1.5"), ("b", "3.5")]


def test_a_row_that_others_refer_to_stops_the_erasure_with_the_constraints_name(people, connector):
    people.execute("create table bill (id int, person bigint constraint bill_of_person references person)")
    people.execute("insert into bill values (1, 2)")
    with pytest.raises(SourceMisconfigured, match="constraint: bill_of_person"):
        connector(DELETE).erase("c", [(1,), (2,)], dry_run=False)
    assert 1 in ids(people)


ANONYMISE = PERSON + 'on_erase = "anonymise"\n[source.collection.anonymise]\n'


def test_anonymising_writes_nothing_a_constant_or_a_hash(people, connector):
    source = connector(ANONYMISE + 'phone = "null"\nname = { constant = "erased" }\nmail = "keyed-hash"\n')
    assert source.erase("c", [(1,), (2,)], dry_run=True) == 2
    assert source.erase("c", [(1,), (2,)], dry_run=False) == 2
    rows = people.execute(
        "select phone, name, mail, customer from person where id < 4 order by id"
    ).fetchall()
    assert [(phone, name) for phone, name, _, _ in rows] == [
        (None, "erased"),
        (None, "erased"),
        ("+463", "Name 3"),
    ]
    assert rows[0][2] != rows[1][2]
    assert all(mail.startswith("anon-") and len(mail) == 37 for _, _, mail, _ in rows[:2])
    assert source.remaining("c", [(1,), (2,), (3,)]) == 1


def test_anonymising_again_changes_nothing(people, connector):
    source = connector(ANONYMISE + 'mail = "keyed-hash"\nphone = "null"\n')
    source.erase("c", [(1,)], dry_run=False)
    before = people.execute("select * from person where id = 1").fetchone()
    assert source.erase("c", [(1,)], dry_run=False) == 0
    assert people.execute("select * from person where id = 1").fetchone() == before


def test_a_column_that_was_filled_again_is_hashed_without_touching_the_others(people, connector):
    source = connector(ANONYMISE + 'mail = "keyed-hash"\nname = "keyed-hash"\n')
    source.erase("c", [(1,)], dry_run=False)
    before = people.execute("select mail from person where id = 1").fetchone()
    people.execute("update person set name = 'Anna' where id = 1")
    assert source.remaining("c", [(1,)]) == 1
    assert source.erase("c", [(1,)], dry_run=False) == 1
    assert people.execute("select mail from person where id = 1").fetchone() == before
    assert source.remaining("c", [(1,)]) == 0


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ('status = "null"', "not-null: crm.person.status"),
        ('mail = { constant = "x" }', "unique: crm.person.mail"),
        ('phone = "keyed-hash"', "too-short: crm.person.phone"),
        ('ads = "keyed-hash"', "not-text: crm.person.ads"),
    ],
)
def test_the_dry_run_reports_a_column_that_cannot_take_it(people, connector, way, reason):
    source = connector(ANONYMISE + way)
    with pytest.raises(SourceMisconfigured, match=reason):
        source.erase("c", [(1,)], dry_run=True)
    with pytest.raises(SourceMisconfigured, match=reason):
        source.check()


def test_an_objection_sets_the_columns_of_its_channel_and_is_asked_for_again(people, connector):
    source = connector(
        PERSON
        + '[[source.collection.suppress]]\nchannels = ["tv-ads"]\nset = { tv = false }\n'
        + "[[source.collection.suppress]]\nset = { ads = false }\n"
    )
    person = [Identifier("customer_no", "C1")]
    assert source.unsuppressed("c", person, "marketing") == 2
    assert source.suppress("c", person, "marketing") == 2
    assert source.suppress("c", person, "marketing") == 2
    assert source.unsuppressed("c", person, "marketing") == 0
    assert source.unsuppressed("c", person, "tv-ads") == 2
    assert people.execute("select count(*) from person where not ads").fetchone() == (2,)
    people.execute("update person set ads = true where id = 2")
    assert source.unsuppressed("c", person, "marketing") == 1


def test_restricting_and_lifting(people, connector):
    source = connector(
        PERSON + 'restrict = { set = { status = "restricted" }, lift = { status = "active" } }\n'
    )
    assert source.restrict("c", [(1,), (2,), (77,)], restricted=True) == 2
    assert people.execute("select count(*) from person where status = 'restricted'").fetchone() == (2,)
    assert source.restrict("c", [(1,)], restricted=False) == 1
    assert people.execute("select id from person where status = 'restricted'").fetchall() == [(2,)]


RESTRICTED = PERSON + 'restrict = { set = { status = "restricted" }, lift = { status = "active" } }\n'
C1 = [Identifier("customer_no", "C1")]


def statuses(people: psycopg.Connection) -> dict[int, str]:
    return dict(people.execute("select id, status from person where id < 4").fetchall())


def test_a_restriction_leaves_alone_what_is_somebody_elses_by_now(people, connector):
    source = connector(RESTRICTED)
    people.execute("update person set customer = 'C7' where id = 3")
    assert source.restrict("c", [(2,), (3,), (77,)], restricted=True, whose=C1) == 1
    assert statuses(people) == {1: "active", 2: "restricted", 3: "active"}
    people.execute("update person set status = 'restricted' where id = 3")
    assert [source.restrict("c", [(2,), (3,)], restricted=False, whose=C1) for _ in range(2)] == [1, 1]
    assert statuses(people) == {1: "active", 2: "active", 3: "restricted"}


UNDOES = (
    "create function undo() returns trigger language plpgsql as 'begin new := old; return new; end';"
    "create trigger undoes before update on person for each row when (old.id = 2) execute function undo()"
)


def test_a_row_that_does_not_say_what_was_ordered_is_a_fault(people, connector):
    source = connector(RESTRICTED + 'rectify = ["name"]\n')
    people.execute(UNDOES)
    with pytest.raises(SourceGarbage, match="not-kept: 1 rows"):
        source.restrict("c", [(2,), (3,)], restricted=True, whose=C1)
    with pytest.raises(SourceGarbage, match="not-kept"):
        source.rectify("c", (2,), {"name": "Åsa"}, whose=C1)


def test_what_was_corrected_may_be_what_found_the_row(people, connector):
    source = connector(PERSON.replace("}", ', mail = "mail" }') + 'rectify = ["mail"]\n')
    whose = [Identifier("mail", "2@x.se")]
    assert [source.rectify("c", (2,), {"mail": "new@x.se"}, whose=whose) for _ in range(2)] == [1, 1]
    assert source.rectify("c", (3,), {"mail": "other@x.se"}, whose=whose) == 0
    assert people.execute("select mail from person where id in (2, 3) order by id").fetchall() == [
        ("new@x.se",), ("3@x.se",)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "value"),
    [("real", 0.1), ("json", '{"a": 1.10}'), ("jsonb", '{"a": 1.10}'), ("boolean", True), ("char(9)", "Åsa"),
     ("timestamptz", "2026-01-31 12:00"), ("numeric(9,2)", "199"), ("point", "(1,2)"), ("text", None)],
)  # fmt: skip
def test_a_correction_is_known_again_in_a_column_of_any_type(people, connector, type_, value):
    people.execute(f"alter table person add other {type_}")
    source = connector(PERSON + 'rectify = ["other"]\n')
    assert source.rectify("c", (2,), {"other": value}, whose=C1) == 1


def test_only_named_columns_can_be_corrected(people, connector):
    source = connector(PERSON + 'rectify = ["name"]\n')
    assert source.rectify("c", (1,), {"name": "Åsa"}) == 1
    assert source.rectify("c", (77,), {"name": "Åsa"}) == 0
    with pytest.raises(SourceMisconfigured, match="not-rectifiable: mail"):
        source.rectify("c", (1,), {"mail": "x"})
    assert people.execute("select name from person where id = 1").fetchone() == ("Åsa",)


def test_what_is_not_configured_is_not_done(connector):
    source = connector(PERSON)
    for change in (
        lambda: source.erase("c", [(1,)], dry_run=False),
        lambda: source.restrict("c", [(1,)], restricted=True),
        lambda: source.suppress("c", [Identifier("customer_no", "C1")], "marketing"),
    ):
        with pytest.raises(SourceMisconfigured):
            change()
