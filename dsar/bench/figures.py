"""Which figures are measured, at which sizes, and what each must not pass."""

from collections.abc import Iterable, Iterator

from dsar.bench.answering import answer
from dsar.bench.backlog import backlog
from dsar.bench.erasing import erase
from dsar.bench.gathering import Gathering, from_archive, from_table
from dsar.bench.measures import Figure, exponent
from dsar.bench.secrecy import read
from dsar.bench.throughput import ordinary_cases

# The ratios are promised at these sizes; below them fixed costs weigh more, and the figures only inform.
MILLION, ERASED = 1_000_000, 100_000


def small_figures(runs: int, rows: int) -> Iterator[Figure]:
    """A minute's worth: enough to see that nothing went badly wrong."""
    yield from _table_figures(rows, from_table(rows, runs))
    yield from _archive_figures(rows, runs)
    yield from _answer_figures(rows, runs)
    yield from _erase_figures(rows, runs)
    yield from _secrecy_figures(rows, runs)
    yield from _case_figures(max(1, rows // 1000), (4,))
    yield from _backlog_figures(max(1, rows // 1000), 2)


def all_figures(runs: int) -> Iterator[Figure]:
    """Everything, at the sizes that matter."""
    yield from _growth_figures(runs)
    yield from _archive_figures(MILLION, runs)
    yield from _answer_figures(MILLION, runs)
    yield from _erase_figures(ERASED, runs)
    yield from _secrecy_figures(ERASED, runs)
    yield from _case_figures(500, (1, 2, 4))
    yield from _backlog_figures(900, 2)


def _table_figures(rows: int, measured: Gathering) -> Iterator[Figure]:
    name = f"{rows:,} rows of one subscriber, PostgreSQL"
    told = f"{measured.ours:.2f} s; COPY into an encrypted file {measured.floor:.2f} s"
    yield Figure(name, measured.ours / measured.floor, "x floor", told, 2.5 if rows >= MILLION else None)
    yield Figure("  most memory of a worker", measured.megabytes, "MB", "", 250)


def _archive_figures(rows: int, runs: int) -> Iterator[Figure]:
    measured = from_archive(rows, runs)
    name = f"{rows:,} rows of one subscriber, Parquet"
    told = f"{measured.ours:.2f} s; DuckDB's scan to JSON {measured.floor:.2f} s"
    yield Figure(name, measured.ours / measured.floor, "x floor", told, 4 if rows >= MILLION else None)
    yield Figure("  most memory of a worker", measured.megabytes, "MB", "", 250)


def _growth_figures(runs: int) -> Iterator[Figure]:
    found = {rows: from_table(rows, runs) for rows in (10_000, 100_000, 1_000_000)}
    yield from _table_figures(1_000_000, found[1_000_000])
    slope = exponent((rows, one.ours) for rows, one in found.items())
    told = ", ".join(f"{rows:,}: {one.ours:.2f} s" for rows, one in found.items())
    yield Figure("growth from 10,000 to 1,000,000 rows", slope, "exponent", told, 1.05)
    small, large = found[100_000].megabytes, found[1_000_000].megabytes
    told = f"{small:.0f} MB and {large:.0f} MB"
    yield Figure("memory at 1,000,000 rows against 100,000", large / small, "x", told, 1.15)


def _answer_figures(rows: int, runs: int) -> Iterator[Figure]:
    measured = answer(rows, runs)
    told = (
        f"{measured.ours:.2f} s, {measured.package:.0f} MB; deflating the same files {measured.floor:.2f} s"
    )
    yield Figure(f"answer of {rows:,} rows", measured.ours / measured.floor, "x floor", told)
    yield Figure("  most memory of a worker", measured.megabytes, "MB", "", 250)


def _erase_figures(rows: int, runs: int) -> Iterator[Figure]:
    judging, ours, floor = erase(rows, runs)
    told = f"{ours:.2f} s; DELETE and two counts {floor:.2f} s; judging them before approval {judging:.2f} s"
    # What docs/adr/0060 promises.
    yield Figure(
        f"erasing {rows:,} rows of one person", ours / floor, "x floor", told, 3 if rows >= ERASED else None
    )


def _secrecy_figures(rows: int, runs: int) -> Iterator[Figure]:
    for name, (without, having) in read(rows, runs).items():
        told = f"{having:.2f} ms with a secret order; {without:.2f} ms without"
        yield Figure(f"{name}, {rows:,} rows", having / without, "x", told)


def _case_figures(cases: int, workers: Iterable[int]) -> Iterator[Figure]:
    for jobs in workers:
        name = f"{cases} cases of 3,000 rows, {jobs} workers"
        yield Figure(name, ordinary_cases(cases, 3000, jobs), "cases/min")


def _backlog_figures(cases: int, jobs: int) -> Iterator[Figure]:
    measured = backlog(cases, jobs)
    name = f"{cases} proven cases at once, {jobs} workers"
    yield Figure(name, measured.seconds, "s", f"{measured.messages:,} messages")
    # What docs/adr/0047 promises: one that waits, and one that a worker is at.
    yield Figure("  most messages about one run of a page", measured.copies, "messages", "", 2)
