"""The demo's provider of electronic identities, in a process of its own, and somebody who signs in there."""

import html
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import httpx

from demo.servers.processes import end_group, free_port, listening, wait_until

ANNA, BERTIL = "196710192391", "196712112397"
SECRET = "a-secret-of-the-tests"
LEVELS = {level: f"urn:demo:bankid:{level}" for level in ("low", "substantial", "high")}


@dataclass
class Provider:
    """Where it listens; `stop` and `start` let it be away for a while."""

    port: int
    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}/bankid"

    def start(self) -> None:
        command = [sys.executable, "-m", "demo.servers.eid", str(self.port)]
        process = subprocess.Popen(
            command, env={**os.environ, **self.environ}, stdin=subprocess.DEVNULL, start_new_session=True
        )
        wait_until(
            lambda: listening(process.pid, self.port),
            what="the provider",
            seconds=30,
            alive=lambda: process.poll() is None,
        )
        self.process = process

    def stop(self) -> None:
        if self.process is not None:
            end_group(self.process.pid)
            self.process.wait()
            self.process = None

    def rotate(self) -> None:
        httpx.post(f"{self.issuer}/rotate").raise_for_status()

    def spoil(self, **claims: Any) -> None:
        """The next token says this instead."""
        httpx.post(f"{self.issuer}/spoil", json=claims).raise_for_status()

    def office_spoil(self, **claims: Any) -> None:
        """The same where the staff sign in."""
        httpx.post(f"{self.issuer.replace('bankid', 'office')}/spoil", json=claims).raise_for_status()

    def sign_in(self, address: str, number: str = ANNA, level: str = "high", choice: str = "go") -> str:
        """Be somebody there; the address at the desk that the browser is sent to."""
        page = httpx.get(address).raise_for_status().text
        asked = {
            html.unescape(name): html.unescape(value)
            for name, value in re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', page)
        }
        chosen = {**asked, "number": number, "level": LEVELS.get(level, level), "choice": choice}
        answer = httpx.post(f"{address.partition('/authorize')[0]}/choose", data=chosen)
        assert answer.status_code == 303
        return answer.headers["location"]


def new_provider(**environ: str) -> Provider:
    return Provider(free_port(), {"EID_SECRET": SECRET, **environ})
