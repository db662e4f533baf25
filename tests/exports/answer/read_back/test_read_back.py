"""A package is read back before anybody is asked to approve it: a masked value stands only where a verdict gives it."""

import re
import sqlite3
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from itertools import chain
from types import ModuleType
from unittest.mock import patch
from zipfile import ZipFile

import orjson
import pytest
import weasyprint

from cases.assessment.situations import situation_of
from cases.casework.operators import register_of_case
from cases.models import Case, Chunk, User
from exports import worded
from exports.answer import given_rows
from exports.answer.given_rows import GivenRows
from exports.answer.read_back import contents
from exports.answer.read_back.cells import read_json
from exports.answer.read_back.checking import Reader
from exports.answer.read_back.expected import Held
from exports.answer.read_back.problem import ReadBack
from exports.answer.read_back.sentences import Sentences
from exports.answer.stops import STOPS, in_words
from exports.letter.values import MASK
from exports.package import data, index
from exports.package.workbook import xlsx
from tests.operators.by_hand import decide, work, written

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
HIDDEN = "+46701740697"


@pytest.fixture
def case(ask: Callable[..., Case], staff: Callable[..., User]) -> Case:
    """Two calls: one number is given, the other hidden. Everything is decided."""
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    return case


@contextmanager
def unmasked(column: str) -> Iterator[None]:
    """The masking of one column is gone from what writes the rows, as a fault in it would have it."""
    really = given_rows.redacted

    def fault(run, row, columns, marks=()):  # type: ignore[no-untyped-def]
        return {**really(run, row, columns, marks), column: row[column]}

    with patch.object(given_rows, "redacted", fault):
        yield


def test_what_is_masked_goes_out_masked(case: Case, staff: Callable[..., User]) -> None:
    assert written(case, staff("caseworker")).status == "written"


