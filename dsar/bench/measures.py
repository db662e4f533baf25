"""What every measurement is made of: a figure with its limit, a stopwatch, and waiting for the workers."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from math import log

import psycopg

from cases.models import Case
from cases.models.case import Stage

PATIENCE = 1800  # seconds

numbers = count(1)  # of the customers of the scratch operator


@dataclass(frozen=True)
class Figure:
    """One line of the table. ``limit``: what ``value`` must not pass; None where it only informs."""

    name: str
    value: float
    unit: str
    floor: str = ""
    limit: float | None = None

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit


def crm() -> psycopg.Connection:
    return psycopg.connect(os.environ["CRM_URL"], autocommit=True)


def wait_for(stage: Stage, *cases: int) -> None:
    """Until the workers have brought all these cases there."""
    elsewhere = Case.objects.filter(pk__in=cases).exclude(stage=stage)
    wait_until(lambda: not elsewhere.exists())


def wait_until(done: Callable[[], bool]) -> None:
    """Until the workers have done what this asks about."""
    end = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > end:
            raise RuntimeError("the workers did not finish in time")
        time.sleep(0.02)


def timed(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def spent(act: Callable[[], object]) -> float:
    """Processor seconds of this process: what else the machine has to do makes them little more."""
    begun = time.process_time()
    act()
    return time.process_time() - begun


def exponent(points: Iterator[tuple[int, float]]) -> float:
    """The slope of time over rows on a log-log paper: 1 is linear."""
    spots = [(log(rows), log(seconds)) for rows, seconds in points]
    mean_x = sum(x for x, _ in spots) / len(spots)
    mean_y = sum(y for _, y in spots) / len(spots)
    return sum((x - mean_x) * (y - mean_y) for x, y in spots) / sum((x - mean_x) ** 2 for x, _ in spots)
