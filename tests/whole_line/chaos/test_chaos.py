"""Nothing lost, nothing doubled, nothing stuck, whatever dies. A round here, hundreds under `make soak`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LOGS = Path(__file__).parents[3] / "var/soak"


def counts_of(rounds: int, seed: int, rows: int, seconds: int, logs: Path) -> dict[str, Any]:
    """The chaos with servers of its own: nothing of this test run's settings reaches it.

    After each round `logs`/soak-SEED.log has a line more, with the counts so far.
    """
    command = [sys.executable, "-m", "tests.whole_line.chaos.chaos", *map(str, (rounds, seed, rows))]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DSAR_")}
    logs.mkdir(parents=True, exist_ok=True)
    with (log := logs / f"soak-{seed}.log").open("a") as told:
        done = subprocess.run(
            command, env=clean, stdout=subprocess.PIPE, stderr=told, text=True, timeout=seconds, check=False
        )
    assert done.returncode == 0, log.read_text(errors="replace")[-8000:]
    counts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return counts


@pytest.mark.pango
@pytest.mark.timeout(600)
def test_a_round_of_bad_weather_loses_nothing(tmp_path: Path) -> None:
    counts = counts_of(1, seed=1, rows=12_000, seconds=580, logs=tmp_path)
    assert (counts["rounds"], counts["cases"]) == (1, 4)
    assert counts["rows compared"] > 27_000
    assert sum(counts["faults"].values()) > 5
    assert sum(counts["source faults"].values()) > 0
    told = (tmp_path / "soak-1.log").read_text().splitlines()
    assert [line.partition(":")[0] for line in told if line.startswith("round ")] == ["round 1"]


@pytest.mark.soak
@pytest.mark.skipif("SOAK" not in os.environ, reason="make soak")
@pytest.mark.pango
@pytest.mark.timeout(28_800)
@pytest.mark.parametrize("seed", [2026, 2027, 2028, 2029])
def test_hundreds_of_rounds_lose_nothing(seed: int) -> None:
    print(json.dumps(counts_of(50, seed=seed, rows=41_000, seconds=28_700, logs=LOGS)))
