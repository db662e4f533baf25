"""Annexes on paper, beside the same words set as paragraphs with nothing else."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median

import orjson

from exports.letter.items import annexes as rule
from exports.letter.texts.reading import texts
from exports.package.layout import DataFile, Layout
from exports.paper.annexes import About, annexes
from exports.paper.setting import Apart

ROW = {
    "at": "2026-03-01T14:05:00+01:00", "number": "+46701740605", "direction": "ut", "kind": "voice",
    "seconds": 61, "place": "Linköping 7", "cost": "1.50",
}  # fmt: skip
TICKS = 100  # a second, of what /proc counts in


@dataclass(frozen=True)
class Printing:
    """Milliseconds of processor time a row, and of the floor; the most memory of the process that sets type."""

    a_row: float
    floor: float
    megabytes: float


def annex(rows: int, runs: int) -> Printing:
    """An annex of so many calls, all of its parts."""
    lines = [orjson.dumps({**ROW, "number": f"+4670174{n:04}"}) for n in range(rows)]
    file = DataFile(
        stem="calls", name="Calls", source_name="CRM", rows=lambda: lines, annex=tuple(rule.names("calls", rows)),
        count=rows,
    )  # fmt: skip
    plain = "".join(f"<p>{line.decode()}" for line in lines[:500])
    page = f"<html lang=en><title>floor</title><style>p{{font-size:7pt;margin:0}}</style>{plain}"
    with Apart() as set_type:
        set_type("<html lang=en><title>warm</title>", "warm")

        def written() -> None:
            for part in annexes(About("Bench", "1"), texts("en"), set_type)(file, Layout(tuple(ROW))):
                part.write(BytesIO())

        ours = median(_spent(set_type, written) for _ in range(runs))
        floor = median(_spent(set_type, lambda: set_type(page, "floor")) for _ in range(runs))
        return Printing(ours / rows * 1e3, floor / min(rows, 500) * 1e3, _megabytes(set_type))


def _spent(set_type: Apart, act: Callable[[], object]) -> float:
    """Processor seconds of the process that sets type."""
    begun = _ticks(set_type)
    act()
    return (_ticks(set_type) - begun) / TICKS


def _ticks(set_type: Apart) -> int:
    # After its name in brackets: user and system time are the twelfth and the thirteenth.
    fields = _proc(set_type, "stat").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _megabytes(set_type: Apart) -> float:
    return int(_proc(set_type, "status").partition("VmHWM:")[2].split()[0]) / 1e3


def _proc(set_type: Apart, name: str) -> str:
    return Path(f"/proc/{set_type.pid}/{name}").read_text()
