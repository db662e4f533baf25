"""Measure the desk on this machine: `manage.py bench`, or `make bench` with servers of its own."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from cases.operators import load_operator
from dsar.bench import measures, world
from dsar.bench.measures import Figure

# The ratios are promised at this size; below it fixed costs weigh more, and the figures only inform.
MILLION = 1_000_000


def small_figures(runs: int, rows: int) -> Iterator[Figure]:
    """A minute's worth: enough to see that nothing went badly wrong."""
    yield from _table_figures(rows, measures.from_table(rows, runs))
    yield from _archive_figures(rows, runs)
    yield from _erase_figures(rows, runs)
    yield from _case_figures(max(1, rows // 1000), (4,))


def all_figures(runs: int) -> Iterator[Figure]:
    """Everything, at the sizes that matter."""
    yield from _growth_figures(runs)
    yield from _archive_figures(1_000_000, runs)
    yield from _erase_figures(100_000, runs)
    yield from _case_figures(500, (1, 2, 4))


def _table_figures(rows: int, measured: measures.Gathering) -> Iterator[Figure]:
    name = f"{rows:,} rows of one subscriber, PostgreSQL"
    told = f"{measured.ours:.2f} s; COPY into an encrypted file {measured.floor:.2f} s"
    yield Figure(name, measured.ours / measured.floor, "x floor", told, 2.5 if rows >= MILLION else None)
    yield Figure("  most memory of a worker", measured.megabytes, "MB", "", 250)


def _archive_figures(rows: int, runs: int) -> Iterator[Figure]:
    measured = measures.from_archive(rows, runs)
    name = f"{rows:,} rows of one subscriber, Parquet"
    told = f"{measured.ours:.2f} s; DuckDB's scan to JSON {measured.floor:.2f} s"
    yield Figure(name, measured.ours / measured.floor, "x floor", told, 4 if rows >= MILLION else None)
    yield Figure("  most memory of a worker", measured.megabytes, "MB", "", 250)


def _growth_figures(runs: int) -> Iterator[Figure]:
    found = {rows: measures.from_table(rows, runs) for rows in (10_000, 100_000, 1_000_000)}
    yield from _table_figures(1_000_000, found[1_000_000])
    slope = measures.exponent((rows, one.ours) for rows, one in found.items())
    told = ", ".join(f"{rows:,}: {one.ours:.2f} s" for rows, one in found.items())
    yield Figure("growth from 10,000 to 1,000,000 rows", slope, "exponent", told, 1.05)
    small, large = found[100_000].megabytes, found[1_000_000].megabytes
    told = f"{small:.0f} MB and {large:.0f} MB"
    yield Figure("memory at 1,000,000 rows against 100,000", large / small, "x", told, 1.15)


def _erase_figures(rows: int, runs: int) -> Iterator[Figure]:
    judging, ours, floor = measures.erase(rows, runs)
    told = f"{ours:.2f} s; DELETE and two counts {floor:.2f} s; judging them before approval {judging:.2f} s"
    yield Figure(f"erasing {rows:,} rows of one person", ours / floor, "x floor", told, 3)


def _case_figures(cases: int, workers: Iterable[int]) -> Iterator[Figure]:
    for jobs in workers:
        name = f"{cases} cases of 3,000 rows, {jobs} workers"
        yield Figure(name, measures.ordinary_cases(cases, 3000, jobs), "cases/min")


class Command(BaseCommand):
    help = "Measure gathering and erasing beside floors taken in the same run, in scratch databases."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--small", action="store_true", help="a minute's worth")
        parser.add_argument("--rows", type=int, default=100_000, help="of the small figures")
        parser.add_argument("--runs", type=int, default=3, help="runs a figure; the median counts")
        parser.add_argument("--inside", action="store_true", help="already in the scratch world")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if not options["inside"]:
            with world.scratch(os.environ["DATABASE_URL"]) as environment:
                again = [sys.executable, sys.argv[0], *sys.argv[1:], "--inside"]
                done = subprocess.run(again, env=environment, check=False)  # noqa: S603 - ourselves
                sys.exit(done.returncode)
        call_command("migrate", verbosity=0)
        load_operator(world.SLUG)
        runs = options["runs"]
        figures = small_figures(runs, options["rows"]) if options["small"] else all_figures(runs)
        missed = [figure.name for figure in map(self._told, figures) if not figure.kept]
        if missed:
            sys.exit(f"over the limit: {', '.join(name.strip() for name in missed)}")

    def _told(self, figure: Figure) -> Figure:
        limit = f"(at most {figure.limit:g})" if figure.limit else ""
        kept = "" if figure.kept else "  OVER"
        line = f"{figure.name:<46} {figure.value:8.2f} {figure.unit:<9} {limit:<15}{kept}"
        self.stdout.write(line.rstrip())
        if figure.floor:
            self.stdout.write(f"{'':<46} {figure.floor}")
        self.stdout.flush()
        return figure
