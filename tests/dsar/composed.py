"""docker-compose.yml and the Dockerfile, read as an engine would read them, and put to work on this machine."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "dsar"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


def interpolated(text: str, given: dict[str, str]) -> str:
    """${NAME:-default} and ${NAME:?message} filled in, $$ turned into $."""

    def fill(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name, default = found["name"], found["default"]
        return given[name] if name in given or default is None else default

    return re.sub(r"\$\$|\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)?\}", fill, text)


def dockerfile(instruction: str) -> list[str]:
    """The arguments of every such line."""
    return re.findall(rf"(?m)^{instruction}\s+(.+)$", DOCKERFILE)


@dataclass
class Machine:
    """Stands in for the engine: container paths lie under `folder`, commands run as child processes."""

    folder: Path
    given: dict[str, str]
    changed: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """A text of the compose file with its container paths turned into paths on this machine."""

        def path(found: re.Match[str]) -> str:
            return str(ROOT / "operators" if found[0] == "/operators" else self.folder / Path(found[0]).name)

        return re.sub(
            r"(?<![\w/])/(run/secrets|vault|anchors|scratch|metrics|operators|tmp/beat-schedule)\b",
            path,
            text,
        )

    def environment(self, name: str | None) -> dict[str, str]:
        """What the service sees: its own variables, and nothing of this process but the way to the programs.

        None is the bare image.
        """
        path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(self.folder)}
        if name is None:
            return path
        own = SERVICES[name]["environment"].items()
        return path | {key: self.here(interpolated(value, self.given)) for key, value in own} | self.changed

    def command(self, name: str) -> list[str]:
        return [self.here(word) for word in shlex.split(interpolated(SERVICES[name]["command"], self.given))]

    def run(self, name: str | None, command: list[str]) -> subprocess.CompletedProcess[str]:
        """A command in the service's container, to its end."""
        return subprocess.run(
            command,
            env=self.environment(name),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.command(name),
                env=self.environment(name),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def alive(self, name: str) -> bool:
        return self.running[name].poll() is None

    def healthy(self, name: str) -> bool:
        """What the service's own health check says."""
        kind, test = SERVICES[name]["healthcheck"]["test"]
        assert kind == "CMD-SHELL"
        return self.run(name, ["sh", "-c", self.here(interpolated(test, self.given))]).returncode == 0
