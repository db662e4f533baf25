"""Nothing lost, nothing doubled, nothing stuck, whatever dies. A few rounds here, hundreds under `make soak`."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from watchman import inside

SOAK_ROUNDS = int(os.environ.get("SOAK_ROUNDS", "50"))


def chaos(rounds: int, seed: int, **environ: str) -> subprocess.Popen[str]:
    """The chaos with servers of its own: nothing of this test run's settings reaches it."""
    command = [sys.executable, "-m", "tests.faults.chaos", str(rounds), str(seed)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DSAR_")}
    return subprocess.Popen(
        command, env=clean | environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def counts_of(rounds: int, seed: int, seconds: int) -> dict[str, Any]:
    running = chaos(rounds, seed)
    try:
        out, said = running.communicate(timeout=seconds)
    finally:
        running.kill()
    assert running.returncode == 0, said[-8000:]
    counts: dict[str, Any] = json.loads(out.splitlines()[-1])
    return counts


@pytest.mark.pango
@pytest.mark.timeout(600)
def test_a_round_of_bad_weather_loses_nothing() -> None:
    counts = counts_of(1, seed=1, seconds=580)
    assert (counts["rounds"], counts["cases"]) == (1, 6)
    assert counts["rows compared"] > 90_000
    assert sum(counts["faults"].values()) > 5
    assert sum(counts["source faults"].values()) > 0


@pytest.mark.timeout(120)
def test_a_run_that_is_killed_leaves_no_process_behind(tmp_path: Path) -> None:
    running = chaos(1, seed=1, TMPDIR=str(tmp_path))
    folder = wait_for(lambda: next(tmp_path.glob("dsar-chaos-*"), None))
    wait_for(lambda: len(inside(str(folder))) > 8)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    wait_for(lambda: not inside(str(folder)) and not folder.exists())


def wait_for(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while not (value := found()):
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)
    return value


@pytest.mark.soak
@pytest.mark.skipif("SOAK" not in os.environ, reason="make soak")
@pytest.mark.pango
@pytest.mark.timeout(28_800)
@pytest.mark.parametrize("seed", [2026, 2027, 2028, 2029])
def test_hundreds_of_rounds_lose_nothing(seed: int) -> None:
    print(json.dumps(counts_of(SOAK_ROUNDS, seed=seed, seconds=28_700)))
