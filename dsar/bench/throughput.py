"""How many ordinary cases get from matched to ready for review in a minute."""

import psycopg
from django.db import close_old_connections

from cases.casework.dispatch import send
from cases.models.case import Stage
from dsar.bench import world
from dsar.bench.measures import crm, numbers, timed, wait_for
from dsar.bench.workers import workers


def ordinary_cases(cases: int, rows: int, jobs: int) -> float:
    """Cases a minute from matched to ready for review."""
    with crm() as connection:
        warming = [_ordinary_case(connection, rows) for _ in range(4 * jobs)]
        measured = [_ordinary_case(connection, rows) for _ in range(cases)]
        connection.execute("ANALYZE traffic")
    with workers(jobs):
        # Every worker process reads its configuration and opens its connections once.
        _to_review(warming)
        seconds = timed(lambda: _to_review(measured))
    close_old_connections()
    return 60 * cases / seconds


def _ordinary_case(connection: psycopg.Connection, rows: int) -> int:
    return world.ask(fill_ordinary(connection, next(numbers), rows))


def fill_ordinary(connection: psycopg.Connection, number: int, rows: int) -> int:
    """A customer of this number, which it returns, with so many rows."""
    customer = world.add_customer(connection, number)
    query = world.ROW.format(first=number * 10_000_000, customer=customer, step=9000)
    connection.execute(f"INSERT INTO traffic {query} FROM generate_series(1::bigint, {rows}) n")
    return number


def _to_review(cases: list[int]) -> None:
    for case_id in cases:
        send("cases.tasks.collect", case_id)
    wait_for(Stage.DECISIONS, *cases)
