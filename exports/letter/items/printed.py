"""Rows on paper: values as a reader writes them, columns that say nothing left out, nothing too wide for the page."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from exports.letter.document import Column, Pairs, Paragraph, Part, Table
from exports.letter.facts import CollectionFacts
from exports.letter.texts.reading import Texts, inside
from exports.letter.values import amount, figures, is_day, local_moment, spelled

COLUMNS = 7  # what an upright A4 page holds
RECORDS = 2  # up to so many rows of many columns are printed one under another
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
            return self.texts.exact(value)
        if isinstance(value, Decimal):
            return self.texts.digits(value)
        if isinstance(value, dict | list):
            return self._text(spelled(value, self.shown, "\n")) or self.texts("page.nothing")
        return self._text(str(value))

    def _text(self, value: str) -> str:
        value = CONTROL.sub("\ufffd", value)
        if moment := local_moment(value, self._zone) or (value if is_day(value) else None):
            return self.texts.moment(re.sub(r"(:\d\d):00$", r"\1", moment))
        return value if len(value) <= CHARACTERS else value[:CHARACTERS] + self.texts("page.cut")


def printed_rows(collection: CollectionFacts, file: str, cells: Cells) -> list[Part]:
    """The rows as parts of the letter: what all have in common said once, then a table of what is worth most.

    ``file`` is where the columns stand that the page does not hold; each of them is named.
    """
    # As numbers they stand to the right, and with the language's own comma.
    amounts = figures(collection.inline or ())
    rows = [
        {
            key: _spoken(collection, key, amount(value) if key in amounts else value)
            for key, value in row.items()
        }
        for row in collection.inline or ()
    ]
    same, varying = _columns(collection, rows, cells)
    titles = _titles(collection, rows, (*same, *varying), cells)
    # It stands above the price.
    same = [key for key in same if key != collection.currency or collection.price not in titles]
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
    if left := varying[COLUMNS:]:
        names = cells.texts.listing(inside(titles[key]) for key in left)
        parts.append(Paragraph(cells.texts("found.more_columns", names=names, file=file)))
    return parts


def _spoken(collection: CollectionFacts, column: str, value: object) -> object:
    """A code in the words of the letter's language."""
    return collection.codes.get(column, {}).get(value, value) if isinstance(value, str) else value


def _columns(collection: CollectionFacts, rows: Sequence[Row], cells: Cells) -> tuple[list[str], list[str]]:
    """(columns with one value throughout, the others), what is worth most first; empty ones are in neither."""
    keys = sorted(dict.fromkeys(key for row in rows for key in row), key=lambda key: _worth(collection, key))
    shown = {key: {cells.shown(row.get(key)) for row in rows} for key in keys}
    filled = [key for key in keys if shown[key] != {cells.texts("page.nothing")}]
    same = [key for key in filled if len(shown[key]) == 1 and len(rows) > 1]
    return same, [key for key in filled if key not in same]


def _worth(collection: CollectionFacts, column: str) -> tuple[int, int]:
    """Time, who, how long, how much and what price come before the rest; what only numbers rows comes last."""
    if column in collection.telling:
        return 0, collection.telling.index(column)
    return (2 if column in collection.naming else 1), 0


def _titles(
    collection: CollectionFacts, rows: Sequence[Row], columns: Iterable[str], cells: Cells
) -> dict[str, str]:
    """What stands above each column; above a price its currency, where all rows have one."""
    titles = {key: collection.columns.get(key) or key.replace("_", " ") for key in columns}
    found = {cells.shown(row.get(collection.currency)) for row in rows if collection.currency in row}
    unit = found.pop() if len(found) == 1 else "" if found else collection.currency
    if unit and collection.price in titles and unit != cells.texts("page.nothing"):
        titles[collection.price] += f" ({unit})"
    return titles


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
