"""Rows on paper: values as a reader writes them, columns that say nothing left out, nothing too wide for the page."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from exports.letter.document import Column, Pairs, Paragraph, Part, Table
from exports.letter.texts.reading import Texts
from exports.letter.values import amount, figures, local_moment, spelled

COLUMNS = 6  # what an upright A4 page holds
RECORDS = 12  # up to so many rows of many columns are printed one under another
CHARACTERS = 200  # of one value
# Signs that nothing prints; tab and line feed stay.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff\ud800-\udfff]")

Row = Mapping[str, object]


class Cells:
    """Writes single values. Moments with an offset are given in the operator's own time."""

    def __init__(self, time_zone: str, texts: Texts) -> None:
        self.texts = texts
        self._zone = ZoneInfo(time_zone)

    def shown(self, value: object) -> str:
        """One value as text, short enough for a cell."""
        if value is None or value == "":
            return self.texts("page.nothing")
        if isinstance(value, bool):
            return self.texts("page.yes" if value else "page.no")
        if isinstance(value, float):
            return self.texts.number(value)
        if isinstance(value, Decimal):
            return self.texts.digits(value)
        if isinstance(value, dict | list):
            return self._text(spelled(value, self.shown, "\n")) or self.texts("page.nothing")
        return self._text(str(value))

    def _text(self, value: str) -> str:
        value = CONTROL.sub("\ufffd", value)
        if moment := local_moment(value, self._zone):
            return moment.removesuffix(":00")
        return value if len(value) <= CHARACTERS else value[:CHARACTERS] + self.texts("page.cut")


def printed_rows(rows: Sequence[Row], words: Mapping[str, str], file: str, cells: Cells) -> list[Part]:
    """The rows as parts of the letter: what all have in common said once, then a table or record by record.

    ``words`` explain columns; ``file`` is where the columns stand that the page does not hold.
    """
    # As numbers they stand to the right, and with the language's own comma.
    amounts = figures(rows)
    rows = [{**row, **{key: amount(row[key]) for key in amounts & row.keys()}} for row in rows]
    same, varying = _columns(rows, cells)
    titles = {key: words.get(key) or key.replace("_", " ") for key in (*same, *varying)}
    if len(rows) == 1:
        return [_pairs(rows[0], varying, titles, cells)]
    parts: list[Part] = []
    if same:
        parts += [
            Paragraph(f"{cells.texts('found.same')}:", leads=True),
            _pairs(rows[0], same, titles, cells),
        ]
    if len(varying) > COLUMNS and len(rows) <= RECORDS:
        return parts + _one_by_one(rows, varying, titles, cells)
    if varying:
        parts.append(_table(rows, varying[:COLUMNS], titles, cells))
    if len(varying) > COLUMNS:
        parts.append(Paragraph(cells.texts("found.more_columns", file=file)))
    return parts


def _columns(rows: Sequence[Row], cells: Cells) -> tuple[list[str], list[str]]:
    """(columns with one value throughout, the others); empty ones are in neither."""
    keys = dict.fromkeys(key for row in rows for key in row)
    shown = {key: {cells.shown(row.get(key)) for row in rows} for key in keys}
    filled = [key for key in keys if shown[key] != {cells.texts("page.nothing")}]
    same = [key for key in filled if len(shown[key]) == 1 and len(rows) > 1]
    return same, [key for key in filled if key not in same]


def _pairs(row: Row, columns: Sequence[str], titles: Mapping[str, str], cells: Cells) -> Pairs:
    return Pairs(tuple((titles[key], cells.shown(row.get(key))) for key in columns))


def _one_by_one(
    rows: Sequence[Row], columns: list[str], titles: Mapping[str, str], cells: Cells
) -> list[Part]:
    parts: list[Part] = []
    for n, row in enumerate(rows, 1):
        parts += [
            Paragraph(cells.texts("found.record", n=n), leads=True),
            _pairs(row, columns, titles, cells),
        ]
    return parts


def _table(rows: Sequence[Row], columns: list[str], titles: Mapping[str, str], cells: Cells) -> Table:
    heads = tuple(Column(titles[key], numeric=_is_numeric(rows, key)) for key in columns)
    body = tuple(tuple(cells.shown(row.get(key)) for key in columns) for row in rows)
    return Table("", heads, body, dense=True)


def _is_numeric(rows: Sequence[Row], key: str) -> bool:
    values = [row[key] for row in rows if row.get(key) is not None]
    return bool(values) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in values
    )
