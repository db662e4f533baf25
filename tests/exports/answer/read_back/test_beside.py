"""Pages that are given whole are held against their rows to the byte; what is other is found, and in which row."""

import io
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import IO, cast
from zipfile import ZipFile

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.answer.exact import UNWHOLE, looks_whole
from exports.answer.read_back import sentences
from exports.answer.read_back.cells import read_csv, read_json, read_table, read_xlsx
from exports.answer.read_back.expected import Held, Whole
from exports.answer.read_back.problem import ReadBack
from exports.letter.texts.reading import texts
from exports.package.data import pages_of, write_csv, write_json
from exports.package.entries import Hashing
from exports.package.index import row_lines
from exports.package.layout import DataFile, Layout, Sheet
from exports.package.workbook.xlsx import write_xlsx

Rows = Sequence[dict[str, object]]
ROWS: Rows = [
    {
        "id": n,
        "to": f"+4670{n:07}",
        "at": f"2026-01-{n % 28 + 1:02}T10:{n % 60:02}:00+01:00",
        "note": 'a;"b"\nc',
    }
    for n in range(1, 1_501)
]
LAYOUT = Layout(("id", "to", "at", "note"), moments=frozenset({"at"}))
OTHER = {**ROWS[1_200], "to": "+46701234567"}


def file(rows: Rows) -> DataFile:
    lines = list(map(orjson.dumps, rows))
    return DataFile(stem="calls", name="Calls", source_name="CRM", rows=lambda: lines)


def sheet() -> Sheet:
    return Sheet(file(ROWS), LAYOUT, texts("en"))


def as_json(rows: Rows) -> bytes:
    write_json(out := io.BytesIO(), file(rows))
    return out.getvalue()


def as_csv(rows: Rows) -> bytes:
    write_csv(out := io.BytesIO(), file(rows), LAYOUT, texts("en"))
    return out.getvalue()


def as_xlsx(rows: Rows) -> bytes:
    to = cast(IO[bytes], Hashing(out := io.BytesIO()))
    write_xlsx(to, sheet(), pages_of(file(rows)), name="Calls", dated=date(2026, 1, 1))
    return out.getvalue()


def as_table(rows: Rows) -> bytes:
    return row_lines(sheet(), rows)


def back(ending: str, content: bytes, rows: list[Held | Whole]) -> None:
    blocks = (content[at : at + 5_000] for at in range(0, len(content), 5_000))
    if ending == "json":
        read_json("a", blocks, rows, lambda _: False)
    else:
        {"csv": read_csv, "xlsx": read_xlsx, "html": read_table}[ending]("a", blocks, rows, sheet())


WRITTEN: dict[str, Callable[[Rows], bytes]] = {
    "json": as_json,
    "csv": as_csv,
    "xlsx": as_xlsx,
    "html": as_table,
}


@pytest.mark.parametrize("ending", WRITTEN)
def test_each_form_is_what_its_rows_say_and_each_other_row_is_named(ending: str) -> None:
    lines = list(map(orjson.dumps, ROWS))
    # Given to the byte, to the value, and one by one.
    rows: list[Held | Whole] = [
        Whole(ROWS[:600], lines[:600]), Held(0), Held(601, ROWS[600]), Whole(ROWS[601:])
    ]  # fmt: skip
    write = WRITTEN[ending]
    back(ending, write(ROWS), rows)
    for at, of in ((1_200, OTHER), (600, {**ROWS[600], "to": "x"}), (0, {**ROWS[0], "note": ""})):
        with pytest.raises(ReadBack, match=rf"read-back-cell: a\|\|{at + 1}\|"):
            back(ending, write([*ROWS[:at], of, *ROWS[at + 1 :]]), rows)
    for wrong in (ROWS[:-1], [*ROWS, ROWS[0]], [*ROWS[:700], *ROWS[701:]]):
        with pytest.raises(ReadBack, match=r"read-back-(rows|cell): a\|\|(701|1500|1501)\|"):
            back(ending, write(wrong), rows)


def test_a_workbook_with_another_part_and_a_file_cut_short_are_not_read_back() -> None:
    to = cast(IO[bytes], Hashing(out := io.BytesIO()))
    with ZipFile(to, "w", 8) as archive:
        archive.writestr("xl/media/image1.png", b"")
    with pytest.raises(ReadBack, match="read-back-unread"):
        back("xlsx", out.getvalue(), [])
    for ending in ("json", "csv", "html"):
        with pytest.raises(ReadBack):
            back(ending, WRITTEN[ending](ROWS[:3])[:-4], [Whole(ROWS[:3])])


@given(
    st.lists(
        st.from_regex(
            r'"?\d{4}-\d\d-\d\d[T ]?(\d\d:\d\d(:\d\d(\.\d{1,7})?)?)?(Z|[+-]\d\d(:?\d\d)?)?"?', fullmatch=True
        )
        | st.text(max_size=5),
        max_size=4,
    )
)
def test_lines_that_look_whole_have_nothing_to_make_whole(values: list[str]) -> None:
    for line in (orjson.dumps(values), ",".join(values).encode()):
        assert not looks_whole(line) or not UNWHOLE.search(line)


@given(st.from_regex(r"\+?[0-9]{5,31}", fullmatch=True))
def test_a_telephone_number_is_looked_for_as_any_other_text_with_it(number: str) -> None:
    slow = set(sentences.needles(f"{number} ", frozenset()))
    assert set(sentences.needles(number, frozenset())) == slow
    assert re.fullmatch(r"\+?[0-9]+", number)
