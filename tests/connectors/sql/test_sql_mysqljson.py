"""MariaDB renders a row as the desk would, value by value; what it cannot say is read value by value."""

from datetime import datetime, timedelta
from decimal import Decimal

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.contract.base import Identifier
from connectors.sql.reading import rendering
from connectors.sql.statement import engine
from connectors.sql.statement.shape import shape_of

pytestmark = pytest.mark.mariadb

SOURCE = 'kind = "sql"\nurl = "env:SHOP"\ntime_zone = "Europe/Stockholm"\n'
TABLE = 'table = "crm.call"\n'
QUERY = 'query = "select * from crm.call"\n'
PLAIN = 'key_columns = ["id"]\nfind = { msisdn = "msisdn" }\n'
ANNA = [Identifier("msisdn", "+461")]
COLUMNS = """id int primary key, msisdn varchar(20), big bigint unsigned, price decimal(30,10), bare decimal(65,0),
ratio double, small float, made year, flags bit(40), at timestamp(6) null, third datetime(3), whole datetime,
day date, clock time(6), word longtext character set utf8mb4, swedish varchar(200) character set latin1,
mood enum('glad','', 'å"'), tags set('a','b'), photo longblob, fixed binary(4), doc json"""


@pytest.fixture
def told(shop, mariadb, describe):
    """The rows in the server's words and in the desk's; without the first where the server has none."""

    def tell(origin=TABLE):
        collection = describe(SOURCE, origin + PLAIN).collection[0]
        with engine.transaction(mariadb.url(), 30, "Europe/Stockholm") as connection:
            shape = shape_of(connection, collection)

            def wanted(columns):
                return sa.select(*columns).select_from(shape.origin).order_by(shape.column("id"))

            by_value = list(rendering.by_value(connection, shape, wanted))
            try:
                by_server = list(rendering.lines(connection, shape, wanted))
            except rendering.Unsayable:
                return None, by_value
            return by_server, by_value

    return tell


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LATIN = st.text(
    st.characters(codec="latin1", exclude_characters="".join(map(chr, range(0x80, 0xA0)))), max_size=30
)
MOMENT = st.datetimes(datetime(1971, 1, 1), datetime(2037, 12, 31))
ANY_DAY = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 31))
FLOAT = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)
VALUES = (
    st.integers(0, 2**64 - 1),
    st.decimals(-(10**19), 10**19, places=10),
    st.integers(-(10**64), 10**64).map(Decimal),
    FLOAT,
    st.floats(-(2.0**99), 2.0**99, width=32, allow_subnormal=False),
    st.integers(1901, 2155) | st.just(0),
    st.integers(0, 2**40 - 1),
    MOMENT, ANY_DAY, ANY_DAY.map(lambda one: one.replace(microsecond=0)), st.dates(datetime(1000, 1, 1).date()),
    st.timedeltas(timedelta(hours=-838), timedelta(hours=838)),
    TEXT, LATIN, st.sampled_from(["glad", "", 'å"']), st.sampled_from(["", "a", "a,b"]),
    st.binary(max_size=200), st.binary(max_size=4),
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | FLOAT | TEXT,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=5,
    ).map(lambda one: orjson.dumps(one, option=orjson.OPT_INDENT_2).decode()),
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.tuples(*(st.none() | one for one in VALUES)), min_size=20, max_size=20))
def test_a_row_is_told_by_the_server_as_value_by_value(shop, told, rows):
    shop.query(f"create or replace table `call` ({COLUMNS})")
    with shop.cursor() as cursor:
        cursor.execute("set time_zone = '+00:00'")
        cursor.executemany(
            f"insert into `call` values (%s, '+461'{', %s' * len(VALUES)})",
            [(number, *row) for number, row in enumerate(rows)],
        )
    for origin in (TABLE, QUERY):
        by_server, by_value = told(origin)
        assert [orjson.loads(one) for one in by_server] == [orjson.loads(one) for one in by_value]
        assert [list(orjson.loads(one)) for one in by_server] == [list(orjson.loads(one)) for one in by_value]


def test_dates_that_are_none_are_told_as_they_stand(shop, told):
    shop.query("set sql_mode = ''")
    shop.query(
        """create table `call` (id int primary key, msisdn varchar(20), day date, at datetime(3), stamp timestamp null,
        made year, noughts int(6) zerofill, price decimal(8,2) zerofill)"""
    )
    shop.query(
        """insert into `call` values (1, '+461', '2026-00-10', '2026-01-00 10:00', '0000-00-00', '0000', 12, 1.5),
        (2, '+461', '0000-00-00', '0000-00-00', null, 2026, 0, 0)"""
    )
    by_server, by_value = told()
    read = [orjson.loads(one) for one in by_server]
    assert [row["at"] for row in read] == ["2026-01-00 10:00:00.000", "0000-00-00 00:00:00.000"]
    assert (read[0]["stamp"], read[0]["noughts"], read[0]["made"]) == ("0000-00-00 00:00:00", 12, 0)
    assert [{**row, "price": Decimal(row["price"])} for row in read] == [
        {**row, "price": Decimal(row["price"])} for row in map(orjson.loads, by_value)
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("doc json", """'{"n": 1.}'"""),
        ("ratio double(10,2) zerofill", "1.5"),
        ("big longtext", "repeat('\"', 9000000)"),
        ("photo longblob", "repeat('a', 14000000)"),
    ],
)
def test_what_the_server_cannot_say_is_read_value_by_value(
    shop, mariadb, told, connecting, everything, column, value
):
    shop.query(f"create table `call` (id int primary key, msisdn varchar(20), {column})")
    shop.query(f"insert into `call` values (1, '+461', {value}), (2, '+461', null)")
    by_server, by_value = told()
    assert by_server is None
    assert everything(connecting(SOURCE, TABLE + PLAIN, SHOP=mariadb.url()), ANNA) == by_value
    assert [orjson.loads(line)["id"] for line in by_value] == [1, 2]
