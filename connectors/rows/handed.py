"""Rows from a file that a system's owner hands over: CSV with a header, or JSON. Nothing is guessed or dropped.

A file of any length is read as it comes; of the rows, one is in memory at a time.
"""

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import chain
from typing import Any

import orjson

from connectors.contract.base import Identifier, SourceError, moment
from connectors.description.collection import Collection
from connectors.description.parts import Find
from connectors.description.spelling import mailbox_spellings
from connectors.rows.graph import identifiers_of, parsed

MOST_ROWS, MOST_COLUMNS, LONGEST = 2_000_000, 300, 1_000_000
DELIMITERS = ";,\t|"
_BLANK = " \t\r\n"
_SEPARATOR = re.compile(r"sep=([;,\t|])\r?\n?", re.IGNORECASE)
# All but the letters of Western Europe, and the signs for section, degree and accent. In this part of the world a text
# from DOS or an old Mac has such: their å, ä, ö, æ and ø are among them.
_UNCERTAIN = re.compile(rb"[\x00\x80-\xa6\xa8-\xaf\xb1-\xb3\xb5-\xbf\xd0-\xd2\xd7\xf7]")


class Unreadable(Exception):
    """A file, or a row of it, that cannot be taken. `code` is for translation; `row` counts from 1, 0 for the file."""

    def __init__(self, code: str, row: int = 0) -> None:
        super().__init__(f"{code} {row}")
        self.code, self.row = code, row


def rows_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """One JSON object a line, columns as the file orders them. Raises Unreadable."""
    texts = filter(None, _texts(blocks))
    first = next((text for text in texts if text.strip(_BLANK)), "")
    start = first.lstrip(_BLANK)[:1]
    if not start:
        raise Unreadable("upload-empty")
    if start == "<":
        raise Unreadable("upload-type")
    found = (_json_rows if start in "[{" else _csv_rows)(chain([first], texts))
    number = 0
    for number, row in enumerate(found, 1):
        yield _line(row, number)
    if not number:
        raise Unreadable("upload-empty")


def _texts(blocks: Iterable[bytes]) -> Iterator[str]:
    """The text that a file is, without byte order mark: UTF-8, marked UTF-16, or Western where that is certain."""
    decode: Callable[[bytes, bool], str] | None = None
    ascii_alone = True
    for block, last in chain(((one, False) for one in blocks), [(b"", True)]):
        if decode is None:
            marked = block.startswith((b"\xff\xfe", b"\xfe\xff"))
            decoder = codecs.getincrementaldecoder("utf-16" if marked else "utf-8-sig")()
            decode = decoder.decode
        # What another code page begins with is not decoded before it is known to be one.
        waiting = decoder.getstate()[0]
        try:
            text = decode(block, last)
        except UnicodeDecodeError:
            if not ascii_alone:
                raise Unreadable("upload-encoding") from None
            text, decode = _western(waiting + block), lambda block, _last: _western(block)
        # No text has one: this is another encoding, or no text.
        if "\0" in text:
            raise Unreadable("upload-type")
        ascii_alone = ascii_alone and text.isascii()
        yield text


def _western(block: bytes) -> str:
    """As Windows writes it, if it has no sign that means another letter in the code pages of DOS and of old Macs."""
    if _UNCERTAIN.search(block):
        raise Unreadable("upload-type" if b"\0" in block else "upload-encoding")
    return block.decode("cp1252")


def _lines(texts: Iterable[str]) -> Iterator[str]:
    """Lines with their ends, as the csv module wants them."""
    rest = ""
    for text in texts:
        *whole, rest = (rest + text).split("\n")
        yield from (f"{line}\n" for line in whole)
        if len(rest) > LONGEST:
            raise Unreadable("upload-csv")
    if rest:
        yield rest


