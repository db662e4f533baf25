"""Child processes that never outlive the demo, and are found again if it was killed."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil


class StartError(Exception):
    """A server did not come up; the text is for the person at the terminal."""


def free_port(preferred: int = 0) -> int:
    """`preferred` if nobody listens there, else any free loopback port."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # A port that was closed a moment ago is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartError("no free port on the loopback interface")


def reserved_port(preferred: int, stack: ExitStack) -> int:
    """A free port that no other demo starting just now takes; kept for it until `stack` is closed."""
    while True:
        port = free_port(preferred)
        if _reserve(port, stack):
            return port
        preferred = 0


def _reserve(port: int, stack: ExitStack) -> bool:
    # Between looking and listening lie seconds: demos tell each other with a lock, freed however they end.
    try:
        lock = os.open(Path(tempfile.gettempdir()) / f"dsar-port-{port}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:  # another account's demo
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    stack.callback(os.close, lock)
    return True


def wait_until(ready: Callable[[], bool], *, what: str, seconds: float, alive: Callable[[], bool]) -> None:
    """Polls `ready`; raises StartError when `alive` turns false or after `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        if not alive():
            raise StartError(f"{what} stopped while starting")
        if time.monotonic() > end:
            raise StartError(f"{what} did not answer within {seconds:.0f} seconds")
        time.sleep(0.05)


def listening(pid: int, port: int) -> bool:
    """Whether this process or one it started, and not somebody else, listens on the port."""
    try:
        leader = psutil.Process(pid)
        family = [leader, *leader.children(recursive=True)]
        open_there = [one for process in family for one in process.net_connections("tcp")]
    except psutil.Error:
        return False
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in open_there)


def end_group(pid: int, *, first: signal.Signals = signal.SIGTERM, patience: float = 15) -> None:
    """Ends a session leader and everything in its group, politely at first."""
    for sign, seconds in ((first, patience), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(pid, sign)
        except (ProcessLookupError, PermissionError):
            return
        end = time.monotonic() + seconds
        while time.monotonic() < end and _group_lives(pid):
            time.sleep(0.05)


def _group_lives(pgid: int) -> bool:
    for process in psutil.process_iter(["pid", "status"]):
        try:
            if os.getpgid(process.pid) == pgid and process.info["status"] != psutil.STATUS_ZOMBIE:
                return True
        except ProcessLookupError:
            continue
    return False


@dataclass
class Children:
    """The demo's processes, in the order they were started."""

    folder: Path  # logs and the list of what runs
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    adopted: list[str] = field(default_factory=list)

    @property
    def _list(self) -> Path:
        return self.folder / "running.json"

    def start_module(self, name: str, module: str, *args: str, env: Mapping[str, str] | None = None) -> None:
        """Runs `python -m module args`; output goes to log/NAME.log."""
        self.start(name, [sys.executable, "-m", module, *args], env=env)

    def start(self, name: str, command: Sequence[str], *, env: Mapping[str, str] | None = None) -> None:
        log = self.folder / "log" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            # A session of its own: Ctrl-C reaches the demo alone, which then stops the rest in order.
            self.running[name] = subprocess.Popen(
                command,
                env={**(env if env is not None else os.environ), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._remember()

    def adopt(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Counts a process that somebody else started, as a session leader, among the children."""
        self.running[name] = process
        self.adopted.append(name)
        self._remember()

    def alive(self, name: str) -> bool:
        return self.running[name].poll() is None

    def fallen(self) -> list[str]:
        """Names of processes that ended although nobody stopped them."""
        return [name for name in self.running if not self.alive(name)]

    def end(self, name: str) -> None:
        """Asks one of them to end, and waits for it; nothing happens if it was never started."""
        if process := self.running.pop(name, None):
            end_group(process.pid)
            process.wait()
            self._remember()

    def wait_for_port(self, name: str, port: int, seconds: float = 60) -> None:
        pid = self.running[name].pid
        wait_until(lambda: listening(pid, port), what=name, seconds=seconds, alive=lambda: self.alive(name))

    def stop(self) -> None:
        """Asks all of them to end at once, then waits for each; what was adopted serves them until then."""
        started = [name for name in self.running if name not in self.adopted]
        for name in started:
            with suppress(ProcessLookupError):
                os.killpg(self.running[name].pid, signal.SIGTERM)
        for name in (*reversed(started), *self.adopted):
            process = self.running.pop(name)
            end_group(process.pid)
            process.wait()
        self.adopted.clear()
        self._list.unlink(missing_ok=True)

    def _remember(self) -> None:
        rows = [
            [p.pid, psutil.Process(p.pid).create_time()] for p in self.running.values() if p.poll() is None
        ]
        self._list.write_text(json.dumps(rows))

    def stop_leftovers(self) -> int:
        """Ends what an earlier demo in this folder left behind when it was killed; returns how many."""
        if not self._list.exists():
            return 0
        ended = 0
        for pid, created in json.loads(self._list.read_text() or "[]"):
            # A process id is used again by the system; only the start time tells that it is still ours.
            if psutil.pid_exists(pid) and abs(psutil.Process(pid).create_time() - created) < 1:
                end_group(pid)
                ended += 1
        self._list.unlink(missing_ok=True)
        return ended
