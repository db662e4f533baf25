"""What a case would fail at fails when a source is checked, on every database and format that runs here."""

import sqlite3
from pathlib import Path

import duckdb
import pytest

from connectors.rehearsal import rehearse
from connectors.survey import Unusable, survey
from tests.systems.api_server import Reply

ZONE = 'time_zone = "Europe/Stockholm"\n'
CALLS = (
    'table = "call"\nkey_columns = ["id"]\nfind = { msisdn = "msisdn", ref = ["region", "no"] }\nat = "at"\n'
    'on_erase = "delete"\n'
)
FILES = CALLS.replace('"call"', '"PATTERN"')
TABLE = "create table call (id int primary key, msisdn varchar(20), region varchar(9), no int, at {at})"
ROW = "insert into call values (1, '+461', 'N', 7, '2026-03-01 12:00:00')"


def surveyed(connector):
    return survey(connector.source, connector)


def sql(connecting, url, collection=CALLS):
    return connecting(f'kind = "sql"\nurl = "env:URL"\n{ZONE}', collection, URL=url)


@pytest.fixture
def pg(connecting, crm, crm_url):
    def made(at, rows=True, collection=CALLS):
        crm.execute("drop table if exists call")
        crm.execute(TABLE.format(at=at))
        if rows:
            crm.execute(ROW)
        return sql(connecting, crm_url, collection.replace('"call"', '"crm.call"'))

    return made


@pytest.fixture
def lite(connecting, tmp_path):
    with sqlite3.connect(tmp_path / "crm.sqlite") as base:
        base.execute(TABLE.format(at="datetime"))
        base.execute(ROW)
    return sql(connecting, f"sqlite:///{tmp_path}/crm.sqlite")


def test_nothing_is_changed_and_nothing_left_unsaid(pg, lite, crm):
    for connector in (pg("timestamp"), lite):
        assert list(rehearse(connector, connector.source.collection[0])) == []
    assert crm.execute("select count(*) from call").fetchone() == (1,)
    (empty,) = surveyed(pg("timestamp", rows=False))
    assert "no-rows" in empty.hints


@pytest.mark.mariadb
def test_so_it_is_on_mariadb(connecting, shop, mariadb):
    for statement in (TABLE.format(at="datetime"), ROW):
        shop.query(statement.replace(" call ", " `call` "))
    connector = sql(connecting, mariadb.url(), CALLS)
    assert list(rehearse(connector, connector.source.collection[0])) == []


def test_a_time_that_no_interval_is_compared_with(pg):
    """Its rows can be read, and their times too: only a case with an interval asks the database to compare."""
    with pytest.raises(Unusable, match="at-type: at"):
        surveyed(pg("text"))


def test_a_row_that_has_no_moment_to_read(pg):
    yields = 'yields = [{ kind = "x", column = "msisdn", from = "region" }]\n'
    with pytest.raises(Unusable, match="not-a-moment"):
        surveyed(pg("timestamp", collection=CALLS + yields))


def parquet(folder, *names):
    for name in names:
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.execute(
            "copy (select 1 as id, '+461' as msisdn, 'N' as region, 7 as no, timestamp '2026-03-01' as at) "
            f"to '{path}' (format parquet)"
        )


YEARS = ("year=2026/month=01/a.parquet", "year=2026/month=02/b.parquet")
MONTHS = ("month=2026-01/a.parquet", "month=2026-02/b.parquet")


@pytest.mark.parametrize(
    ("names", "pattern", "partition", "told"),
    [
        (MONTHS, "month=*/*.parquet", 'partition = "month"\n', []),
        ((*MONTHS, "month=new/c.parquet"), "month=*/*.parquet", 'partition = "month"\n', []),
        (YEARS, "year=*/month=*/*.parquet", "", ["opens-all:2"]),
        (("a.parquet", "b.parquet"), "*.parquet", "", []),
    ],
)
def test_what_every_person_costs_is_told(connecting, folder, names, pattern, partition, told):
    parquet(folder, *names)
    keys = FILES.replace("PATTERN", pattern) + partition
    (found,) = surveyed(connecting(f'kind = "files"\npath = "{folder}"\n{ZONE}', keys))
    assert list(found.hints) == told


def test_folders_that_leave_no_file_out(connecting, folder):
    parquet(folder, *YEARS)
    keys = FILES.replace("PATTERN", "year=*/month=*/*.parquet") + 'partition = "month"\n'
    with pytest.raises(Unusable, match="no-pruning: no folder is named as month=2026-11"):
        surveyed(connecting(f'kind = "files"\npath = "{folder}"\n{ZONE}', keys))


CUSTOMERS = (
    'path = "/customers/{customer_no}"\nkey_columns = ["ID"]\nfind = { customer_no = "customer_no" }\n'
    'yields = [{ kind = "msisdn", column = "number" }]\n'
)
PERSON = 'test_person = { customer_no = "TEST-1" }\n'


@pytest.mark.parametrize(
    ("columns", "person", "fault", "hints"),
    [
        ({"id": 1}, "", None, ["not-rehearsed:customer_no"]),
        ({"id": 1}, PERSON, "no-key: ID", []),
        ({"ID": 1, "number": "+461"}, PERSON, None, []),
        ({"ID": 1}, PERSON, None, ["column-unseen:number"]),
    ],
    ids=["nobody to ask about", "a key it lacks", "as described", "a column it lacks"],
)
def test_an_api_is_asked_about_its_test_person(connecting, api, columns, person, fault, hints):
    api.answer = lambda _: Reply([{"customer_no": "TEST-1", **columns}])
    connector = connecting(f'kind = "http"\nbase_url = "{api.url}"\n{person}', CUSTOMERS)
    if fault:
        with pytest.raises(Unusable, match=fault):
            surveyed(connector)
    else:
        assert list(surveyed(connector)[0].hints) == hints
