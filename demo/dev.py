"""`python -m demo.dev`: the desk without the walk, for whoever changes it; what is changed is taken up by itself.

Django's own server follows code, templates and static files. The worker, which has no such
habit, is started again here.
"""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from demo.servers.processes import StartError
from demo.stack import ROOT, WEB, WORKERS, Stack
from demo.starting import carry, farewell, say, start

CODE = ("connectors", "cases", "exports", "dsar")
SECONDS = 1.0  # between two looks

Stamps = dict[Path, float]


def stamps(root: Path, operators: Path) -> Stamps:
    """When each file was last changed that the worker, the tables or the registers are made of."""
    found: Stamps = {}
    for path in _watched(root, operators):
        try:
            found[path] = path.stat().st_mtime
        except FileNotFoundError:  # an editor puts the new file in the place of the old one
            continue
    return found


def _watched(root: Path, operators: Path) -> Iterator[Path]:
    for package in CODE:
        for kind in ("*.py", "*.toml"):
            yield from (root / package).rglob(kind)
    yield from (root / "templates").rglob("*.*")
    yield from (root / "locale").rglob("*.mo")
    yield from operators.rglob("*.toml")


def prepares(path: Path, operators: Path) -> bool:
    """Whether a change to this file is one that tables or registers have to follow."""
    return path.parent.name == "migrations" or path.is_relative_to(operators)


def start_web(stack: Stack, name: str) -> None:
    server = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{stack.ports[name]}"]
    stack.children.start(name, server, env=stack.cleared_env if name == "cleared" else stack.env)


def start_desk(stack: Stack) -> None:
    for name in WEB:
        start_web(stack, name)
    stack.start_worker()
    for name in WEB:
        stack.children.wait_for_port(name, stack.ports[name])


def take_up(stack: Stack, changed: set[Path], operators: Path) -> bool:
    """The worker anew; before it, tables and registers where they changed. False after a fault, which was told."""
    for name in WORKERS:
        stack.children.end(name)
    if any(prepares(path, operators) for path in changed):
        try:
            stack.prepare_desk()
        except StartError as error:
            say(f"Not taken up yet: {error}")
            return False
    stack.start_worker()
    for name in set(WEB) & set(stack.children.fallen()):
        stack.children.end(name)
        start_web(stack, name)
    say(f"Taken up: {', '.join(sorted(path.name for path in changed))}")
    return True


def follow(stack: Stack) -> int:
    """Until somebody stops it. A process that falls over a fault in the code is started again by the next change."""
    operators = Path(stack.env["DSAR_OPERATORS"]).resolve()
    seen, waiting, told = stamps(ROOT, operators), set[Path](), set[str]()
    while True:
        time.sleep(SECONDS)
        now = stamps(ROOT, operators)
        if changed := {path for path, _ in seen.items() ^ now.items()}:
            seen, waiting, told = now, waiting | changed, set()
            if take_up(stack, waiting, operators):
                waiting = set()
        for name in set(stack.children.fallen()) - told:
            told.add(name)
            say(f"{name} stopped by itself; see {stack.var / 'log' / name}.log")


def run(stack: Stack) -> int:
    stack.env["DEBUG"] = "1"
    start(stack, start_desk)
    farewell(stack)
    say("\nFollowing changes until Ctrl-C.")
    return follow(stack)


if __name__ == "__main__":
    sys.exit(carry(run))
