"""A MariaDB of the tests' own: behind a socket in a folder that goes away with it, no port, no password."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pymysql

from demo.servers.processes import StartError, end_group, wait_until
from demo.system import executable

Connection = pymysql.Connection


class MariaDB:
    """`url` is for the connector, `connect` for the test that plays the operator."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="dsar-mariadb-"))
        self._socket = self._folder / "s"
        self._process: subprocess.Popen[bytes] | None = None

    def url(self, user: str = "root", database: str = "crm") -> str:
        return f"mariadb://{user}@localhost/{database}?unix_socket={self._socket}"

    def connect(self, database: str | None = None) -> Connection:
        return pymysql.connect(
            unix_socket=str(self._socket), user="root", database=database, charset="utf8mb4", autocommit=True
        )

    def start(self) -> None:
        """Returns when it answers; raises StartError."""
        account = ["--user=root"] if os.geteuid() == 0 else []
        # Servers that share a folder for temporary tables remove each other's when they start.
        (self._folder / "tmp").mkdir(exist_ok=True)
        folders = [f"--datadir={self._folder}/data", f"--tmpdir={self._folder}/tmp"]
        options = ["--no-defaults", *account, *folders, "--innodb-use-native-aio=0"]
        first = ["--skip-test-db", "--auth-root-authentication-method=normal"]
        later = [f"--socket={self._socket}", "--skip-networking", f"--pid-file={self._folder}/pid", "--skip-log-bin",
                 "--innodb-flush-method=nosync", "--innodb-flush-log-at-trx-commit=0"]  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            made = subprocess.run(
                [executable("mariadb-install-db"), *options, *first], stdout=log, stderr=log
            )
            if made.returncode:
                raise StartError((self._folder / "log").read_text()[-3000:])
            process = subprocess.Popen(
                [executable("mariadbd"), *options, *later], stdout=log, stderr=log, start_new_session=True
            )
        self._process = process
        wait_until(self._answers, what="MariaDB", seconds=60, alive=lambda: process.poll() is None)

    def stop(self) -> None:
        if self._process:
            end_group(self._process.pid)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except pymysql.Error:
            return False
        return True
