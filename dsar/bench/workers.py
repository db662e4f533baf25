"""Real Celery workers for a measurement, and the most memory any of them took."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.conf import settings

from cases.models import Dispatch
from dsar.celery import app

LOOKED_AT_EVERY = 0.2  # seconds


class Workers:
    """One worker process group of so many children, looked at for as long as it lives."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._most = 0
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def peak_megabytes(self) -> float:
        """The largest resident size any process of the group ever had (VmHWM), those that have ended among them."""
        self._look()
        return self._most / 1024

    def end(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._ended.set()
        self._watching.join()

    def _watch(self) -> None:
        # A child that ends takes its figure with it.
        while not self._ended.wait(LOOKED_AT_EVERY):
            self._look()

    def _look(self) -> None:
        self._most = max(self._most, *map(_peak, self._pids()), 0)

    def spent(self) -> float:
        """Processor seconds of the group so far, children that ended among them."""
        return sum(map(_spent, self._pids())) / os.sysconf("SC_CLK_TCK")

    def _pids(self) -> Iterator[int]:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _group(int(entry.name)) == self.process.pid:
                yield int(entry.name)


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return -1


def _spent(pid: int) -> int:
    """Ticks of a process, in the program and in the system, with those of children it has waited for."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    # Behind the name, which may have blanks, eleven others come first.
    return sum(map(int, told.rpartition(")")[2].split()[11:15]))


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """Workers that answer, with an empty queue before them."""
    empty_queue()
    command = [sys.executable, "-m", "celery", "-A", "dsar", "--quiet", "worker", "--loglevel", "ERROR"]
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [*command, "--concurrency", str(count), "--without-gossip", "--without-mingle", "--task-events"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # A group of its own, so that its children end with it.
        start_new_session=True,
    )
    pool = Workers(process)
    try:
        _wait_until_ready()
        yield pool
    finally:
        pool.end()
        empty_queue()


def empty_queue() -> None:
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.delete("celery", "clock", "mail", "cleared", "unacked", "unacked_index")
    Dispatch.objects.all().delete()


def _wait_until_ready() -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if app.control.ping(timeout=0.5):
            return
    raise RuntimeError("the workers do not answer")
