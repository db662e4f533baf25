"""`python -m demo`: the whole desk on this machine, its operators' systems, and a walk through it.

DEMO_EXIT=1 stops after the walk: status 0 if every case reached its end, else 1.
"""

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from demo.prepare import LOGINS
from demo.servers.processes import StartError
from demo.stack import Stack, alone_in, running_stack
from demo.system import provide
from demo.walk.journey import WALKS, Journey, travel
from demo.walk.report import Board, Result, table

VAR = Path("var").resolve()


class StoppedError(Exception):
    """Somebody asked the demo to end."""


def stop_on_signals() -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the way out is taken once, in order
        raise StoppedError

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def say(text: str = "") -> None:
    print(text, flush=True)


def start(stack: Stack) -> None:
    """Everything up, a line a step."""
    begun = time.monotonic()

    def step(text: str) -> None:
        say(f"{time.monotonic() - begun:6.1f} s  {text}")

    stack.choose_ports()
    stack.settle_settings()
    stack.start_servers()
    step("PostgreSQL and Redis answer")
    stack.start_systems()
    step("the operators' own systems: customer databases, network archives, consent service, mailbox")
    stack.prepare_desk()
    step("the desk's tables, registers and staff")
    stack.start_desk()
    step("web server, worker and clock")


def walk(stack: Stack) -> bool:
    """The journey, once: later starts show its table again. True if every case reached its end."""
    results = [Result(**one) for one in stack.memory.values.get("results", [])]
    if results and not any(one.problem for one in results):
        say("\nThe journey of the first start; its cases are on the desk.\n")
    else:
        say()
        turn = stack.memory.values.get("turn", 0) + 1
        stack.memory.keep(turn=turn)
        journey = Journey(stack.web, stack.mailbox, stack.password, stack.systems, turn)
        results = travel(journey, Board([each.title for each in WALKS]))
        stack.memory.keep(results=[asdict(one) for one in results])
        say()
    say(table(results))
    say(f"Audit: {stack.verify_audit()}.")
    return not any(one.problem for one in results)


def farewell(stack: Stack) -> None:
    """Addresses and logins, last so that they stay on the screen."""
    say(f"\nThe desk       {stack.web}/desk/")
    say(f"               {', '.join(LOGINS)}; password for all: {stack.password}")
    say(f"The forms      {stack.web}/")
    say(
        f"The API        {stack.web}/api/docs/   (a token: manage.py api_token, with var/env in the environment)"
    )
    say(f"The mailbox    {stack.mailbox}/   (every mail the desk sends)")
    say(f"The customers  {stack.var / 'people.json'}")
    say(
        "A mailed code is proof enough here for every kind of data (DSAR_PROOF_ENOUGH=low); the pages say so."
    )


def serve(stack: Stack) -> int:
    """Until somebody stops it, or a process falls."""
    say("\nRunning until Ctrl-C.")
    while not (fallen := stack.children.fallen()):
        time.sleep(0.5)
    say(f"{', '.join(fallen)} stopped by itself; see {stack.var / 'log'}")
    return 1


def run() -> int:
    once = os.environ.get("DEMO_EXIT", "") not in ("", "0")
    with alone_in(VAR), running_stack(VAR) as stack:
        try:
            start(stack)
            good = walk(stack)
            farewell(stack)
            return (0 if good else 1) if once else serve(stack)
        finally:
            with suppress(OSError):  # the terminal may be gone
                say("Stopping.")


def main() -> int:
    stop_on_signals()
    provide("pango")
    try:
        return run()
    except StoppedError:
        return 0
    except StartError as error:
        say(f"The demo does not start: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
