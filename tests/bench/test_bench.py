"""That the bench runs and says what it promises; how fast the desk is, no test decides."""

import os
import subprocess
import sys

import pytest

from dsar.bench import world

FIGURES = (
    "2,000 rows of one subscriber, PostgreSQL",
    "2,000 rows of one subscriber, Parquet",
    "most memory of a worker",
    "erasing 2,000 rows of one person",
    "2 cases of 3,000 rows, 4 workers",
)


@pytest.mark.timeout(280)
def test_a_small_run_measures_everything(servers: None) -> None:
    command = [sys.executable, "manage.py", "bench", "--small", "--rows", "2000", "--runs", "1"]
    environment = os.environ | {"DATABASE_URL": world.database(os.environ["DATABASE_URL"], "postgres")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=270)
    assert "Traceback" not in done.stderr
    missing = [figure for figure in FIGURES if figure not in done.stdout]
    assert not missing, done.stdout + done.stderr
