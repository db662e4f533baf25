"""A provider that nobody here wrote, run by Node.js: an npm package, installed once for each lock file."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings

from demo.servers.processes import end_group, listening, wait_until
from tests.cases.identity.eid.provider import ANNA, LEVELS, SECRET

HERE = Path(__file__).parent / "another_provider"


def installed() -> Path:
    """The folder of the provider and what it needs; installed by `npm ci` where it is not there yet.

    Fails where the package cannot be installed, and where Node.js is missing: a test without it asks for `node`.
    """
    lock = (HERE / "package-lock.json").read_bytes()
    folder = settings.BASE_DIR / "var" / "npm" / hashlib.sha256(lock).hexdigest()[:16]
    if not (folder / "whole").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        # No script of a package runs: nothing here is compiled or fetched besides the packages.
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode:
            pytest.fail(f"npm could not install the provider to sign in at:\n{done.stderr.strip()[-2000:]}")
        (folder / "whole").touch()
    shutil.copy(HERE / "server.mjs", folder)
    return folder


@dataclass
class NodeProvider:
    """Where it listens. A browser keeps its cookies, as long as `browser` is the same."""

    port: int
    back: str
    client_key: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None
    browser: httpx.Client = field(default_factory=httpx.Client)

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self, folder: Path) -> None:
        environ = {"BACK": self.back, "SECRET": SECRET, "CLIENT_KEY": json.dumps(self.client_key)}
        process = subprocess.Popen(
            ["node", "server.mjs", str(self.port)],
            cwd=folder,
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(
            lambda: listening(process.pid, self.port),
            what="the provider of another make",
            seconds=60,
            alive=lambda: process.poll() is None,
        )
        self.process = process

    def stop(self) -> None:
        if self.process is not None:
            end_group(self.process.pid)
            self.process.wait()
            self.process = None

    def fresh(self) -> None:
        """Nothing spoilt, the right time, a browser that was never here."""
        self.spoil()
        self.clock(0)
        self.browser = httpx.Client()

    def rotate(self) -> None:
        httpx.post(f"{self.issuer}/rotate").raise_for_status()

    def spoil(self, **claims: Any) -> None:
        httpx.post(f"{self.issuer}/spoil", json=claims).raise_for_status()

    def clock(self, seconds: int) -> None:
        httpx.post(f"{self.issuer}/clock", json={"seconds": seconds}).raise_for_status()

    def asks_who(self, address: str) -> bool:
        """Whether the person has to sign in there, and is not let through as who signed in before."""
        return "/interaction/" in self.browser.get(address).headers["location"]

    def sign_in(self, address: str, number: str = ANNA, level: str = "high", choice: str = "go") -> str:
        """Be somebody there; the address at the desk that the browser is sent to."""
        asked = self.browser.get(address)
        assert asked.status_code == 303, asked.text
        chosen = {"number": number, "level": LEVELS.get(level, level), "choice": choice}
        answer = self.browser.post(f"{self.issuer}{asked.headers['location']}", data=chosen)
        while (location := answer.headers["location"]).startswith(f"{self.issuer}/"):
            answer = self.browser.get(location)
        return str(location)
