"""index.html: the letter and the data as one page that a double click opens. It fetches nothing and sends nothing.

Read without its script it is whole; the script searches and sorts the tables.
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from html import escape
from typing import cast

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from cases.law.unbroken import unbroken_page
from exports.letter.document import Document
from exports.letter.texts.reading import Texts
from exports.letter.values import TURNING, local_hour, visible
from exports.package.columns import Columns, few
from exports.package.data import clipped, pages_of, shown
from exports.package.layout import Sheet, Table

# Of a table; a browser on a phone still scrolls and sorts so many at once.
MOST_ROWS = 2_000
# Where the tables go in the page around them.
HERE = "<!-- tables -->"
# Text with one of these is written otherwise in a page.
MARKED = re.compile(f"[&<>\"'\r\n]|{TURNING.pattern}")
ROW, END = b"<tr><td", b"</tbody></table>"

Row = Mapping[str, object]


def page(document: Document, tables: Iterable[Table], words: Texts) -> Iterator[bytes]:
    """The page, a piece at a time: of the rows, one is in memory."""
    tables = list(tables)
    before, after = _around(document, tables, words)
    yield before.encode()
    for table in tables:
        sheet = Sheet(table.file, table.layout, words)
        yield opening(table, sheet)
        left = MOST_ROWS
        for found in pages_of(table.file):
            yield row_lines(sheet, found.rows[:left])
            if (left := left - len(found.rows)) <= 0:
                break
        yield END + b"</div></section>\n"
    yield after.encode()


def _around(document: Document, tables: list[Table], words: Texts) -> tuple[str, str]:
    script = render_to_string("exports/index.js")
    style = render_to_string("exports/index.css", {"letter": document})
    content = {
        "letter": document,
        "tables": tables,
        "words": {key: words(f"package.{key}") for key in ("contents", "data")},
        "about": words("package.title", operator=document.operator),
        "style": mark_safe(style),  # noqa: S308 - ours, and an accent that a register has checked
        "script": mark_safe(script),  # noqa: S308 - ours
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "here": mark_safe(HERE),  # noqa: S308
    }
    page = unbroken_page(visible(render_to_string("exports/index.html", content)))
    before, _here, after = page.partition(HERE)
    return before, after


def _hash(text: str) -> str:
    """As a content security policy names what it allows."""
    return "sha256-" + b64encode(hashlib.sha256(text.encode()).digest()).decode()


def opening(table: Table, sheet: Sheet) -> bytes:
    """What stands above the rows, in one line: a heading, how many there are, what the columns are called."""
    file, words = table.file, sheet.texts
    rows = words.count("rows", table.rows)
    all_of_it = words.listing(table.names)
    if table.rows > MOST_ROWS:
        told = words("package.shown", shown=words.number(MOST_ROWS), rows=rows, files=all_of_it)
    else:
        told = words("package.all_in", files=all_of_it)
    name = words("package.file", name=file.name, source=file.source_name, rows=rows)
    heads = "".join(
        f'<th scope="col"><span>{escape(title)}</span>'
        f'<button type="button" hidden aria-label="{escape(words("package.sort", title=title))}">↕</button></th>'
        for title in sheet.titles
    )
    search = (
        f'<p class="search" hidden data-found="{escape(words("package.found", n="#", rows="##"))}"'
        f' data-none="{escape(words("package.none_found"))}">'
        f'<label>{escape(words("package.search"))} <input type="search" autocomplete="off"></label>'
        '<output aria-live="polite"></output></p>'
    )
    said = (
        f'<section class="table" id="{file.stem}"><h3>{escape(name)}</h3><p>{escape(told)}</p>{search}'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(file.name)}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n"
    )
    return visible(said).encode()


def row_lines(sheet: Sheet, rows: Sequence[dict[str, object]]) -> bytes:
    """Rows of a table, a line each."""
    written = partial(_column, _cell(sheet), _texts(sheet))
    columns = list(map(written, sheet.columns(rows)))
    cells = map("".join, zip(*columns, strict=True)) if columns else [""] * len(rows)
    return "".join(f"<tr>{within}</tr>\n" for within in cells).encode("utf-8", "replace")


def row_line(sheet: Sheet, row: Row) -> bytes:
    """A row of a table: to the byte what `row_lines` gives, a value at a time."""
    cells = "".join(map(_cell(sheet), sheet.values(row)))
    return f"<tr>{cells}</tr>\n".encode("utf-8", "replace")


def _column(cell: Callable[[object], str], texts: Columns, values: Sequence[object]) -> Sequence[str]:
    kinds = set(map(type, values))
    if kinds != {str} or few(cast(Sequence[str], values)):
        # Of one type: what is equal and written otherwise, as 1 and true, must not be taken for one.
        known = {value: cell(value) for value in set(values)} if kinds in ({str}, {int}) else None
        return list(map(known.__getitem__ if known else cell, values))
    said = texts.written(values)
    if MARKED.search("".join(said)):
        return list(map(cell, values))
    return [f"<td>{one}</td>" for one in said]


def _texts(sheet: Sheet) -> Columns:
    """What writes a column of texts as `shown`, before it is a page's."""
    said = partial(_said, sheet)
    return Columns(said, partial(local_hour, zone=sheet.zone), ())


def _said(sheet: Sheet, value: object) -> str:
    return clipped(shown(value, sheet.zone, sheet.texts), sheet.texts)


def _cell(sheet: Sheet) -> Callable[[object], str]:
    def cell(value: object) -> str:
        text = visible(escape(_said(sheet, value)))
        number = isinstance(value, int | float) and not isinstance(value, bool)
        text = text.replace("\r\n", "&#10;").replace("\n", "&#10;").replace("\r", "&#10;")
        return f'<td class="number">{text}</td>' if number else f"<td>{text}</td>"

    return cell
