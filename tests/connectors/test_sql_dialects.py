"""What is said to databases that are not at hand here: every value bound, and foreign look-alikes kept out."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, oracle
from sqlalchemy.engine import Dialect

from connectors.base import Identifier
from connectors.sql import values
from connectors.sql.fields import Field
from connectors.sql.matching import condition
from connectors.sql.shape import Shape

DIALECTS: dict[str, Dialect] = {
    "mysql": mysql.dialect(),
    "mssql": mssql.dialect(),
    "oracle": oracle.dialect(),
}
FIELDS = (
    Field("id", "INTEGER", "integer"),
    Field("no", "NUMERIC", "decimal"),
    Field("mail", "VARCHAR", "text", loose=True),
    Field("at", "DATETIME", "naive"),
)


def shape(dialect: str) -> Shape:
    origin = sa.table("call", *(sa.column(field.name) for field in FIELDS), schema="crm")
    return Shape(origin, FIELDS, tuple(field.name for field in FIELDS), dialect)


def compiled(dialect: str, clause: sa.ColumnElement[Any]) -> tuple[str, list[Any]]:
    ready = sa.select(sa.literal_column("1")).where(clause).compile(dialect=DIALECTS[dialect])
    return str(ready).replace("\n", " "), list(ready.params.values())


@pytest.fixture
def collection(describe):
    source = 'kind = "sql"\nurl = "env:X"\n'
    return describe(
        source, 'table = "crm.call"\nkey_columns = ["id"]\nfind = { email = "mail" }\nat = "at"\n'
    ).collection[0]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_identifiers_and_bounds_are_parameters(dialect, collection):
    person = Identifier("email", "a'; --@x", datetime(2026, 7, 1, tzinfo=UTC))
    clause = condition(shape(dialect), collection, [person], ZoneInfo("Europe/Stockholm"))
    assert clause is not None
    text, parameters = compiled(dialect, clause)
    assert "a'" not in text
    flat = [part for one in parameters for part in (one if isinstance(one, list) else [one])]
    assert "a'; --@x" in flat
    assert datetime(2026, 7, 1, 2) in flat


@pytest.mark.parametrize(
    ("dialect", "exactly"),
    [("mysql", "CAST(convert(crm.call.mail USING utf8mb4) AS BINARY)"),
     ("mssql", "crm.call.mail COLLATE Latin1_General_100_BIN2) + '.'")],
)  # fmt: skip
def test_where_a_equals_å_the_comparison_is_exact_as_well(dialect, exactly, collection):
    clause = condition(shape(dialect), collection, [Identifier("email", "asa@x")], None)
    assert clause is not None
    assert exactly in compiled(dialect, clause)[0].replace('"', "").replace("`", "")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_page_goes_on_after_a_key_of_two_columns(dialect):
    text, parameters = compiled(dialect, values.after(shape(dialect), ("no", "id"), ("1.50", 7)))
    assert text.count(">") == 2
    assert " OR " in text
    assert 7 in parameters


@pytest.mark.parametrize("dialect", DIALECTS)
def test_many_keys_are_one_condition(dialect):
    text, _ = compiled(dialect, values.with_keys(shape(dialect), ("id", "mail"), [(1, "a"), (2, "b")]))
    assert "call" in text
    assert "'a'" not in text