def test_what_passes_as_bytes_is_what_row_by_row_gives(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    situation, runs = situation_of(case, date(2026, 3, 2)), list(case.runs.filter(rows__gt=0))

    def every() -> list[list[bytes]]:
        given = [GivenRows(case, run, situation) for run in runs]
        # Read twice, as for two files of a package: what was judged for the first is not judged for the next.
        first = [list(rows.lines()) for rows in given]
        assert [list(rows.lines()) for rows in given] == first
        return first

    judged, whole = GivenRows._judged_chunks, list[bool]()

    def none_whole(rows: GivenRows) -> Iterator[tuple[Chunk, bool]]:
        for chunk, passes in judged(rows):
            whole.append(passes)
            yield chunk, False

    as_bytes = every()
    monkeypatch.setattr(GivenRows, "_judged_chunks", none_whole)
    assert every() == as_bytes
    assert set(whole) == {True, False}


def test_take_the_masking_out_and_the_package_stops(case: Case, staff: Callable[..., User]) -> None:
    with unmasked("other"):
        answer = written(case, staff("caseworker"))
    assert (answer.status, answer.name, answer.sha256) == ("failed", "", "")
    assert answer.error.startswith("read-back-cell: data/usage-crm-calls.json||2|")
    said = in_words(answer.error)
    assert "data/usage-crm-calls.json, row 2: a cell is not as it may go out." in said
    assert HIDDEN not in said + answer.error
    case.refresh_from_db()
    assert case.stage == "decisions"


@pytest.mark.parametrize(
    ("module", "writes", "file"),
    [
        (data, "csv_columns", "data/usage-crm-calls.csv"),
        (xlsx, "page_lines", "data/usage-crm-calls.xlsx"),
        (index, "row_lines", "index.html"),
    ],
)
def test_a_fault_in_one_form_alone_stops_it_too(
    case: Case, staff: Callable[..., User], module: ModuleType, writes: str, file: str
) -> None:
    really, seen = getattr(module, writes), []

    def unmasked(row):  # type: ignore[no-untyped-def]
        seen.append(row)
        return {name: HIDDEN if value == MASK else value for name, value in row.items()}

    def fault(sheet, rows, *more):  # type: ignore[no-untyped-def]
        return really(sheet, list(map(unmasked, rows)), *more)

    with patch.object(module, writes, fault):
        answer = written(case, staff("caseworker"))
    assert seen
    assert answer.error.startswith(f"read-back-cell: {file}||2|")


def test_own_words_may_not_say_what_is_masked_but_what_a_cell_gives(
    case: Case, staff: Callable[..., User]
) -> None:
    worker = staff("caseworker")
    worded.write(case, {"closing": "Du ringde 070-174 06 97."}, by=worker)
    answer = written(case, worker)
    # On which page depends on how long the letter is.
    assert re.fullmatch(r"read-back-said: letter\.pdf\|\|\d\|data/usage-crm-calls\.json 2", answer.error)
    assert "says in words what is masked in data/usage-crm-calls.json 2." in in_words(answer.error)
    case.refresh_from_db()
    # This one is given in the first row.
    worded.write(case, {"closing": "Du ringde 070-174 06 98."}, by=worker)
    assert written(case, worker).status == "written"


def test_a_number_masked_in_one_row_and_given_in_another_stops_nothing(
    ask: Callable[..., Case], staff: Callable[..., User], crm: sqlite3.Connection
) -> None:
    crm.execute("INSERT INTO calls VALUES (4, '+46701740605', '2026-03-02 12:00:00', ?, 0)", (HIDDEN,))
    crm.commit()
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    worded.write(case, {"closing": f"Du ringde {HIDDEN}."}, by=staff("caseworker"))
    assert written(case, staff("caseworker")).status == "written"


def rows(*held: Held) -> list[bytes]:
    return [b"[\n" + b",\n".join(orjson.dumps(dict(row.cells)) for row in held) + b"\n]\n"]


def test_short_values_are_told_by_their_place_and_not_by_their_letters() -> None:
    one = Held(1, {"id": 3, "age": MASK, "sex": MASK, "n": 3}, (3, "K"))
    two = Held(2, {"id": 4, "age": 3, "sex": "K", "n": 3})
    read_json("a.json", rows(one, two), [one, Held(0), two], lambda _: False)
    leaked = Held(1, {"id": 3, "age": 3, "sex": MASK, "n": 3})
    with pytest.raises(ReadBack, match=r"read-back-cell: a\.json\|\|1"):
        read_json("a.json", rows(leaked, two), [one, two], lambda _: False)
    with pytest.raises(ReadBack, match=r"read-back-rows: a\.json\|\|2"):
        read_json("a.json", rows(one), [one, two], lambda _: False)


def test_what_is_masked_stands_in_no_other_column_of_its_row() -> None:
    echo = Held(1, {"to": MASK, "raw": f"CALL {HIDDEN} 12s"}, (HIDDEN,))
    with pytest.raises(ReadBack, match=r"read-back-echo: a\.json\|\|1"):
        read_json("a.json", rows(echo), [echo], lambda _: False)
    # Whoever calls their own voicemail is not somebody else.
    read_json("a.json", rows(echo), [echo], lambda needle: needle == HIDDEN[-9:])


def test_memory_does_not_grow_with_the_rows() -> None:
    def many(count: int) -> Iterator[Held]:
        return (Held(n, {"id": n, "to": MASK}, (f"+4670{n:07}",)) for n in range(1, count + 1))

    def peak(count: int) -> int:
        blocks = (
            b'%s{"id":%d,"to":"%s"}' % (b",\n" if n > 1 else b"[\n", n, MASK.encode())
            for n in range(1, count + 1)
        )
        tracemalloc.start()
        read_json("a.json", chain(blocks, [b"\n]\n"]), many(count), lambda _: False)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    # A row is in memory at a time.
    assert peak(4_000) < 1.5 * peak(400) + 50_000


def test_files_that_go_along_are_opened_as_far_as_they_can_be() -> None:
    page = weasyprint.HTML(string=f"<title>To {HIDDEN}</title><p>Page text</p>").write_pdf(
        attachments=[weasyprint.Attachment(string="within the file", name="note.txt")]
    )
    told = list(contents.said(page))
    assert {text for place, text in told if place == "1"} == {"Page text"}
    assert any(HIDDEN in text for place, text in told if place == "metadata")
    assert {"note.txt", "within the file"} <= {text.strip() for place, text in told if place == "attachment"}
    with ZipFile(office := BytesIO(), "w") as archive:
        archive.writestr("word/document.xml", "<w:t>Eva B</w:t><w:t>erg</w:t></w:p>")
    assert any("Eva Berg" in text for _place, text in contents.said(office.getvalue()))
    assert list(contents.said(b"<p>Eva&nbsp;Berg</p>")) == [("", " Eva\xa0Berg ")]
    assert list(contents.said(b"\xff\xd8\xff\xe0\0\x10JFIF\0")) == []
    with pytest.raises(contents.Unread):
        list(contents.said(b"%PDF-1.7 nothing more"))


def test_an_office_file_whose_words_cannot_be_had_is_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    import io
    from zipfile import ZIP_DEFLATED, ZipFile

    with ZipFile(office := io.BytesIO(), "w", ZIP_DEFLATED) as archive:
        archive.writestr("word/document.XML", "<w:t>Eva Berg</w:t>" * 100)
    whole = office.getvalue()
    assert any("Eva Berg" in text for _place, text in contents.said(whole))
    at = whole.index(b"XML") + 3
    with pytest.raises(contents.Unread, match="cannot be opened"):
        list(contents.said(whole[:at] + b"\xff" * 8 + whole[at + 8 :]))
    monkeypatch.setattr(contents, "LARGEST", 1000)
    with pytest.raises(contents.Unread, match="too large"):
        list(contents.said(whole))


def test_only_what_has_words_can_be_too_large_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "LARGEST", 10_000)
    recording = b"ID3\x04\0" + bytes(range(256)) * 20
    assert list(contents.said(contents.whole([recording] * 4))) == [("", "")]
    # However the beginning is cut.
    texts = ["Första sidan\f".encode() + "å".encode() * 3000, "Sidan".encode("utf-16") * 500]
    for text in texts:
        head = (text[at : at + 4099] for at in range(0, len(text), 4099))
        assert contents.whole(head) == text
    for words in (b"%PDF", b"PK\x03\x04", b"Eva ", *texts):
        with pytest.raises(contents.Unread):
            contents.whole([words * 2000] * 4)


