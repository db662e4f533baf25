"""A scratch world to measure in: a database, a vault, an operator with one table and one Parquet folder."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import duckdb
import psycopg
from psycopg import sql

from dsar.scratch import desk

SLUG = "bench"
CONNECTORS = f"""{desk.CRM}
concurrency = 16
{desk.CUSTOMERS}
yields = [{{ kind = "customer_no", column = "customer_no" }}, {{ kind = "archive_no", column = "archive_no" }}]
"""
TRAFFIC = """
[[source.collection]]
key = "traffic"
category = "usage"
name = { sv = "Trafik", da = "Trafik", en = "Traffic" }
table = "traffic"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "started_at"
on_erase = "delete"

[[source]]
key = "archive"
name = { sv = "Arkiv", da = "Arkiv", en = "Archive" }
kind = "files"
path = "env:BENCH_ARCHIVE"
time_zone = "Europe/Stockholm"
concurrency = 16

[[source.collection]]
key = "traffic"
category = "usage"
name = { sv = "Trafikarkiv", da = "Trafikarkiv", en = "Traffic archive" }
table = "month=*/*.parquet"
partition = "month"
key_columns = ["id"]
find = { archive_no = "customer_no" }
at = "started_at"
"""
TABLES = """
CREATE TABLE customer (customer_no text PRIMARY KEY, email text UNIQUE, archive_no text, left_on date);
CREATE TABLE traffic (
    id bigint PRIMARY KEY, customer_no text NOT NULL, started_at timestamptz NOT NULL, ended_at timestamptz,
    msisdn text, other_number text, kind text, cell text, up_bytes bigint, down_bytes bigint
);
CREATE INDEX ON traffic (customer_no, id);
"""
# A row is about 200 bytes of JSON, as a call detail record is.
ROW = """
SELECT {first} + n AS id, '{customer}' AS customer_no,
       TIMESTAMPTZ '2025-10-01 00:00:00+00' + n * INTERVAL '{step} seconds' AS started_at,
       TIMESTAMPTZ '2025-10-01 00:01:00+00' + n * INTERVAL '{step} seconds' AS ended_at,
       '+46700000001' AS msisdn, '+4670' || lpad(((n * 7919) % 10000000)::text, 7, '0') AS other_number,
       CASE n % 3 WHEN 0 THEN 'call' WHEN 1 THEN 'sms' ELSE 'data' END AS kind,
       'cell-' || (n % 977) AS cell, (n * 31) % 1000003 AS up_bytes, (n * 17) % 9000011 AS down_bytes
"""
YEAR = 390 * 24 * 3600


@contextmanager
def scratch(server: str, template: str = "") -> Iterator[dict[str, str]]:
    """The environment of a desk that measures in databases and folders of its own. Gone afterwards.

    `template`: a database of that server which the desk's begins as a copy of; a migrated one saves half a minute.
    """
    folder = Path(tempfile.mkdtemp(prefix="dsar-bench-"))
    names = {name: f"bench_{name}_{uuid4().hex[:8]}" for name in ("desk", "crm")}
    try:
        with psycopg.connect(server, autocommit=True) as connection:
            for name, origin in zip(names.values(), (template or "template1", "template1"), strict=True):
                connection.execute(
                    sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*map(sql.Identifier, (name, origin)))
                )
        with psycopg.connect(database(server, names["crm"]), autocommit=True) as crm:
            crm.execute(TABLES)
        yield _environment(folder, server, names)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            for name in names.values():
                connection.execute(
                    # A worker that was just killed may still be connected.
                    sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
                )
        shutil.rmtree(folder, ignore_errors=True)


def database(server: str, name: str) -> str:
    """The same server's other database."""
    parts = urlsplit(server)
    return urlunsplit(parts._replace(path=f"/{name}"))


def _environment(folder: Path, server: str, names: dict[str, str]) -> dict[str, str]:
    operator = desk.write_register(folder / "operators", SLUG)
    (operator / "connectors.toml").write_text(CONNECTORS + TRAFFIC)
    archive = folder / "archive"
    archive.mkdir()
    return os.environ | {
        "DATABASE_URL": database(server, names["desk"]),
        "CRM_URL": database(server, names["crm"]),
        "BENCH_ARCHIVE": str(archive),
        **desk.places(folder),
    }


def add_customer(crm: psycopg.Connection, number: int, *, archived: bool = False) -> str:
    """A customer of the scratch operator; his number."""
    customer = f"K{number}"
    crm.execute(
        "INSERT INTO customer VALUES (%s, %s, %s, '2026-06-30')",
        [customer, f"k{number}@example.com", f"A{number}" if archived else None],
    )
    return customer


def fill_table(crm: psycopg.Connection, customer: str, first: int, rows: int) -> None:
    """So many rows of traffic for the customer, over thirteen months."""
    query = ROW.format(first=first, customer=customer, step=max(1, YEAR // rows))
    crm.execute(f"INSERT INTO traffic {query} FROM generate_series(1::bigint, {rows}) n")
    crm.execute("ANALYZE traffic")


def fill_archive(folder: Path, customer: str, rows: int) -> None:
    """The same rows as Parquet, a folder a month."""
    query = ROW.format(first=0, customer=customer, step=max(1, YEAR // rows))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT *, strftime(started_at, '%Y-%m') AS month FROM ({query} FROM range(1, {rows + 1}) r(n)))"  # noqa: S608
            f" TO '{folder}' (FORMAT parquet, PARTITION_BY (month), OVERWRITE_OR_IGNORE)"
        )


def ask(number: int, right: str = "access") -> int:
    """A proven and matched case of this customer; its id."""
    from cases.identity import matching

    case_id = proven(number, right)
    matching.match(case_id)
    return case_id


def proven(number: int, right: str = "access") -> int:
    """A case of this customer of whom nobody has asked the sources yet; its id."""
    from cases.models import Operator
    from cases.request.asked import Intake
    from cases.request.intake import submit
    from dsar.scratch.proving import prove

    operator = Operator.objects.get(pk=SLUG)
    submission = submit(Intake(uuid4(), operator, "en", (right,), "Bench", f"k{number}@example.com"))
    prove(submission)
    return submission.cases.get().pk
