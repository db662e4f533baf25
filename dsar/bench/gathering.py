"""Gathering one subscriber's rows, beside the source's own way out."""

import os
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb

from cases.models import AuditEntry, Case, Run
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from dsar.bench import world
from dsar.bench.measures import crm, numbers, timed, wait_for
from dsar.bench.workers import workers

ONE_TABLE = "SELECT row_to_json(t) FROM traffic t WHERE customer_no = %s"


@dataclass(frozen=True)
class Gathering:
    """Median seconds of ours, of judging what was gathered, and of the floor; the most memory of a worker in MB."""

    ours: float
    judged: float
    floor: float
    megabytes: float


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
    ours, judged, floors = [], [], []
    number = next(numbers)
    with crm() as connection:
        customer = world.add_customer(connection, number)
        world.fill_table(connection, customer, number * 10_000_000, rows)
    with workers(2) as pool:
        for _ in range(runs):
            case, seconds, after = _gathered(number, "crm")
            ours.append(seconds)
            judged.append(after)
            floors.append(copy_floor(customer, case))
        return Gathering(median(ours), median(judged), median(floors), pool.peak_megabytes())


def from_archive(rows: int, runs: int) -> Gathering:
    """The same for one subscriber in Parquet."""
    ours, judged, floors = [], [], []
    number, archive = next(numbers), Path(os.environ["BENCH_ARCHIVE"])
    with crm() as connection:
        world.add_customer(connection, number, archived=True)
    world.fill_archive(archive, f"A{number}", rows)
    with workers(2) as pool:
        for _ in range(runs):
            _case, seconds, after = _gathered(number, "archive")
            ours.append(seconds)
            judged.append(after)
            floors.append(scan_floor(archive, f"A{number}"))
        return Gathering(median(ours), median(judged), median(floors), pool.peak_megabytes())


def _gathered(number: int, source: str) -> tuple[Case, float, float]:
    """A case that is at rest again, the seconds from its first task until all was gathered, and those until it was
    ready for decision, as its record tells."""
    case = Case.objects.get(pk=world.ask(number))
    wait_for(Stage.DECISIONS, case.pk)
    assert Run.objects.get(case=case, source=source, collection="traffic").rows
    return case, *steps(case)


def steps(case: Case) -> tuple[float, float]:
    """Seconds from its first task until all was gathered, and from there until it was ready for decision."""
    told = AuditEntry.objects.filter(case=case.reference).values_list("action", "at")
    begun = min(at for action, at in told if action == f"stage.{Stage.COLLECTION}")
    ended = max(at for action, at in told if action == f"stage.{Stage.HOLDS}")
    ready = max(at for action, at in told if action == f"stage.{Stage.DECISIONS}")
    return (ended - begun).total_seconds(), (ready - ended).total_seconds()
