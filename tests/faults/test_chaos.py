"""Nothing lost, nothing doubled, nothing stuck, whatever dies. A few rounds here, hundreds under `make soak`."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest


def counts_of(rounds: int, seed: int, seconds: int) -> dict[str, Any]:
    """The chaos with servers of its own: nothing of this test run's settings reaches it."""
    command = [sys.executable, "-m", "tests.faults.chaos", str(rounds), str(seed)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DSAR_")}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr[-8000:]
    counts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return counts


@pytest.mark.pango
@pytest.mark.timeout(600)
def test_two_rounds_of_bad_weather_lose_nothing() -> None:
    counts = counts_of(2, seed=1, seconds=580)
    assert (counts["rounds"], counts["cases"]) == (2, 8)
    assert counts["rows compared"] > 170_000
    assert sum(counts["faults"].values()) > 5
    assert sum(counts["source faults"].values()) > 0


@pytest.mark.soak
@pytest.mark.skipif("SOAK" not in os.environ, reason="make soak")
@pytest.mark.pango
@pytest.mark.timeout(28_800)
@pytest.mark.parametrize("seed", [2026, 2027, 2028, 2029])
def test_hundreds_of_rounds_lose_nothing(seed: int) -> None:
    print(json.dumps(counts_of(50, seed=seed, seconds=28_700)))
