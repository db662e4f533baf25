"""The rows as a workbook, written straight into the package: no library that does so leaves them off the disk.

A sheet of text cells that stay text, numbers and dates, a row a line of XML (docs/adr/0120).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache, partial
from html import escape
from itertools import islice
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from exports.letter.values import is_day, local_moment
from exports.package.data import clipped, shown
from exports.package.entries import deflate
from exports.package.layout import Sheet

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384  # of a sheet, with its headings
# What is larger needs sizes of eight bytes in its zip, and spreadsheets take none with such.
MOST_BYTES = 2_000_000_000
SHEET, WORKBOOK = "xl/worksheets/sheet1.xml", "xl/workbook.xml"
# A spreadsheet keeps no more digits of a number; what is longer is text.
DIGITS = 15
# Its calendar has a day too many before, and ends after.
FIRST, LAST = date(1900, 3, 1), date(9999, 12, 31)
ZERO = date(1899, 12, 30)
TEXT, DAY, MOMENT, HEADING, WHOLE = 1, 2, 3, 4, 5
# Signs that XML has no place for, and what a spreadsheet would read as one of its own escapes.
NO_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")
PLAIN = re.compile("[^\x00-\x1f\x7f-\x9f&<>_\ud800-\udfff\ufffe\uffff]{0,1000}")
ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

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


def write_xlsx(
    out: IO[bytes], sheet: Sheet, rows: Iterable[Mapping[str, object]], *, name: str, dated: date
) -> int:
    """A workbook of one sheet with as many of the rows as a sheet has. Returns how many; ``out`` is not sought in.

    ``name``: of the sheet; ``dated``: when it says that it was made.
    """
    moment = (max(dated.year, 1980), dated.month, dated.day, 0, 0, 0)
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for part, content in {**PARTS, WORKBOOK: _workbook(name)}.items():
            archive.writestr(_part(part, moment), XML + content)
        with archive.open(_part(SHEET, moment), "w") as part_out:
            deflate(part_out)
            count = 0
            for line in sheet_lines(sheet, rows):
                part_out.write(line)
                count += 1
    # All lines but the first, of headings, and the last.
    return count - 2


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


def sheet_lines(sheet: Sheet, rows: Iterable[Mapping[str, object]]) -> Iterator[bytes]:
    """The sheet's XML: a line with the headings and what comes before them, a line a row, a line for the rest."""
    letters = [_letters(number) for number in range(len(sheet.titles))]
    # Most texts of a column come again and again.
    texts = lru_cache(maxsize=4096)(partial(_of_text, sheet))
    yield _opening(sheet) + _row(1, (_text(title, HEADING) for title in sheet.titles), letters)
    last, size = 1, 0
    for last, row in enumerate(islice(rows, MOST_ROWS - 1), 2):
        cells = (
            texts(value) if isinstance(value, str) else _of_other(sheet, value) for value in sheet.values(row)
        )
        line = _row(last, cells, letters)
        yield line
        if (size := size + len(line)) > MOST_BYTES:
            break
    yield f'</sheetData><autoFilter ref="A1:{letters[-1]}{last}"/></worksheet>\n'.encode()


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


def _row(number: int, cells: Iterable[str], letters: Iterable[str]) -> bytes:
    within = "".join(
        f'<c r="{letter}{number}"{cell}' for cell, letter in zip(cells, letters, strict=True) if cell
    )
    return f'<row r="{number}">{within}</row>\n'.encode()


def _letters(number: int) -> str:
    """A for 0, Z for 25, AA for 26."""
    name = ""
    while number >= 0:
        number, at = divmod(number, 26)
        name, number = chr(65 + at) + name, number - 1
    return name


def _of_text(sheet: Sheet, value: str) -> str:
    """A cell behind its place; nothing for one that is empty."""
    if not value:
        return ""
    # The first look is quick: nothing else has these signs there.
    if value[4:5] == value[7:8] == "-" and (timed := _time(value, sheet)):
        return timed
    return _text(
        value if PLAIN.fullmatch(value) else clipped(shown(value, sheet.zone, sheet.texts), sheet.texts)
    )


def _of_other(sheet: Sheet, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return _number(value, sheet)
    return _text(clipped(shown(value, sheet.zone, sheet.texts), sheet.texts))


def _number(value: float | Decimal, sheet: Sheet) -> str:
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    digits = f"{exact:f}"
    if not exact.is_finite() or sum(map(str.isdigit, digits.strip("-0."))) > DIGITS:
        return _text(shown(value, sheet.zone, sheet.texts))
    # A number of many digits would be shown as 4,67E+10.
    style = f' s="{WHOLE}"' if isinstance(value, int) else ""
    return f"{style}><v>{digits}</v></c>"


def _time(value: str, sheet: Sheet) -> str:
    """A day or a moment as spreadsheets count them; nothing for other texts, and for times that they have not."""
    day = is_day(value)
    written = value if day else local_moment(value, sheet.zone)
    if written is None or not FIRST <= (date_of := date.fromisoformat(written[:10])) <= LAST:
        return ""
    days = (date_of - ZERO).days
    if day:
        return f' s="{DAY}"><v>{days}</v></c>'
    hours, minutes, seconds = map(int, written[11:].split(":"))
    return f' s="{MOMENT}"><v>{days + (hours * 3600 + minutes * 60 + seconds) / 86_400:.10f}</v></c>'


def _text(value: str, style: int = TEXT) -> str:
    if not PLAIN.fullmatch(value):
        value = ESCAPE.sub("_x005F_", NO_XML.sub("\ufffd", value.replace("\r\n", "\n").replace("\r", "\n")))
        # A row is a line, whatever its texts have.
        value = escape(value, quote=False).replace("\n", "&#10;").replace("\t", "&#9;")
    return f' s="{style}" t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'


def row_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a sheet's XML that are rows, and not the headings."""
    return (line for line in lines if line.startswith(b"<row "))
