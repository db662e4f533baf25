"""The rows as a workbook, written straight into the package: no library that does so leaves them off the disk.

A sheet of text cells that stay text, numbers and dates, a row a line of XML (docs/adr/0120).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from html import escape
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from exports.package.entries import deflate
from exports.package.layout import Page, Sheet
from exports.package.workbook.cells import HEADING, NO_XML, Cells, Written, letters, lines, text

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet, with its headings
# What is larger needs sizes of eight bytes in its zip, and spreadsheets take none with such.
MOST_BYTES = 2_000_000_000
SHEET, WORKBOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="{KIND}-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{KIND}-officedocument.spreadsheetml.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{KIND}-officedocument.spreadsheetml.styles+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{KIND}-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{RELATIONS}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs>"
    '<cellXfs count="6"><xf/><xf numFmtId="49" applyNumberFormat="1"/>'
    '<xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf><xf numFmtId="1" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}  # fmt: skip


def fits(sheet: Sheet) -> bool:
    """Whether a spreadsheet has so many columns."""
    return 0 < len(sheet.titles) <= MOST_COLUMNS


def write_xlsx(out: IO[bytes], sheet: Sheet, pages: Iterable[Page], *, name: str, dated: date) -> int:
    """A workbook of one sheet with as many of the rows as a sheet has. Returns how many; ``out`` is not sought in.

    ``name``: of the sheet; ``dated``: when it says that it was made.
    """
    moment = (max(dated.year, 1980), dated.month, dated.day, 0, 0, 0)
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for part, content in {**PARTS, WORKBOOK: _workbook(name)}.items():
            archive.writestr(_part(part, moment), XML + content)
        with archive.open(_part(SHEET, moment), "w") as part_out:
            deflate(part_out)
            count, cells = 0, Cells(sheet)
            for block, rows in sheet_blocks(sheet, (_block(cells, page) for page in pages)):
                part_out.write(block)
                count += rows
    return count


def _part(name: str, moment: tuple[int, int, int, int, int, int]) -> ZipInfo:
    info = ZipInfo(name, moment)
    info.compress_type, info.create_system = ZIP_DEFLATED, 3
    return info


def _workbook(name: str) -> str:
    # What no name of a sheet may have; it ends after 31 characters.
    name = NO_XML.sub("", re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", name)).strip(" '")[:31].strip(" '") or "data"
    return (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )


# Of some rows: their lines, given the number of the first, and how many they are.
Block = tuple[Callable[[int], bytes], int]


def _block(cells: Cells, page: Page) -> Block:
    return partial(page_lines, cells, page.rows), len(page.rows)


def page_lines(cells: Cells, rows: Sequence[dict[str, object]], first: int) -> bytes:
    """The lines of these rows, the first with this number."""
    return lines(first, list(map(cells.written, cells.sheet.columns(rows))), len(rows))


def row_line(cells: Cells, row: Mapping[str, object], number: int) -> bytes:
    """The line of one row: to the byte what `page_lines` gives, a value at a time."""
    return lines(number, [Written("", (cells.cell(value),), "") for value in cells.sheet.values(row)], 1)


def sheet_blocks(sheet: Sheet, blocks: Iterable[Block]) -> Iterator[tuple[bytes, int]]:
    """The sheet's XML, block by block, each with how many rows it has: a line with the headings and what comes before
    them, a line a row, a line for the rest."""
    headings = [Written("", (text(title, HEADING),), "") for title in sheet.titles]
    yield _opening(sheet) + lines(1, headings, 1), 0
    last, size = 1, 0
    for written, rows in blocks:
        block, count = _fitting(written(last + 1), rows, MOST_ROWS - last, MOST_BYTES - size)
        yield block, count
        last, size = last + count, size + len(block)
        if count < rows or size > MOST_BYTES:
            break
    yield f'</sheetData><autoFilter ref="A1:{letters(len(headings) - 1)}{last}"/></worksheet>\n'.encode(), 0


def _fitting(block: bytes, rows: int, most_rows: int, most_bytes: int) -> tuple[bytes, int]:
    """As many of the lines as a sheet still has room for; the last of them may be over by its bytes."""
    if rows <= most_rows and len(block) <= most_bytes:
        return block, rows
    fitting, size = list[bytes](), 0
    for line in block.splitlines(keepends=True)[:most_rows]:
        fitting.append(line)
        if (size := size + len(line)) > most_bytes:
            break
    return b"".join(fitting), len(fitting)


def _opening(sheet: Sheet) -> bytes:
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{min(max(len(title) * 0.7, 13), 36):.0f}" customWidth="1"/>'
        if column not in sheet.layout.moments
        else f'<col min="{at}" max="{at}" width="20" customWidth="1"/>'
        for at, (title, column) in enumerate(zip(sheet.titles, sheet.layout.columns, strict=True), 1)
    )
    return (
        f'{XML.strip()}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{widths}</cols><sheetData>"
    ).encode()