def test_digits_of_neighbours_are_no_number() -> None:
    def finds(text: str, needle: str = HIDDEN[-9:]) -> bool:
        spoken = Sentences()
        spoken.add("a.pdf", "1", text)
        return spoken.find(needle) is not None

    spelt = (HIDDEN, "070-174 06 97", "070-1740697", "070 1740697", "+46 70 174 06 97", "(0)70-174 06 97")
    for number in (*spelt, "3 070-174 06 97 12 s", "8946 0070 1740 697", "070-174\n06 97"):
        assert finds(f"Du ringde {number}."), number
    # Columns, labels of a chart, lines below one another.
    for table in (
        "17017 4069 7",
        "12 70174 0697",
        "70 1740 6971",
        "3 5701 7406 97 12",
        "70\n174069\n7",
    ):
        assert not finds(table), table
    assert finds("19850709-9805", "507099805")


def test_a_word_that_goes_on_in_the_next_line_is_one_and_two_short_numbers_are_two() -> None:
    said = contents.LINE_WITHIN_WORD.sub("", "Berg\nkvist 07017\n40697 2026\n1234\n")
    assert said == "Bergkvist 0701740697 2026\n1234"


def test_what_every_letter_prints_tells_of_nobody(case: Case, staff: Callable[..., User]) -> None:
    """Somebody whose call is hidden may be the operator itself, live where the person lives, or sign the letter."""
    register = register_of_case(case)
    printed = ("Storgatan 12 B, lägenhet 1101", "Karin Ekström")
    reader = Reader(case, situation_of(case, date(2026, 3, 2)), {}, masks=True, printed=printed)
    phones = [one.phone for one in register.authorities] + [register.controller.phone]
    masked = ("Karin", *printed, *filter(None, phones))
    echo = Held(1, {"to": MASK, "raw": " / ".join(masked)}, masked)
    read_json("a.json", rows(echo), [echo], reader._own, reader._common)
    with pytest.raises(ReadBack, match="read-back-echo"):
        read_json("a.json", rows(echo), [echo], lambda _: False)


def test_each_stop_has_words_for_who_can_do_something() -> None:
    for kind in ("cell", "rows", "echo", "said", "unread"):
        assert f"read-back-{kind}" in STOPS
        assert "a.csv" in in_words(str(ReadBack(kind, "a.csv", 3, "b.json 2")))
