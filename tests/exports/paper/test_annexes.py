"""Records on paper: a table or plain lines, in files of bounded length, read back in their places."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from exports.answer.read_back.expected import Held
from exports.answer.read_back.printed import read_annex
from exports.answer.read_back.problem import ReadBack
from exports.letter.items import annexes as rule
from exports.letter.texts.reading import texts
from exports.opened import pdfs
from exports.package.layout import DataFile, Layout, Sheet
from exports.paper import annexes as paper
from exports.paper import setting
from tests.exports.paper.calls import ABOUT, COLUMNS, Printed, file_of, printed, rows

pytestmark = pytest.mark.pango


@pytest.fixture(params=["table", "lines"])
def small_parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Files of so few records that several are quickly set; whether they are tables."""
    is_table: bool = request.param == "table"
    for module in (rule, paper):
        monkeypatch.setattr(module, "TABLE", 1000 if is_table else 0)
    monkeypatch.setattr(rule, "TABLE_PART", 30)
    monkeypatch.setattr(rule, "LINES_PART", 30)
    return is_table


def read(file: DataFile, found: list[Printed], given: list[dict[str, object]]) -> None:
    held = iter([Held(n, row) for n, row in enumerate(given, 1)])
    for one in found:
        read_annex(one.name, one.content, held, Sheet(file, Layout(COLUMNS), texts("sv")), file, ABOUT)


def test_each_record_stands_in_its_place_whatever_it_says(small_parts: bool) -> None:
    given = rows(70)
    file = file_of(given)
    found = printed(file)
    stem = "data/usage-crm-calls"
    assert [one.name for one in found] == [f"{stem}.part-{n}.pdf" for n in (1, 2, 3)]
    assert [one.rows for one in found] == [30, 30, 10]
    read(file, found, given)
    for at, changed in ((0, {"number": "+46 70-174 9999"}), (36, {"name": "Eva"}), (69, {"cost": 2})):
        other = [*given]
        other[at] = {**given[at], **changed}
        with pytest.raises(
            ReadBack, match=rf"read-back-cell: {stem}.part-{at // 30 + 1}.pdf\|\|{at % 30 + 1}\|"
        ):
            read(file, found, other)
    said = "".join(pdfs.pages(found[1].content)[0].split())
    assert "Del2av3:posterna31till60av70poster." in said
    assert ("somtabellidata/usage-crm-calls.csv,ochdeförsta2000påsidan" in said) is not small_parts


def test_records_are_read_once_for_all_parts_also_where_one_is_there_from_an_earlier_try() -> None:
    begun = []

    def lines() -> Iterator[bytes]:
        begun.append(True)
        yield from map(orjson.dumps, rows(10))

    in_order = paper._InOrder(replace(file_of(rows(10)), rows=lines))
    parts = [[row["text"] for row in in_order.between(*part)] for part in ((1, 3), (7, 9), (10, 10))]
    assert parts == [[f"samtal {n}" for n in span] for span in (range(3), range(6, 9), range(9, 10))]
    assert len(begun) == 1


def test_a_record_too_few_or_too_many_is_found() -> None:
    given = rows(12)
    file = file_of(given)
    [one] = found = printed(file)
    assert one.name == "data/usage-crm-calls.pdf"
    read(file, found, given)
    for other, count in ((given[:-1], 12), ([*given, given[0]], 13)):
        longer = replace(file, count=count)
        with pytest.raises(ReadBack):
            read(longer, found, other)


def test_set_in_a_process_of_its_own_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "<html lang=sv><title>t</title><p>Åsa"
    with setting.Apart() as set_type:
        assert [set_type(page, "r"), set_type(page, "r")] == [setting.laid_out(page, "r")] * 2
    assert set_type._process is not None
    assert set_type._process.returncode is not None
    monkeypatch.setattr(setting.sys, "executable", "/bin/false")
    with setting.Apart() as set_type, pytest.raises(RuntimeError, match="setting type ended with 1"):
        set_type(page, "r")


def test_a_process_that_answers_people_loads_nothing_that_sets_type(monkeypatch: pytest.MonkeyPatch) -> None:
    page = "<html lang=sv><title>t</title><p>Åsa"
    in_a_worker = setting.set_type(page, "r")
    monkeypatch.delitem(setting.sys.modules, "weasyprint")
    assert setting.set_type(page, "r") == in_a_worker
    assert "weasyprint" not in setting.sys.modules


def test_half_a_letter_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As when it is killed while it writes: a head that promises more than comes."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\nprintf '\\0\\0\\0\\1\\0\\0\\0\\144%%PDF'\n")
    program.chmod(0o755)
    monkeypatch.setattr(setting.sys, "executable", str(program))
    with setting.Apart() as set_type, pytest.raises(RuntimeError, match="setting type ended"):
        set_type("<p>", "r")
