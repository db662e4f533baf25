"""The letter on paper, read back: what it says, that a screen reader can read it, that it never changes."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

from cases.law.unbroken import tied
from exports.letter import content
from exports.letter.content import CaseFacts
from exports.letter.document import Column, Document, Paragraph, Section, Table
from exports.letter.plain import plain
from exports.pdf import html, pdf

pytestmark = pytest.mark.pango
Case = Callable[..., CaseFacts]


def read(letter: Document) -> PdfReader:
    return PdfReader(io.BytesIO(pdf(letter).content))


def text(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


@pytest.mark.parametrize(
    ("operator", "language", "words"),
    [
        (
            "tele2-se",
            "sv",
            ("Dina uppgifter hos Tele2", "Hej Anna Lind!", "Ärendenummer 24-7KQ-19", "Sida 1 av "),
        ),
        (
            "telenor-dk",
            "da",
            ("Dine oplysninger hos Telenor", "Kære Anna Lind", "Reference 24-7KQ-19", "Side 1 af "),
        ),
        ("hektor-se", "en", ("Your data at Hektor", "Dear Anna Lind", "Reference 24-7KQ-19", "Page 1 of ")),
    ],
)
def test_the_letter_reads_as_it_should(
    operator: str, language: str, words: tuple[str, ...], case: Case
) -> None:
    letter = content.answer(case(operator, outcome="partly", language=language))
    reader = read(letter)
    said = text(reader)
    assert all(word in said for word in words)
    assert reader.metadata is not None
    assert reader.metadata.title == letter.title
    for number, page in enumerate(reader.pages, 1):
        assert "24-7KQ-19" in page.extract_text()
        assert (
            f"{letter.page_words[0]} {number} {letter.page_words[1]} {len(reader.pages)}"
            in page.extract_text()
        )


def test_a_screen_reader_can_read_it(case: Case) -> None:
    reader = read(content.answer(case(outcome="partly", language="da")))
    root = reader.root_object
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - a PDF boolean
    assert root["/Lang"] == "da"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert "/StructTreeRoot" in root
    assert b"pdfuaid:part" in root["/Metadata"].get_data()


def test_it_is_the_same_to_the_byte_each_time_and_knows_its_pages(case: Case) -> None:
    letter = content.answer(case(outcome="partly"))
    first, second = pdf(letter), pdf(letter)
    assert first == second
    assert first.pages == len(PdfReader(io.BytesIO(first.content)).pages)


def test_the_head_of_a_table_is_repeated_on_each_page(case: Case) -> None:
    rows = tuple({"no": n, "written": f"text {n}"} for n in range(200))
    category = case(outcome="granted").categories[0]
    [collection] = category.collections
    many = replace(
        category,
        collections=(replace(collection, rows=200, inline=rows, columns={"written": "Ordalydelse"}),),
    )
    pages = [page.extract_text() for page in read(content.answer(case(categories=(many,)))).pages]
    with_rows = [page for page in pages if "text 1" in page or "text 9" in page]
    assert len(with_rows) > 2
    assert all("Ordalydelse" in page for page in with_rows)


def test_hostile_words_stay_words(case: Case) -> None:
    name = "<script>alert(1)</script> </style><img src=file:///etc/passwd> {{ 7*7 }} ‮abc \U0001f600 ł"
    letter = content.answer(case(person_name=name, reference='"; } body { display: none } x:"'))
    assert "<script>" not in html(letter)
    assert "<img" not in html(letter)
    said = text(read(letter))
    assert "<script>alert(1)</script>" in said
    assert "Dina uppgifter hos Tele2" in said


def test_a_very_long_word_and_a_very_long_text_fit_on_paper(case: Case) -> None:
    letter = content.answer(case())
    long = Section("", "Long", (Paragraph("x" * 5_000), Paragraph("word " * 5_000)))
    assert pdf(replace(letter, sections=(long,))).pages > 2


def rows_a_page(rows: tuple[tuple[str, ...], ...], case: Case) -> list[int]:
    table = Table("", tuple(Column(str(n)) for n in range(len(rows[0]))), rows)
    letter = replace(content.answer(case()), sections=(Section("", "", (table,)),))
    return [page.extract_text().count("row-") for page in read(letter).pages]


def test_no_single_row_of_a_table_stands_alone_on_the_next_page(case: Case) -> None:
    counts = [rows_a_page(tuple((f"row-{n}", "b") for n in range(many)), case) for many in range(20, 34)]
    assert any(len(count) > 1 for count in counts)
    assert all(min(count) > 1 for count in counts)


def test_narrow_columns_break_only_words_that_are_too_long(case: Case) -> None:
    row = ("Röstbrevlåda", "telefoni", "a" * 300, "words that may go on to the next line " * 4)
    table = Table("", tuple(Column("") for _ in row), (row,), dense=True)
    letter = replace(content.answer(case()), sections=(Section("", "", (table,)),))
    lines = read(letter).pages[0].extract_text()
    assert "Röstbrevlåda" in lines
    assert "telefoni" in lines
    assert lines.count("a" * 10)
    assert "a" * 300 not in lines


EVERY_SCRIPT = {
    "Chinese": ("王小明", "CJK"), "Korean": ("김민준", "CJK"), "Thai": ("ข้อมูลส่วนบุคคล", "Thai"),
    "Tigrinya": ("ሓበሬታ", "Ethiopic"), "Hindi": ("जानकारी", "Devanagari"), "Arabic": ("بيانات", ""),
    "emoji": ("😀", "Emoji"),
}  # fmt: skip


@pytest.mark.fonts
def test_every_script_prints_and_its_font_goes_along(case: Case) -> None:
    names = " ".join(word for word, _font in EVERY_SCRIPT.values())
    reader = read(content.answer(case("tele2-se", "erasure", "granted", person_name=names)))
    said = text(reader)
    # A word of Devanagari comes out of a PDF in the order of its signs on paper.
    assert [name for name, (word, _font) in EVERY_SCRIPT.items() if not set(word) <= set(said)] == []
    embedded: Any = [page["/Resources"]["/Font"].values() for page in reader.pages]
    fonts = {font.get_object()["/BaseFont"] for page in embedded for font in page}
    assert [font for _word, font in EVERY_SCRIPT.values() if not any(font in name for name in fonts)] == []


def test_marks_that_turn_the_direction_are_shown_and_not_obeyed(case: Case) -> None:
    letter = content.answer(case("tele2-se", "erasure", "granted", person_name="Anna\u202egnp.exe\u2066"))
    assert "Anna[U+202E]gnp.exe[U+2066]" in html(letter)
    assert "\u202e" not in html(letter) + plain(letter)


def test_a_long_unbroken_name_does_not_run_over_the_date(case: Case) -> None:
    letter = content.answer(case("tele2-se", "erasure", "granted", language="en", person_name="A" * 120))
    lines = read(letter).pages[0].extract_text().splitlines()
    assert tied("14 December 2026") in lines
    [first, *_rest] = [line for line in lines if set(line.strip()) == {"A"}]
    assert len(first) < 60
