"""The measurements. Each returns figures in seconds beside a floor's, taken in turn so that a slow minute hits both."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from math import log
from pathlib import Path
from statistics import median

import duckdb
import psycopg
from django.db import close_old_connections, transaction

from cases import collection, vault
from cases.models import Case, Run
from cases.models.keys import KeyUse
from cases.workflow import send
from dsar.bench import world
from dsar.bench.workers import Workers, workers

ONE_TABLE = "SELECT row_to_json(t) FROM traffic t WHERE customer_no = %s"
_numbers = count(1)


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``limit``: what ``value`` must not pass; None where it only informs."""

    name: str
    value: float
    unit: str
    floor: str = ""
    limit: float | None = None

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit


@dataclass(frozen=True)
class Gathering:
    """Median seconds of ours and of the floor, and the most memory of a worker in MB."""

    ours: float
    floor: float
    megabytes: float


def crm() -> psycopg.Connection:
    return psycopg.connect(os.environ["BENCH_CRM_URL"], autocommit=True)


def wait_for(done: Callable[[], bool], seconds: float = 1800) -> None:
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            raise RuntimeError("the workers did not finish in time")
        time.sleep(0.02)


def timed(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def gather(case_id: int) -> float:
    """Seconds from the word to the last sealed page of the case, through the real tasks."""

    def work() -> None:
        send("cases.tasks.collect", case_id)
        wait_for(lambda: Case.objects.filter(pk=case_id).exclude(stage="collection").exists())

    return timed(work)


def copy_floor(customer: str, case: Case) -> float:
    """The database's own way out: COPY of JSON, streamed into an encrypted file."""

    def work() -> None:
        with crm() as connection, connection.cursor() as cursor:
            query = f"COPY ({ONE_TABLE.replace('%s', repr(customer))}) TO STDOUT"
            with (
                vault.sealed_file(case, KeyUse.COLLECTED, f"bench/{customer}") as file,
                cursor.copy(query) as out,
            ):
                for block in out:
                    file.write(bytes(block))

    return timed(work)


def scan_floor(archive: Path, customer: str) -> float:
    """DuckDB's own way out: a streamed scan to JSON, into a file."""

    def work() -> None:
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT * FROM read_parquet('{archive}/*/*.parquet') WHERE customer_no = '{customer}')"  # noqa: S608
                f" TO '{archive.parent}/floor.json' (FORMAT json)"
            )

    return timed(work)


def from_table(rows: int, runs: int) -> Gathering:
    """One subscriber in PostgreSQL."""
    ours, floors = [], []
    number = next(_numbers)
    with crm() as connection:
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
    with workers(2) as pool:
        for _ in range(runs):
            case = Case.objects.get(pk=world.ask(number))
            floors.append(copy_floor(customer, case))
            ours.append(_gather_only(case, "crm"))
        return Gathering(median(ours), median(floors), pool.peak_megabytes())


def from_archive(rows: int, runs: int) -> Gathering:
    """The same for one subscriber in Parquet."""
    ours, floors = [], []
    number, archive = next(_numbers), Path(os.environ["BENCH_ARCHIVE"])
    with crm() as connection:
        world.add_customer(connection, number, archived=True)
    world.fill_archive(archive, f"A{number}", rows)
    with workers(2) as pool:
        for _ in range(runs):
            case = Case.objects.get(pk=world.ask(number))
            floors.append(scan_floor(archive, f"A{number}"))
            ours.append(_gather_only(case, "archive"))
        return Gathering(median(ours), median(floors), pool.peak_megabytes())


def _gather_only(case: Case, source: str) -> float:
    """Seconds of the one run that matters, as its own row tells."""
    gather(case.pk)
    run = Run.objects.get(case=case, source=source, collection="traffic")
    assert run.rows
    assert run.started_at
    assert run.finished_at
    return (run.finished_at - run.started_at).total_seconds()


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
    number = next(_numbers)
    customer = world.add_customer(connection, number)
    query = world.ROW.format(first=number * 10_000_000, customer=customer, step=9000)
    connection.execute(f"INSERT INTO traffic {query} FROM generate_series(1::bigint, {rows}) n")
    return world.ask(number)


def _to_review(cases: list[int]) -> None:
    for case_id in cases:
        send("cases.tasks.collect", case_id)
    wait_for(lambda: not Case.objects.filter(pk__in=cases).exclude(stage="decisions").exists())


def erase(rows: int, runs: int) -> tuple[float, float, float]:
    """Median seconds for one person's rows: judging them the first time; planning (they are judged again, and tried
    in a dry run) and carrying out; and a DELETE of the same keys plus two counts.
    """
    judged, ours, floors = [], [], []
    for _ in range(runs):
        judging, erasing = _erase_ours(rows)
        judged.append(judging)
        ours.append(erasing)
        floors.append(_erase_floor(rows))
    return median(judged), median(ours), median(floors)


def _erase_ours(rows: int) -> tuple[float, float]:
    from cases import assessment, erasing, erasure
    from cases.models import Action

    number = next(_numbers)
    with crm() as connection:
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
    case_id = world.ask(number, "erasure")
    collection.collect(case_id)
    for run in Run.objects.filter(case_id=case_id):
        while Run.objects.filter(pk=run.pk).exclude(status="done").exists():
            collection.collect_page(run.pk)
    judging = timed(lambda: assessment.assess(case_id))
    case = Case.objects.get(pk=case_id)

    def work() -> None:
        with transaction.atomic():
            erasure.begin(case)
        for action in Action.objects.filter(case=case):
            erasure.try_dry(action.pk)
        with transaction.atomic():
            assert erasure.release(case)
        for action in Action.objects.filter(case=case):
            erasing.carry_out(action.pk)

    taken = timed(work)
    assert sum(Action.objects.filter(case=case).values_list("done", flat=True)) == rows
    return judging, taken


def _erase_floor(rows: int) -> float:
    number = next(_numbers)
    with crm() as connection:
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
        keys = [
            row[0] for row in connection.execute("SELECT id FROM traffic WHERE customer_no = %s", [customer])
        ]

        def work() -> None:
            for query in ("SELECT count(*) FROM", "DELETE FROM", "SELECT count(*) FROM"):
                connection.execute(f"{query} traffic WHERE id = ANY(%s)", [keys])

        return timed(work)


def exponent(points: Iterator[tuple[int, float]]) -> float:
    """The slope of time over rows on a log-log paper: 1 is linear."""
    spots = [(log(rows), log(seconds)) for rows, seconds in points]
    mean_x = sum(x for x, _ in spots) / len(spots)
    mean_y = sum(y for _, y in spots) / len(spots)
    return sum((x - mean_x) * (y - mean_y) for x, y in spots) / sum((x - mean_x) ** 2 for x, _ in spots)


__all__ = ["Figure", "Workers", "erase", "exponent", "from_archive", "from_table", "ordinary_cases"]
