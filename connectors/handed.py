"""Rows from a file that a system's owner hands over: CSV with a header, or JSON. Nothing is guessed or dropped."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import Any

import orjson

from connectors.base import Identifier, SourceError, moment
from connectors.collection import Collection
from connectors.graph import identifiers_of, parsed

MOST_ROWS, MOST_COLUMNS, LONGEST = 200_000, 300, 1_000_000
DELIMITERS = ";,\t|"


class Unreadable(Exception):
    """A file, or a row of it, that cannot be taken. `code` is for translation; `row` counts from 1, 0 for the file."""

    def __init__(self, code: str, row: int = 0) -> None:
        super().__init__(f"{code} {row}")
        self.code, self.row = code, row


def text_of(content: bytes) -> str | None:
    """The text that a file is, without byte order mark; None where it is no text in UTF-8 or marked UTF-16."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def rows_of(text: str) -> list[bytes]:
    """One JSON object a line, columns as the file orders them. Raises Unreadable."""
    start = text.lstrip()[:1]
    if not start:
        raise Unreadable("upload-empty")
    lines = list(_json_rows(text) if start in "[{" else _csv_rows(text))
    if not lines:
        raise Unreadable("upload-empty")
    return lines


def _csv_rows(text: str) -> Iterator[bytes]:
    first = text.split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip() for name in next(reader)]
        if "" in names or len(set(names)) < len(names) or len(names) > MOST_COLUMNS:
            raise Unreadable("upload-header")
        for number, row in enumerate(filter(None, reader), 1):
            if len(row) != len(names):
                raise Unreadable("upload-columns", number)
            yield _line(dict(zip(names, row, strict=True)), number)
    except csv.Error:
        raise Unreadable("upload-csv", reader.line_num) from None


def _json_rows(text: str) -> Iterator[bytes]:
    """An array of objects, one object, or an object a line."""
    try:
        found = _loads(text)
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise Unreadable("upload-json", error.lineno) from None
        found = list(_json_lines(text))
    rows = found if isinstance(found, list) else [found]
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise Unreadable("upload-not-a-row", number)
        yield _line(row, number)


def _json_lines(text: str) -> Iterator[Any]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                yield _loads(line)
            except json.JSONDecodeError:
                raise Unreadable("upload-json", number) from None


def _loads(text: str) -> Any:
    """Every digit is kept as it is written; a name that stands twice in an object is refused."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_once,
            parse_float=orjson.Fragment,
            parse_int=orjson.Fragment,
            parse_constant=_no_number,
        )
    except RecursionError:
        raise Unreadable("upload-json", 1) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unreadable("upload-twice")
    return found


def _no_number(_written: str) -> Any:
    raise Unreadable("upload-json")


def _line(row: Mapping[str, Any], number: int) -> bytes:
    if number > MOST_ROWS:
        raise Unreadable("upload-rows")
    try:
        line = orjson.dumps(row)
    except TypeError:  # half of a surrogate pair, or nested too deeply
        raise Unreadable("upload-json", number) from None
    if len(line) > LONGEST or len(row) > MOST_COLUMNS:
        raise Unreadable("upload-columns", number)
    return line


def refuse_foreign(
    collection: Collection, lines: Sequence[bytes], identifiers: Sequence[Identifier], zone: tzinfo | None
) -> None:
    """Raises Unreadable for the first row that says it is somebody else's, or from a time that was not the person's."""
    for number, line in enumerate(lines, 1):
        row = parsed(line)
        told = [kind for kind, find in collection.find.items() if find.columns[0] in row]
        mine = [one for one in identifiers if one.kind in told and _names(collection, row, one)]
        if told and not mine:
            raise Unreadable("upload-foreign", number)
        if mine and collection.at and not _in_time(row.get(collection.at), mine, zone):
            raise Unreadable("upload-time", number)
        try:
            list(identifiers_of(collection, row, zone))
        except SourceError:
            raise Unreadable("upload-told", number) from None


def _names(collection: Collection, row: Mapping[str, object], one: Identifier) -> bool:
    find = collection.find[one.kind]
    held = [row.get(name) for name in find.columns]
    if len(held) > 1:
        return one.value == orjson.dumps(held).decode()
    values = held[0] if isinstance(held[0], list) else held
    return find.spelled(one.value) in {find.spelled(str(value)) for value in values}


def _in_time(value: object, mine: Sequence[Identifier], zone: tzinfo | None) -> bool:
    try:
        instant = moment(value, zone)
    except SourceError:
        return False
    return any(one.covers(instant) for one in mine)
