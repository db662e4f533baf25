"""Which figures are measured, at which sizes, and what each must not pass."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from dsar.bench.answering import Answering, answer, letter
from dsar.bench.backlog import backlog
from dsar.bench.course import course
from dsar.bench.erasing import erase
from dsar.bench.gathering import Gathering, from_archive, from_table
from dsar.bench.measures import Figure, exponent
from dsar.bench.secrecy import read
from dsar.bench.throughput import ordinary_cases

# The ratios are promised at these sizes; below them fixed costs weigh more, and the figures only inform.
MILLION, ERASED = 1_000_000, 100_000

FLOORS = {
    "JSON, CSV, manifest, zip, sealed": "COPY of the rows as JSON into a zip",
    "XLSX": "COPY of the rows as a sheet's XML into a zip",
    "HTML page": "COPY of its 2,000 rows as a table into a zip",
    "read back": "the package unpacked, hashed and verified",
}
# Of those that all rows are in: of the page there are the first alone.
GROWING = ("JSON, CSV, manifest, zip, sealed", "XLSX", "read back")
MOST = {"JSON, CSV, manifest, zip, sealed": 2}

# Part by part: what `make bench ARGS=answer` measures, and about how many minutes it takes on two cores.
PARTS = {
    "gathering": 12, "archive": 3, "answer": 12, "letter": 2, "erasing": 3, "secrecy": 2, "cases": 20, "course": 10,
    "backlog": 20,
}  # fmt: skip


def small_figures(runs: int, rows: int, parts: Collection[str] = PARTS) -> Iterator[Figure]:
    """A minute's worth: enough to see that nothing went badly wrong."""
    figures = {
        "gathering": lambda: _table_figures(rows, from_table(rows, runs)),
        "archive": lambda: _archive_figures(rows, runs),
        "answer": lambda: _answer_figures(rows, answer(rows, runs)),
        "letter": lambda: _letter_figures(runs),
        "erasing": lambda: _erase_figures(rows, runs),
        "secrecy": lambda: _secrecy_figures(rows, runs),
        "cases": lambda: _case_figures(max(1, rows // 1000), (4,)),
        "course": lambda: _course_figures(max(1, rows // 10_000), (1,)),
        "backlog": lambda: _backlog_figures(max(1, rows // 1000), 2),
    }
    return chain.from_iterable(figures[name]() for name in PARTS if name in parts)


def all_figures(runs: int, parts: Collection[str] = PARTS) -> Iterator[Figure]:
    """Everything, at the sizes that matter."""
    figures = {
        "gathering": lambda: _growth_figures(runs),
        "archive": lambda: _archive_figures(MILLION, runs),
        "answer": lambda: _answer_growth(runs),
        "letter": lambda: _letter_figures(runs),
        "erasing": lambda: _erase_figures(ERASED, runs),
        "secrecy": lambda: _secrecy_figures(ERASED, runs),
        "cases": lambda: _case_figures(500, (1, 2, 4)),
        "course": lambda: _course_figures(40, (1, 2, 4)),
        "backlog": lambda: _backlog_figures(900, 2),
    }
    return chain.from_iterable(figures[name]() for name in PARTS if name in parts)


def _table_figures(rows: int, measured: Gathering) -> Iterator[Figure]:
    name = f"{rows:,} rows of one subscriber, PostgreSQL"
    told = f"{measured.ours:.2f} s; COPY into an encrypted file {measured.floor:.2f} s"
    yield Figure(name, measured.ours / measured.floor, "x floor", told, 2.5 if rows >= MILLION else None)
    yield Figure("  most memory of a worker", measured.megabytes, "MB", "", 250)
    yield _judged(measured.judged, measured.ours, large=rows >= MILLION)


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


def _answer_figures(rows: int, measured: Answering) -> Iterator[Figure]:
    large, name = rows >= MILLION, f"answer of {rows:,} rows, processor"
    yield Figure(
        name, sum(ours for ours, _floor in measured.parts.values()), "s", f"{measured.package:.0f} MB"
    )
    for part, (ours, floor) in measured.parts.items():
        told, most = f"{ours:.2f} s; {FLOORS[part]} {floor:.2f} s", MOST.get(part) if large else None
        yield Figure(f"  {part}", ours / floor, "x floor", told, most)
    yield Figure("  from asked for to ready to be read", measured.whole, "s")
    yield _judged(measured.judged, measured.gathered, large=large)
    yield Figure("  most memory of a worker", measured.megabytes, "MB", "", 250)


def _judged(judged: float, gathered: float, *, large: bool) -> Figure:
    told = f"{judged:.2f} s; gathering {gathered:.2f} s"
    most = 0.5 if large else None
    return Figure("  from the last row to ready for decision", judged / gathered, "x gathering", told, most)


def _answer_growth(runs: int) -> Iterator[Figure]:
    found = {rows: answer(rows, runs) for rows in (10_000, 100_000, 1_000_000)}
    for rows, measured in found.items():
        yield from _answer_figures(rows, measured)
    for part in GROWING:
        seconds = {rows: one.parts[part][0] for rows, one in found.items()}
        told = ", ".join(f"{rows:,}: {one:.2f} s" for rows, one in seconds.items())
        # Without what is as long for few rows as for many.
        large, middle, small = (seconds[rows] for rows in (MILLION, 100_000, 10_000))
        slope = exponent(iter([(90_000, middle - small), (990_000, large - small)]))
        yield Figure(f"growth from 10,000 to 1,000,000 rows: {part}", slope, "exponent", told, 1.1)


def _letter_figures(runs: int) -> Iterator[Figure]:
    yield Figure("letter of 20 pages, processor", letter(runs), "s", "", 2)


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


def _course_figures(cases: int, workers: Iterable[int]) -> Iterator[Figure]:
    for jobs in workers:
        measured = course(cases, 3000, jobs)
        name = f"{cases} whole cases of 3,000 rows, {jobs} workers"
        yield Figure(name, measured.rate, "cases/min", "from submission to ready to be read and approved")
        for stage, seconds in measured.stages.items():
            yield Figure(f"  {stage}, processor", seconds, "s a case")


def _backlog_figures(cases: int, jobs: int) -> Iterator[Figure]:
    measured = backlog(cases, jobs)
    name = f"{cases} proven cases at once, {jobs} workers"
    yield Figure(name, measured.seconds, "s", f"{measured.messages:,} messages")
    # What docs/adr/0047 promises: one that waits, and one that a worker is at.
    yield Figure("  most messages about one run of a page", measured.copies, "messages", "", 2)
