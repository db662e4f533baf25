"""One kind of identifier that either of two columns may hold: the caller's number, or the called."""

import json
import sqlite3

import duckdb
import pytest
from deltalake import write_deltalake

from connectors.contract.base import Identifier, SourceGarbage
from connectors.description.config import FilesCollection
from connectors.rows.handed import Unreadable, refuse_foreign
from tests.systems.api_server import Reply

CALLS = 'key_columns = ["id"]\nfind = { msisdn = { any_of = ["a", "b"], written = "digits" } }\n'
COLUMNS = ("id", "a", "b")
ROWS = [
    ("1", "461", "462"),
    ("2", "463", "461"),
    ("3", "462", "463"),
    ("4", "461", "461"),
    ("5", None, "461"),
]
ME = "+461"


def values():
    return "(values " + ", ".join(f"('{i}', {a}, {b})" for i, a, b in quoted()) + ")"


def quoted():
    return [(i, *("null" if one is None else f"'{one}'" for one in numbers)) for i, *numbers in ROWS]


def mine(lines):
    return sorted(json.loads(line)["id"] for line in lines)


@pytest.fixture
def reached(connecting, folder, crm, crm_url):
    """A connector for each kind of system that holds these calls."""
    crm.execute(
        f"create table call as select * from {values()} as t(id, a, b); alter table call add primary key (id)"
    )
    with sqlite3.connect(folder / "crm.sqlite") as lite:
        lite.execute("create table call (id text primary key, a text, b text)")
        lite.executemany("insert into call values (?, ?, ?)", ROWS)
    table = duckdb.sql(f"from {values()} as t(id, a, b)")
    for ending in ("parquet", "csv"):
        duckdb.execute(f"copy (from {values()} as t(id, a, b)) to '{folder}/x.{ending}'")
    (folder / "x.jsonl").write_text(
        "\n".join(json.dumps(dict(zip(COLUMNS, row, strict=True))) for row in ROWS)
    )
    write_deltalake(folder / "delta", table.to_arrow_table())
    files = [f'table = "x.{ending}"\n' for ending in ("parquet", "csv", "jsonl")]
    bases = {"crm.call": crm_url, "call": f"sqlite:///{folder}/crm.sqlite"}
    return [
        *(
            connecting('kind = "sql"\nurl = "env:URL"\n', CALLS + f'table = "{name}"\n', URL=url)
            for name, url in bases.items()
        ),
        *(
            connecting(f'kind = "files"\npath = "{folder}"\n', CALLS + keys)
            for keys in (*files, 'format = "delta"\ntable = "delta"\n')
        ),
    ]


def test_a_row_is_found_by_either_and_given_once(reached, everything):
    for connector in reached:
        assert mine(everything(connector, [Identifier("msisdn", ME)], 2)) == ["1", "2", "4", "5"]
        assert connector.count("c", [Identifier("msisdn", ME)]) in (4, None)


def test_rows_of_an_api_name_the_person_in_either(connecting, api):
    api.answer = lambda _: Reply([dict(zip(COLUMNS, row, strict=True)) for row in given])
    connector = connecting(
        f'kind = "http"\nbase_url = "{api.url}"\n',
        CALLS + 'path = "/calls"\nparams = { number = "{msisdn}" }\n',
    )
    given = [row for row in ROWS if "461" in row]
    assert mine(connector.read("c", [Identifier("msisdn", ME)], None, 9).lines) == ["1", "2", "4", "5"]
    given = ROWS
    with pytest.raises(SourceGarbage, match="foreign-row"):
        connector.read("c", [Identifier("msisdn", ME)], None, 9)


def test_so_do_rows_that_an_owner_hands_over(describe):
    collection = describe('kind = "files"\npath = "/x"\n', CALLS + 'table = "x.csv"\n').collection[0]
    assert isinstance(collection, FilesCollection)
    lines = [json.dumps(dict(zip(COLUMNS, row, strict=True))).encode() for row in ROWS]
    mine, foreign = [*lines[:2], *lines[3:]], lines[2:3]
    refuse_foreign(collection, mine, [Identifier("msisdn", ME)], None)
    with pytest.raises(Unreadable):
        refuse_foreign(collection, foreign, [Identifier("msisdn", ME)], None)
