"""A run that is killed leaves no server, no worker and no file behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.migrated import room
from tests.watchman import inside

CHAOS = ["tests.whole_line.chaos.chaos", "1", "1", "41000"]
TESTS = ["pytest", "-q", "-p", "no:cacheprovider", "-n", "1", "tests/whole_line/chaos/until_killed.py"]

OURS = ("DSAR_", "PYTEST_", "DJANGO_", "DATABASE_URL", "REDIS_URL")


@pytest.fixture
def place() -> Iterator[Path]:
    """Of a short name: PostgreSQL's socket lies in it, and the path of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="left-") as name:
        yield Path(name)


@pytest.mark.timeout(150)
@pytest.mark.parametrize(("module", "home", "processes"), [(CHAOS, "dsar-chaos", 8), (TESTS, "dsar-test", 2)])
def test_whatever_kills_it(module: list[str], home: str, processes: int, place: Path) -> None:
    # Servers of its own.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    # A folder of its own for everything else; the migrated database need not be made anew.
    (place / room().name).symlink_to(room())
    running = subprocess.Popen(
        [sys.executable, "-m", *module],
        env=clean | {"TMPDIR": str(place)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    folder = wait_for(lambda: next(place.glob(f"{home}-*"), None))
    wait_for(lambda: len(inside(str(folder))) >= processes)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    wait_for(lambda: not inside(str(folder)) and not folder.exists())


def wait_for(found: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while not (value := found()):
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.1)
    return value
