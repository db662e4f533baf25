"""Which figures are measured, at which sizes, and what each must not pass."""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain
from statistics import median

from dsar.bench.answers.answering import Answering, answer, letter
from dsar.bench.answers.course import course
from dsar.bench.answers.printing import annex
from dsar.bench.backlog import backlog
from dsar.bench.erasing import erase
from dsar.bench.gathering import Gathering, from_archive, from_table
from dsar.bench.measures import Figure, exponent
from dsar.bench.queue import Page, among
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
    "gathering": 12, "archive": 3, "answer": 12, "letter": 2, "annex": 8, "erasing": 3, "secrecy": 2, "cases": 20,
    "course": 10, "backlog": 20, "queue": 8,
}  # fmt: skip


def small_figures(runs: int, rows: int, parts: Collection[str] = PARTS) -> Iterator[Figure]:
    """A minute's worth: enough to see that nothing went badly wrong."""
    figures = {
        "gathering": lambda: _table_figures(rows, from_table(rows, runs)),
        "archive": lambda: _archive_figures(rows, runs),
        "answer": lambda: _answer_figures(rows, answer(rows, runs)),
        "letter": lambda: _letter_figures(runs),
        "annex": lambda: _annex_figures(100, runs, "a table"),
        "erasing": lambda: _erase_figures(rows, runs),
        "secrecy": lambda: _secrecy_figures(rows, runs),
        "cases": lambda: _case_figures(max(1, rows // 1000), (4,)),
        "course": lambda: _course_figures(max(1, rows // 10_000), (1,)),
        "backlog": lambda: _backlog_figures(max(1, rows // 1000), 2),
        "queue": lambda: _queue_figures(rows, rows // 50, runs),
    }
    return chain.from_iterable(figures[name]() for name in PARTS if name in parts)


def all_figures(runs: int, parts: Collection[str] = PARTS) -> Iterator[Figure]:
    """Everything, at the sizes that matter."""
    figures = {
        "gathering": lambda: _growth_figures(runs),
        "archive": lambda: _archive_figures(MILLION, runs),
        "answer": lambda: _answer_growth(runs),
        "letter": lambda: _letter_figures(runs),
        "annex": lambda: _annex_growth(runs),
        "erasing": lambda: _erase_figures(ERASED, runs),
        "secrecy": lambda: _secrecy_figures(ERASED, runs),
        "cases": lambda: _case_figures(500, (1, 2, 4)),
        "course": lambda: _course_figures(40, (1, 2, 4)),
        "backlog": lambda: _backlog_figures(900, 2),
        "queue": lambda: _queue_figures(MILLION, MILLION // 50, runs),
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


def _annex_figures(rows: int, runs: int, what: str, most: float | None = None) -> Iterator[Figure]:
    measured = annex(rows, runs)
    told = f"as bare paragraphs {measured.floor:.2f} ms"
    yield Figure(f"annex of {rows:,} rows, a row of {what}", measured.a_row, "ms", told, most)
    yield Figure("  most memory of what sets it", measured.megabytes, "MB", "", 250)


def _annex_growth(runs: int) -> Iterator[Figure]:
    for what, few, many, most in (("a table", 500, 2_000, 5.0), ("plain lines", 5_000, 50_000, 0.7)):
        yield from _annex_figures(many, runs, what, most)
        slope = exponent((rows, annex(rows, runs).a_row * rows) for rows in (few, many))
        yield Figure(f"  growth from {few:,} to {many:,} rows", slope, "exponent", "", 1.1)


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


def _queue_figures(cases: int, open_ones: int, runs: int) -> Iterator[Figure]:
    few, all_of_them = (pages for _size, pages in among(cases, open_ones, runs))
    promised = cases >= MILLION
    for page in all_of_them:
        yield from _page_figures(page, cases, promised=promised)
    # What is searched for is found among closed cases too: there is more of it where there are more.
    pairs = [(small, large) for small, large in zip(few, all_of_them, strict=True) if not large.is_search]
    grown = max(large.database / small.database for small, large in pairs)
    told = f"database's processor, {open_ones:,} open: {cases:,} cases against {cases // 10:,}"
    yield Figure("most that any page grows with closed cases", grown, "x", told, 1.5 if promised else None)
    yield Figure(
        "  a page with the desk, at the median, processor", median(page.whole for page in all_of_them), "ms"
    )


def _page_figures(page: Page, cases: int, *, promised: bool) -> Iterator[Figure]:
    name = f"{cases:,} cases, {page.name}"
    told = f"{page.questions} questions; with the desk {page.whole:.0f} ms"
    if page.by_hand is None:
        yield Figure(name, page.database, "ms", told)
        return
    told = f"database {page.database:.1f} ms in {told}; by hand {page.by_hand:.1f} ms"
    # Of a search most is who searches, which is asked for anew each time and takes as long as finding.
    most = 3 if promised and not page.is_search else None
    yield Figure(name, page.database / page.by_hand, "x by hand", told, most)
