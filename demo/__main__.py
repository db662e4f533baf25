"""`python -m demo`: the whole desk on this machine, its operators' systems, and a walk through it.

DEMO_EXIT=1 stops after the walk: status 0 if every case reached its end, else 1.
"""

import os
import sys
import time
from dataclasses import asdict

from demo.stack import Stack
from demo.starting import carry, farewell, say, start
from demo.walk.journey import WALKS, Journey, travel
from demo.walk.report import Board, Result, table
from demo.walk.sent_on import Provider


def walk(stack: Stack) -> bool:
    """The journey, once: later starts show its table again. True if every case reached its end."""
    results = [Result(**one) for one in stack.memory.values.get("results", [])]
    if results and not any(one.problem for one in results):
        say("\nThe journey of the first start; its cases are on the desk.\n")
    else:
        say()
        turn = stack.memory.values.get("turn", 0) + 1
        stack.memory.keep(turn=turn)
        journey = Journey(
            stack.web,
            stack.cleared,
            stack.mailbox,
            stack.password,
            stack.secret,
            stack.systems,
            Provider(stack.receiver, stack.certificate),
            turn,
        )
        results = travel(journey, Board([each.title for each in WALKS]))
        stack.memory.keep(results=[asdict(one) for one in results])
        say()
    say(table(results))
    say(f"Audit: {stack.verify_audit()}.")
    return not any(one.problem for one in results)


def serve(stack: Stack) -> int:
    """Until somebody stops it, or a process falls."""
    say("\nRunning until Ctrl-C.")
    while not (fallen := stack.children.fallen()):
        time.sleep(0.5)
    say(f"{', '.join(fallen)} stopped by itself; see {stack.var / 'log'}")
    return 1


def run(stack: Stack) -> int:
    once = os.environ.get("DEMO_EXIT", "") not in ("", "0")
    start(stack, Stack.start_desk)
    good = walk(stack)
    farewell(stack)
    return (0 if good else 1) if once else serve(stack)


if __name__ == "__main__":
    sys.exit(carry(run))
