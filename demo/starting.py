"""Up with the demo: a line a step, the addresses at the end, and one way out."""

import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from demo.codes import code
from demo.prepare import LOGINS
from demo.servers.processes import StartError
from demo.stack import Stack, alone_in, running_stack
from demo.system import provide

VAR = Path("var").resolve()
NEW_CODE = ".venv/bin/python -m demo.codes"


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


def start(stack: Stack, desk: Callable[[Stack], None]) -> None:
    """Everything up, a line a step; `desk` starts web server, worker and clock."""
    begun = time.monotonic()

    def step(text: str) -> None:
        say(f"{time.monotonic() - begun:6.1f} s  {text}")

    stack.choose_ports()
    stack.settle_settings()
    stack.start_servers()
    step("PostgreSQL and Redis answer")
    step("building the operators' own systems; the first time this takes longest, up to some minutes")
    stack.start_systems()
    step("the operators' own systems: customer databases, network archives, consent service, mailbox")
    stack.prepare_desk()
    step("the desk's tables, registers and staff")
    desk(stack)
    step("web servers, workers and clock")


def farewell(stack: Stack) -> None:
    """Addresses and logins, last so that they stay on the screen."""
    say(f"\nThe desk       {stack.web}/desk/")
    say(f"               {', '.join(LOGINS)}; password for all: {stack.password}")
    say(f"               one-time code for all: {code(stack.secret)}   (a new one: {NEW_CODE};")
    say(f"               or type {stack.secret} into an authenticator app)")
    say(f"               secret orders, by `cleared` alone: {stack.cleared}/desk/")
    say(f"The forms      {stack.web}/")
    say(
        f"The API        {stack.web}/api/docs/   (a token: manage.py api_token, with var/env in the environment)"
    )
    say(f"The mailbox    {stack.mailbox}/   (every mail the desk sends)")
    say(f"The phones     {stack.texts}/   (every text message the desk sends)")
    say(f"Another provider {stack.receiver}/   (what people had sent there; its certificate is its own)")
    say(f"The customers  {stack.var / 'people.json'}   (sign in with BankID or MitID by anybody's number)")


def carry(run: Callable[[Stack], int]) -> int:
    """Runs in this checkout's folder, alone, and stops whatever was started; returns the exit status."""
    stop_on_signals()
    provide("pango")
    provide("fonts")
    try:
        with alone_in(VAR), running_stack(VAR) as stack:
            try:
                return run(stack)
            finally:
                with suppress(OSError):  # the terminal may be gone
                    say("Stopping.")
    except StoppedError:
        return 0
    except StartError as error:
        say(f"The demo does not start: {error}")
        return 1
