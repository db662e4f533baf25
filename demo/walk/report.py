"""What the terminal shows: a line a case while they run, a table at the end."""

import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

STAGES = ("asked", "gathered", "written", "sent")
LEGEND = (
    "Seconds: ask = form and mailed code, get = gathered and judged, ans = letter and package written,\n"
    "         end = approved, carried out, delivered and opened."
)


@dataclass
class Result:
    """How one case ended. `problem` is empty if it reached its end and everything checked was right."""

    operator: str
    right: str
    who: str
    reference: str = ""
    given: int = 0
    withheld: int = 0
    erased: int = 0
    kept: int = 0
    bytes: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    problem: str = ""


class Board:
    """One line a case, redrawn in place on a terminal, appended to otherwise."""

    def __init__(self, titles: Sequence[str]) -> None:
        self.lines = dict.fromkeys(titles, "waits")
        self.begun = time.monotonic()
        self.lock = threading.Lock()
        self.closed = False
        self.moving = sys.stdout.isatty()
        if self.moving:
            print("\n" * len(titles), end="", flush=True)

    def close(self) -> None:
        """What is still said by walks that were cut short is not shown."""
        with self.lock:
            self.closed = True

    def show(self, title: str, words: str, *, passing: bool = False) -> None:
        """`passing` words are shown where lines can be redrawn, and not worth a line of their own."""
        with self.lock:
            if self.closed:
                return
            self.lines[title] = words
            if self.moving:
                rows = "".join(f"\x1b[2K{name:<38} {text[:60]}\n" for name, text in self.lines.items())
                print(f"\x1b[{len(self.lines)}A{rows}", end="", flush=True)
            elif not passing:
                print(f"{time.monotonic() - self.begun:6.1f} s  {title:<38} {words}", flush=True)


def table(results: Sequence[Result]) -> str:
    """At most 100 columns wide; what failed is told below it."""
    head = f"{'Case':<12}{'Operator':<17}{'Right':<20}{'Given':>7}{'Withheld':>9}{'Erased':>7}{'Kept':>6}{'kB':>6}"
    lines = [f"{head} ask get ans end", "-" * 100, *map(_line, results)]
    lines.append(LEGEND)
    lines += [
        f"{result.reference or result.operator}: {result.problem}" for result in results if result.problem
    ]
    return "\n".join(lines)


def _line(result: Result) -> str:
    counts = (result.given, result.withheld, result.erased, result.kept, round(result.bytes / 1000))
    numbers = "".join(
        f"{count or '-':>{width}}" for count, width in zip(counts, (7, 9, 7, 6, 6), strict=True)
    )
    times = "".join(f"{result.seconds.get(stage, 0):>4.0f}" for stage in STAGES)
    what = f"{result.reference:<12}{result.operator:<17}{result.right:<20}"
    return what + numbers + (" FAILED" if result.problem else times)
