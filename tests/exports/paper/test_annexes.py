"""Records on paper: a table or plain lines, in files of bounded length, read back sign by sign; tagged as PDF/UA asks."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pikepdf
import pytest

from exports.answer.read_back.expected import Held
from exports.answer.read_back.printed import read_annex
from exports.answer.read_back.problem import ReadBack
from exports.letter.items import annexes as rule
from exports.letter.texts.reading import texts
from exports.letter.values import MASK
from exports.opened import pdfs
from exports.package.layout import Annex, DataFile, Layout, Sheet
from exports.paper import annexes as paper
from exports.paper.annexes import About
from exports.paper.setting import apart, laid_out

pytestmark = pytest.mark.pango
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
        annex=tuple(rule._names(stem, len(given))),
        annex_rows=len(given),
    )


@pytest.fixture(params=["table", "lines"])
def small_parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Files of so few records that several are quickly set; whether they are tables."""
    is_table: bool = request.param == "table"
    for module in (rule, paper):
        monkeypatch.setattr(module, "TABLE", 1000 if is_table else 0)
    monkeypatch.setattr(rule, "TABLE_PART", 60)
    monkeypatch.setattr(rule, "LINES_PART", 60)
    return is_table


def printed(file: DataFile, layout: Layout = Layout(COLUMNS)) -> list[Annex]:
    return list(paper.annexes(ABOUT, texts("sv"), laid_out)(file, layout))


def read(file: DataFile, found: list[Annex], given: list[dict[str, object]]) -> None:
    held = iter([Held(n, row) for n, row in enumerate(given, 1)])
    for one in found:
        read_annex(one.name, one.content, held, Sheet(file, Layout(COLUMNS), texts("sv")), file, ABOUT)


def test_each_record_stands_in_its_place_whatever_it_says(small_parts: bool) -> None:
    given = rows(140)
    file = file_of(given)
    found = printed(file)
    stem = "data/usage-crm-calls"
    assert [one.name for one in found] == [f"{stem}.part-{n}.pdf" for n in (1, 2, 3)]
    assert [one.rows for one in found] == [60, 60, 20]
    read(file, found, given)
    for at, changed in ((0, {"number": "+46 70-174 9999"}), (75, {"name": "Eva"}), (139, {"cost": 1})):
        other = [*given]
        other[at] = {**given[at], **changed}
        with pytest.raises(ReadBack, match=rf"read-back-cell: {stem}.part-{at // 60 + 1}.pdf\|\|{at % 60 + 1}\|"):
            read(file, found, other)
    said = " ".join(pdfs.pages(found[1].content)[0].split())
    assert "Del 2 av 3: posterna 61 till 120 av 140 poster." in said
    assert ("som tabell i data/usage-crm-calls.csv, och de första 2\xa0000 på sidan" in said) is not small_parts
