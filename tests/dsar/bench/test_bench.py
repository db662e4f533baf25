"""That the bench runs and says what it promises; how fast the desk is, no test decides."""

import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from dsar.bench import figures, world
from dsar.bench.measures import Figure, wait_until
from dsar.bench.workers import Workers
from dsar.management.commands import bench

FIGURES = (
    "2,000 rows of one subscriber, PostgreSQL",
    "2,000 rows of one subscriber, Parquet",
    "most memory of a worker",
    "from the last row to ready for decision",
    "answer of 2,000 rows, processor",
    "JSON, CSV, manifest, zip, sealed",
    "XLSX",
    "HTML page",
    "read back",
    "letter of 20 pages",
    "annex of 100 rows, a row of a table",
    "erasing 2,000 rows of one person",
    "findings of a case page, 2,000 rows",
    "facts of a letter, 2,000 rows",
    "2 cases of 3,000 rows, 4 workers",
    "1 whole cases of 3,000 rows, 1 workers",
    "letter and package written, read back, processor",
    "2 proven cases at once, 2 workers",
    "most messages about one run of a page",
    "2,000 cases, view mine",
    "2,000 cases, find a name",
    "2,000 cases, case page",
    "most that any page grows with closed cases",
    "at the start:",
    "at the end:",
)


@pytest.mark.parametrize(("value", "kept"), [(2.5, True), (2.51, False)])
def test_a_limit_is_passed_only_beyond_it(value: float, kept: bool) -> None:
    assert Figure("gathering", value, "x floor", limit=2.5).kept is kept


def test_a_limit_that_is_passed_ends_the_run_with_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = [Figure("gathering", 3, "x floor", "3 s; 1 s", 2.5), Figure("erasing", 1, "x floor", "", 3)]
    monkeypatch.setattr(bench, "call_command", lambda *_args, **_options: None)
    monkeypatch.setattr(bench, "load_operator", lambda _slug: None)
    monkeypatch.setattr(figures, "all_figures", lambda _runs, _parts: iter(told))
    with pytest.raises(SystemExit, match=r"over the limit: gathering$"):
        call_command("bench", "--inside")
    lines = capsys.readouterr().out.splitlines()
    assert ["OVER" in line for line in lines if "at most" in line] == [True, False]
    assert [line.partition(":")[0] for line in (lines[0], lines[-1])] == ["at the start", "at the end"]


def test_a_part_that_there_is_not_is_named_with_those_there_are() -> None:
    with pytest.raises(CommandError, match=r"no part is called speed: there are gathering, .*letter"):
        call_command("bench", "speed", "--inside")


@pytest.mark.timeout(600)
def test_a_small_run_measures_everything(template: str | None) -> None:
    command = [sys.executable, "manage.py", "bench", "--small", "--rows", "2000", "--runs", "1"]
    command += ["--template", template] if template else []
    environment = os.environ | {"DATABASE_URL": world.database(os.environ["DATABASE_URL"], "postgres")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=590)
    assert "Traceback" not in done.stderr
    missing = [figure for figure in FIGURES if figure not in done.stdout]
    assert not missing, done.stdout + done.stderr


def test_a_process_that_has_ended_still_counts_for_the_most_memory() -> None:
    large = "x = bytearray(200_000_000); import time; time.sleep(1)"
    parent = (
        f"import subprocess, sys, time; subprocess.run([sys.executable, '-c', {large!r}]); time.sleep(60)"
    )
    pool = Workers(subprocess.Popen([sys.executable, "-c", parent], start_new_session=True))
    wait_until(lambda: pool.peak_megabytes() > 190)
    wait_until(lambda: len(list(pool._pids())) == 1)
    assert pool.peak_megabytes() > 190
    pool.end()