def _csv_rows(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    lines = _lines(texts)
    first = next(lines)
    delimiter = max(DELIMITERS, key=first.count)
    # What Excel is told by, and writes before the names.
    if told := _SEPARATOR.fullmatch(first):
        delimiter, first = told[1], next(lines, "")
    # Strict, or a quote without its pair would be mended in silence.
    reader = csv.reader(chain([first], lines), delimiter=delimiter, strict=True)
    try:
        names = _names_of(next(reader, []))
        # Below and beside a table spreadsheets write cells with nothing in them.
        for number, row in enumerate(filter(any, reader), 1):
            if len(row) < len(names) or any(row[len(names) :]):
                raise Unreadable("upload-columns", number)
            yield dict(zip(names, row, strict=False))
    except csv.Error:
        raise Unreadable("upload-csv", reader.line_num) from None


def _names_of(header: list[str]) -> list[str]:
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    if not names or "" in names or len(set(names)) < len(names) or len(names) > MOST_COLUMNS:
        raise Unreadable("upload-header")
    return names


def _json_rows(texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    """An array of objects, one object, or one after the other."""
    reader = _Json(texts)
    listed = reader.take("[")
    if listed and reader.take("]"):
        return
    number = 0
    while number == 0 or reader.ahead():
        number += 1
        row = reader.value(number)
        if not isinstance(row, dict):
            raise Unreadable("upload-not-a-row", number)
        yield row
        if listed and not reader.take(","):
            break
    if (listed and not reader.take("]")) or reader.ahead():
        raise Unreadable("upload-json", number)


class _Json:
    """JSON values out of text that comes in parts; a value may not be longer than a row."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts, self._rest, self._at = iter(texts), "", 0
        # Every digit is kept as it is written; a name that stands twice in an object is refused.
        self._decoder = json.JSONDecoder(
            object_pairs_hook=_once,
            parse_float=orjson.Fragment,
            parse_int=orjson.Fragment,
            parse_constant=_no_number,
        )

    def ahead(self) -> bool:
        """Whether anything but blanks follows."""
        while True:
            while self._at < len(self._rest) and self._rest[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._rest):
                return True
            if not self._more():
                return False

    def take(self, sign: str) -> bool:
        """Whether this sign follows; if so it is passed over."""
        found = self.ahead() and self._rest[self._at] == sign
        self._at += found
        return found

    def value(self, number: int) -> Any:
        """The value that follows. Raises Unreadable."""
        while self.ahead():
            try:
                found, self._at = self._decoder.raw_decode(self._rest, self._at)
            except RecursionError:
                break
            except json.JSONDecodeError:
                # Cut off by the end of this part, or wrong: the next parts tell.
                if len(self._rest) - self._at > LONGEST or not self._more():
                    break
            else:
                return found
        raise Unreadable("upload-json", number)

    def _more(self) -> bool:
        text = next(self._texts, None)
        self._rest, self._at = self._rest[self._at :] + (text or ""), 0
        return text is not None


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
    collection: Collection,
    lines: Iterable[bytes],
    identifiers: Sequence[Identifier],
    zone: tzinfo | None,
    first: int = 1,
) -> None:
    """Raises Unreadable for the first row that says it is somebody else's, or from a time that was not the person's."""
    for number, line in enumerate(lines, first):
        row = parsed(line)
        told = [
            kind for kind, find in collection.find.items() if any(way.columns[0] in row for way in find.ways)
        ]
        mine = [one for one in identifiers if one.kind in told and _names(collection, row, one)]
        if told and not mine:
            raise Unreadable("upload-foreign", number)
        if mine and collection.at and not _in_time(row.get(collection.at), mine, zone):
            raise Unreadable("upload-time", number)
        try:
            # Only to see whether they can be read: the search goes on from these rows later.
            list(identifiers_of(collection, row, zone))
        except SourceError:
            raise Unreadable("upload-told", number) from None


def _names(collection: Collection, row: Mapping[str, object], one: Identifier) -> bool:
    return any(_named_by(find, row, one) for find in collection.find[one.kind].ways)


def _named_by(find: Find, row: Mapping[str, object], one: Identifier) -> bool:
    held = [row.get(name) for name in find.columns]
    if len(held) > 1:
        return one.value == orjson.dumps(held).decode()
    values = held[0] if isinstance(held[0], list) else held
    mine = find.spelled(one.value)
    written = (spelling for value in values for spelling in mailbox_spellings(str(value)))
    return mine != "" and mine in map(find.spelled, written)


def _in_time(value: object, mine: Sequence[Identifier], zone: tzinfo | None) -> bool:
    try:
        instant = moment(value, zone)
    except SourceError:
        return False
    return any(one.covers(instant) for one in mine)
