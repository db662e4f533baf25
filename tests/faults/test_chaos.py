"""Nothing lost, nothing doubled, nothing stuck, whatever dies. A few rounds here, hundreds under `make soak`."""

import json
import os
import subprocess
import sys

import pytest


def weather(rounds: int, seed: int, seconds: int) -> dict[str, int]:
    command = [sys.executable, "-m", "tests.faults.chaos", str(rounds), str(seed)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DSAR_")}
    done = subprocess.run(command, env=clean, capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr[-6000:]
    counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return counts


@pytest.mark.pango
@pytest.mark.timeout(600)
def test_two_rounds_of_bad_weather_lose_nothing() -> None:
    counts = weather(2, seed=1, seconds=580)
    assert counts.pop("rounds") == 2
    assert sum(counts.values()) > counts.pop("rows"), "no fault struck"


@pytest.mark.soak
@pytest.mark.skipif("SOAK" not in os.environ, reason="make soak")
@pytest.mark.pango
@pytest.mark.timeout(14_400)
@pytest.mark.parametrize("seed", [2026, 2027, 2028, 2029])
def test_hundreds_of_rounds_lose_nothing(seed: int) -> None:
    print(weather(50, seed=seed, seconds=14_000))
