"""`make demo` itself: every case from the form to the opened package, over HTTP, with real workers and sources.

What must be true of each case is held against the source systems by demo/walk/checks.py while the demo runs;
tests/demo/walk/test_checks.py proves that those checks can fail.
"""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil
import psycopg
import pytest

from demo.servers.postgres import create_database
from demo.stack import database_url
from demo.systems.cast import SLUGS
from demo.walk.journey import WALKS, Walk

ROOT = Path(__file__).resolve().parents[2]

# One test is among the long ones that begin first, and runs the demo; by the time of the others it is over. Were they
# long as well, each worker would take one of them, and wait for the first.
pytestmark = [pytest.mark.pango, pytest.mark.timeout(590)]


def environment() -> dict[str, str]:
    """The demo starts servers of its own, unless the tests were given some."""
    given = json.loads((Path(os.environ["DSAR_TEST_FOLDER"]) / "given.json").read_text())
    own = {name: value for name, value in os.environ.items() if not name.startswith("DSAR_")}
    for name in {"DATABASE_URL", "REDIS_URL"} - set(given):
        own.pop(name, None)
    if "DATABASE_URL" in given:
        own["DATABASE_URL"] = _database("dsar_journey")
    return {**own, "DEMO_EXIT": "1", "PYTHONPATH": str(ROOT)}


def _database(name: str) -> str:
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(database_url(server, "postgres"), autocommit=True) as connection:
        for old in (name, *(f"crm_{slug.replace('-', '_')}" for slug in SLUGS)):
            connection.execute(f'drop database if exists "{old}" with (force)')
    create_database(database_url(server, "postgres"), name)
    return database_url(server, name)


def run(folder: Path, env: Mapping[str, str]) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-m", "demo"], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    return {"status": done.returncode, "printed": done.stdout, "complained": done.stderr}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Two starts in one folder: {folder, memory, first, second}. Run once, also when several workers test."""
    shared = Path(os.environ["DSAR_TEST_FOLDER"])
    with (shared / "journey.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = shared / "journey.json"
        if not found.exists():
            folder, env = tmp_path_factory.mktemp("checkout"), environment()
            first = run(folder, env)
            memory = json.loads((folder / "var" / "demo.json").read_text())
            found.write_text(
                json.dumps(
                    {"folder": str(folder), "memory": memory, "first": first, "second": run(folder, env)}
                )
            )
        return json.loads(found.read_text())


def result_of(demo: dict[str, object], walk: Walk) -> dict[str, object]:
    return demo["memory"]["results"][WALKS.index(walk)]


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.title)
def test_every_case_reaches_its_end_and_agrees_with_the_sources(demo, walk):
    result = result_of(demo, walk)
    assert result["problem"] == ""
    assert result["bytes"] > 0
    assert set(result["seconds"]) == {"asked", "gathered", "written", "sent"}


def test_there_is_an_access_case_at_every_operator_an_erasure_and_a_marketing_objection():
    assert {walk.slug for walk in WALKS if walk.right == "access"} == set(SLUGS)
    assert {"erasure", "marketing-objection"} <= {walk.right for walk in WALKS}


def test_one_case_goes_straight_to_another_provider_too(demo):
    (walk,) = [walk for walk in WALKS if walk.send_to]
    assert walk.right == "portability"
    assert result_of(demo, walk)["given"] > 0


def test_the_heavy_subscriber_gets_over_12000_rows(demo):
    assert result_of(demo, WALKS[0])["given"] > 12_000


def test_swedish_law_enforcement_data_are_described_and_danish_given(demo):
    assert result_of(demo, next(walk for walk in WALKS if walk.slug == "tele2-se"))["withheld"] > 0
    assert result_of(demo, next(walk for walk in WALKS if walk.slug == "telenor-dk"))["withheld"] == 0


def test_an_erasure_erases_and_keeps(demo):
    result = result_of(demo, next(walk for walk in WALKS if walk.right == "erasure"))
    assert result["erased"] > 0 < result["kept"]


def test_somebody_elses_number_brings_none_of_their_rows(demo):
    (borrower,) = [walk for walk in WALKS if walk.borrows]
    assert result_of(demo, borrower)["given"] < 1000 < result_of(demo, WALKS[0])["given"]


@pytest.mark.timeout(900)
def test_the_command_ends_well_and_prints_a_table_that_fits(demo):
    assert demo["first"]["status"] == 0, demo["first"]["printed"] + demo["first"]["complained"]
    lines = demo["first"]["printed"].splitlines()
    rule = next(number for number, line in enumerate(lines) if set(line) == {"-"})
    assert all(len(line) <= 100 for line in lines[rule - 1 : rule + len(WALKS) + 1])
    assert any("password for all" in line for line in lines[rule:])


def test_a_second_start_keeps_the_cases_and_does_not_walk_again(demo):
    assert demo["second"]["status"] == 0
    for result in demo["memory"]["results"]:
        assert result["reference"] in demo["second"]["printed"]
    assert "asked for" not in demo["second"]["printed"]


def test_no_process_is_left_behind(demo):
    left = [
        process
        for process in psutil.process_iter(["cmdline"])
        if demo["folder"] in " ".join(process.info["cmdline"] or ())
    ]
    assert left == []
    assert not (Path(demo["folder"]) / "var" / "running.json").exists()
