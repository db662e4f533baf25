"""What is said to databases that are not at hand here: every value bound, and foreign look-alikes kept out."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, oracle, postgresql
from sqlalchemy.engine import Dialect

from connectors.contract.base import Identifier, SourceMisconfigured
from connectors.sql.changing import changes
from connectors.sql.reading import rendering
from connectors.sql.statement import moments, refusals, session, values
from connectors.sql.statement.fields import Field, described
from connectors.sql.statement.matching import condition
from connectors.sql.statement.shape import Shape

DIALECTS: dict[str, Dialect] = {
    "mysql": mysql.dialect(),
    "mssql": mssql.dialect(),
    "oracle": oracle.dialect(),
    "postgresql": postgresql.dialect(),
}
FOREIGN = ("mysql", "mssql", "oracle")
FIELDS = (
    Field("id", "INTEGER", "integer"),
    Field("no", "NUMERIC", "decimal"),
    Field("mail", "VARCHAR", "text", loose=True),
    Field("at", "DATETIME", "naive"),
    Field("zoned", "TIMESTAMP WITH TIME ZONE", "aware"),
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


@pytest.mark.parametrize("dialect", FOREIGN)
def test_identifiers_and_bounds_are_parameters(dialect, collection):
    person = Identifier("email", "a'; --@x", datetime(2026, 7, 1, tzinfo=UTC))
    clause = condition(shape(dialect), collection, [person], ZoneInfo("Europe/Stockholm"))
    assert clause is not None
    text, parameters = compiled(dialect, clause)
    assert "a'" not in text
    flat = [part for one in parameters for part in (one if isinstance(one, list) else [one])]
    assert "a'; --@x" in flat
    assert ("2026-07-01T02:00:00" if dialect == "mssql" else datetime(2026, 7, 1, 2)) in flat


@pytest.mark.parametrize(
    ("dialect", "exactly"),
    [("mysql", "CAST(convert(crm.call.mail USING utf8mb4) AS BINARY)"),
     ("mssql", "crm.call.mail COLLATE Latin1_General_100_BIN2) + '.'"),
     ("postgresql", "(CAST(crm.call.mail AS TEXT) COLLATE C) = ANY")],
)  # fmt: skip
def test_where_a_equals_å_the_comparison_is_exact_as_well(dialect, exactly, collection):
    clause = condition(shape(dialect), collection, [Identifier("email", "asa@x")], None)
    assert clause is not None
    assert exactly in compiled(dialect, clause)[0].replace('"', "").replace("`", "")


@pytest.mark.parametrize("dialect", FOREIGN)
def test_a_page_goes_on_after_a_key_of_two_columns(dialect):
    text, parameters = compiled(dialect, values.after(shape(dialect), ("no", "id"), ("1.50", 7)))
    assert text.count(">") == 2
    assert " OR " in text
    assert 7 in parameters


@pytest.mark.parametrize("dialect", FOREIGN)
def test_many_keys_are_one_condition(dialect):
    text, _ = compiled(dialect, values.with_keys(shape(dialect), ("id", "mail"), [(1, "a"), (2, "b")]))
    assert "call" in text
    assert "'a'" not in text


@pytest.mark.parametrize(("dialect", "told"), [("oracle", "to_char("), ("mssql", "convert(varchar(40)")])
def test_times_are_told_by_the_server_where_the_driver_would_shorten_them(dialect, told):
    text = str(sa.select(*rendering.selected(shape(dialect))).compile(dialect=DIALECTS[dialect]))
    assert text.count(told) == 2
    assert "FFTZH:TZM" in text or dialect == "mssql"


def test_an_instant_reaches_oracle_and_mysql_in_utc_and_sql_server_with_its_zone():
    moment = datetime(2026, 7, 1, 2, tzinfo=ZoneInfo("Europe/Stockholm"))
    for dialect, sent in (("oracle", datetime(2026, 7, 1)), ("mysql", datetime(2026, 7, 1)),
                          ("mssql", "2026-07-01T02:00:00+02:00")):  # fmt: skip
        one = shape(dialect)
        field = one.field("zoned")
        bound = moments.time_bound(one, field, moment, None)
        text, parameters = compiled(dialect, moments.instant(one, field, one.column("zoned")) >= bound)
        assert parameters == [sent]
        assert ("sys_extract_utc" in text) is (dialect == "oracle")


@pytest.mark.parametrize("dialect", FOREIGN)
def test_no_word_for_true_or_false_is_needed_and_changes_are_exact(dialect):
    one = shape(dialect)
    match = changes.owned(one, values.with_keys(one, ("id",), [(1,)]), None)
    assert "1 = 0" in compiled(dialect, match)[0]
    text, _ = compiled(dialect, changes.differing(one, match, {"mail": "x", "no": None}))
    assert "IS NOT NULL" in text
    assert "DISTINCT" not in text


@pytest.mark.parametrize("dialect", ["trino", "snowflake", "clickhousedb", "mssql", "sqlite"])
def test_only_who_can_lock_rows_is_asked_to(dialect):
    assert dialect not in changes.LOCKING


def test_orders_of_another_language_lose_no_row_in_oracle():
    said = session.statements(oracle.dialect(), 60, "UTC", write=False)
    assert "NLS_SORT = BINARY NLS_COMP = BINARY" in said[0]
    assert said[1] == "SET TRANSACTION READ ONLY"


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("trino://u@h/c", "trino[sqlalchemy]"),
        ("snowflake://u@a/d", "snowflake-sqlalchemy"),
        ("clickhouse://h/d", "clickhouse-connect[sqlalchemy]"),
        ("oracle://u@h/d", "oracledb"),
        ("mssql://u@h/d", "pymssql"),
    ],
)
def test_a_database_whose_driver_is_not_installed_is_named_with_the_package(connecting, url, package):
    connector = connecting('kind = "sql"\nurl = "env:X"\n', 'table = "t"\nkey_columns = ["id"]\n', X=url)
    with pytest.raises(SourceMisconfigured) as caught:
        connector.check()
    assert f"pip install '{package}'" in caught.value.detail


@pytest.mark.parametrize(
    ("said", "family"),
    [("timestamp(3) with time zone", "aware"), ("timestamp(6)", "naive"), ("DateTime64(6)", "naive"), ("Date", "date"),
     ("varchar(20)", "text"), ("DB_TYPE_TIMESTAMP_TZ", "aware"), ("DB_TYPE_DATE", "naive"),
     ("DB_TYPE_NUMBER", "decimal"),
     ("DB_TYPE_RAW", "binary"), ("UInt64", "integer"), ("Nullable(Date)", "date"), ("decimal(10,2)", "decimal")],
)  # fmt: skip
def test_a_drivers_word_for_a_type_is_understood(said, family):
    assert described("x", said, "trino").family == family


def test_every_time_of_clickhouse_is_an_instant():
    field = described("at", "DateTime64(6)", "clickhousedb")
    assert field.family == "aware"
    one = Shape(sa.table("call", sa.column("at")), (field,), ("at",), "clickhousedb")
    moment = datetime(2026, 7, 1, 2, 0, 0, 5, tzinfo=ZoneInfo("Europe/Stockholm"))
    text = str(moments.time_bound(one, field, moment, None).compile(compile_kwargs={"literal_binds": True}))
    assert text == "toDateTime64('2026-07-01 00:00:00.000005', 6, 'UTC')"


@pytest.mark.parametrize(
    ("code", "said", "ours", "name"),
    [
        ("547", 'The DELETE statement conflicted with the REFERENCE constraint "FK_of".', "constraint", "FK_of"),
        ("547", 'The UPDATE statement conflicted with the FOREIGN KEY constraint "FK_in". The', "no-parent", "FK_in"),
        ("547", 'The UPDATE statement conflicted with the CHECK constraint "CK_a". The', "rule", "CK_a"),
        ("2627", "Violation of UNIQUE KEY constraint 'UQ_a'. Cannot insert duplicate key; is (Anna)", "unique", "UQ_a"),
        ("2601", "duplicate key row in object 'dbo.t' with unique index 'by_name'. is (Anna)", "unique", "by_name"),
        ("515", "Cannot insert the value NULL into column 'name', table 'crm.dbo.t'; Anna", "not-null", "name"),
        ("ORA-00001", "ORA-00001: unique constraint (CRM.ONE_NAME) violated", "unique", "CRM.ONE_NAME"),
        ("ORA-01407", 'ORA-01407: cannot update ("CRM"."T"."NAME") to NULL', "not-null", '"CRM"."T"."NAME"'),
        ("ORA-02292", "ORA-02292: integrity constraint (CRM.OF) violated - child", "constraint", "CRM.OF"),
        ("3819", "Check constraint 'named' is violated.", "rule", "named"),
        ("1062", "Duplicate entry 'x' for key 'Anna'' for key 't.one_name'", "unique", "t.one_name"),
        ("1366", "Incorrect integer value: 'Anna' for column `crm`.`t`.`n` at row 1", "value", "n"),
        ("1205", "Lock wait timeout exceeded", None, ""),
    ],
)  # fmt: skip
def test_what_a_change_would_break_is_named_and_its_value_is_not(code, said, ours, name):
    error = Exception(code, said)
    assert (refusals.ours(error, code), refusals.name(error)) == (ours, name)
    assert refusals.name(Exception(code, said.encode())) == name


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("hive://host/lake", "hive needs a package that is not installed: pip install 'pyhive[hive]'"),
        ("oracle://host/crm", "pip install 'oracledb'"),
        ("databricks://token:hunter2@host", "pip install 'databricks-sqlalchemy'"),
        ("postgresl://host/crm", "did you mean `postgresql://`"),
        ("hunter2://host/crm", "install its dialect for SQLAlchemy beside the desk"),
    ],
)
def test_a_database_that_nobody_here_speaks_to_is_told_by_its_package(connecting, address, told):
    keys = 'table = "t"\nkey_columns = ["id"]\n'
    with pytest.raises(SourceMisconfigured) as caught:
        connecting('kind = "sql"\nurl = "env:URL"\n', keys, URL=address).check()
    assert told in str(caught.value)
    assert "hunter2" not in str(caught.value)
