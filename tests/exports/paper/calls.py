"""Calls of many kinds of words, as the annex of a collection."""

import io
from dataclasses import dataclass

import orjson

from exports.letter.items import annexes as rule
from exports.letter.texts.reading import texts
from exports.letter.values import MASK
from exports.package.layout import DataFile, Layout
from exports.paper import annexes as paper
from exports.paper.annexes import About
from exports.paper.setting import laid_out

ABOUT = About("Tele2", "24-7KQ-19")
COLUMNS = ("at", "number", "name", "text", "parts", "cost", "empty")
STRANGE = (
    "王小明 김민준", "بيانات 12 شخصية abc 34", "جانب", "ß ﬁ ½ é e\u0301 Åsa-Märta", "x" * 450, "well-known-" * 15,
    "two\nlines\tand tab", "<b>&amp;</b>", "Anna\u202egnp.exe", "\U0001f600 fi ffi", "soft\u00adhyphen", MASK, "",
)  # fmt: skip


def rows(count: int) -> list[dict[str, object]]:
    return [
        {
            "at": f"2026-03-{n % 28 + 1:02}T14:{n % 60:02}:00+01:00",
            "number": f"+46 70-174 {n:04}",
            "name": STRANGE[n % len(STRANGE)],
            "text": f"samtal {n}",
            "parts": {"a": n, "b": [True, None]},
            "cost": n / 7,
            "empty": None,
        }
        for n in range(count)
    ]


def file_of(given: list[dict[str, object]]) -> DataFile:
    stem = "usage-crm-calls"
    return DataFile(
        stem=stem,
        name="Samtal",
        source_name="CRM",
        rows=lambda: map(orjson.dumps, given),
        time_zone="Europe/Stockholm",
        annex=tuple(rule.names(stem, len(given))),
        count=len(given),
    )


@dataclass(frozen=True)
class Printed:
    name: str
    rows: int
    content: bytes


def printed(file: DataFile) -> list[Printed]:
    found = []
    for one in paper.annexes(ABOUT, texts("sv"), laid_out)(file, Layout(COLUMNS)):
        rows = one.write(out := io.BytesIO())
        found.append(Printed(one.name, rows, out.getvalue()))
    return found
