"""JSON lines, each handed over and kept as it was written."""

import json
import re
from collections.abc import Iterator, Mapping

import orjson

from connectors.contract.anonymous import hashed
from connectors.contract.base import SourceGarbage
from connectors.description.parts import Strategy
from connectors.files.formats import Folders
from connectors.files.text.records import BOM, Row
from connectors.rows.graph import parsed

# An escape that is no character of its own: half of a pair, as left behind where JavaScript cuts a text off.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)"
)
_SPACED = re.compile(rb'"[ \t\r\n]')
_NAME_END = re.compile(rb'"[ \t\r\n]*:')
_SPACE = re.compile(r"[ \t\r\n]*")
_AS_WRITTEN = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)


class JsonRows:
    """Objects, one a line. `folders` are columns that the file's path tells."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    def row(self, record: bytes) -> Row | None:
        record = _trimmed(record)
        if not record:
            return None
        row, line = _parsed(record)
        # At least as many as there are names; a text that holds JSON makes it more.
        named = len(_NAME_END.findall(line)) if _SPACED.search(line) else line.count(b'":')
        if named != len(row) and named != _named(row):
            _refuse_twice(line)
        return {**self._folders, **row}

    def line(self, record: bytes, row: Row, columns: tuple[str, ...]) -> bytes:
        # Between two parts a line end is a blank: what is handed over is one line to every reader.
        line = _trimmed(record).replace(b"\r", b" ")
        if b"\\u" in line:
            line = _parsed(line)[1]
        if columns:
            return self._picked(line, row, columns)
        return self._with_folders(line) if self._folders else line

    def _with_folders(self, line: bytes) -> bytes:
        own = parsed(line)
        besides = {name: value for name, value in self._folders.items() if name not in own}
        comma = b"," if own else b""
        return line[:-1] + comma + orjson.dumps(besides)[1:] if besides else line

    def text(self, record: bytes, row: Row, name: str) -> str | None:
        # Every digit as it is written; a float has sixteen.
        value = row.get(name)
        if isinstance(value, float):
            return str(_AS_WRITTEN.decode(record.removeprefix(BOM).decode())[name])
        if value is None or isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def rewritten(self, record: bytes, ways: Mapping[str, Strategy], hash_key: bytes) -> bytes:
        text = record.decode()
        # From the end, so that the places before it stay where they are.
        for name, start, end in reversed(list(_members(text))):
            if name in ways:
                text = text[:start] + _anonymous(text[start:end], ways[name], hash_key) + text[end:]
        return text.encode()

    def _picked(self, line: bytes, row: Row, columns: tuple[str, ...]) -> bytes:
        text = line.decode()
        spans = {name: text[start:end] for name, start, end in _members(text)}
        parts = (
            f"{_dumped(name)}:{spans[name] if name in spans else _dumped(row.get(name))}" for name in columns
        )
        return f"{{{','.join(parts)}}}".encode()


def _trimmed(record: bytes) -> bytes:
    return record.removeprefix(BOM).strip(b" \t\r\n")


def _parsed(line: bytes) -> tuple[Row, bytes]:
    """The row of a line, and the line as any JSON reader takes it."""
    try:
        return parsed(line), line
    except SourceGarbage:
        readable = _ESCAPE.sub(lambda found: b"\\" + found[0] if found[1] else found[0], line)
        return parsed(readable), readable


def _named(value: object) -> int:
    """How many members the objects in it have."""
    if isinstance(value, dict):
        return len(value) + sum(map(_named, value.values()))
    return sum(map(_named, value)) if isinstance(value, list) else 0


def _refuse_twice(line: bytes) -> None:
    """Raises SourceGarbage for a name that stands twice in an object: which of its values counts, nobody knows."""
    seen = set[str]()
    for name, _start, _end in _members(line.decode()):
        if name in seen:
            raise SourceGarbage("key-twice", name)
        seen.add(name)
    json.loads(line, object_pairs_hook=_once, strict=False, parse_int=str, parse_float=str)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise SourceGarbage("key-twice", "inside a column")
    return found


def _members(text: str) -> Iterator[tuple[str, int, int]]:
    """The members of the object, each with where its value begins and ends."""
    at = _after_space(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = _AS_WRITTEN.raw_decode(text, at)
        start = _after_space(text, _after_space(text, at) + 1)
        _value, end = _AS_WRITTEN.raw_decode(text, start)
        yield name, start, end
        at = _after_space(text, end)
        if text[at] == ",":
            at = _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    assert found is not None
    return found.end()


def _anonymous(raw: str, way: Strategy, hash_key: bytes) -> str:
    if way.kind != "keyed-hash":
        return _dumped(way.constant)
    value = json.loads(raw, parse_int=str, parse_float=str)
    if value is None:
        return raw
    return _dumped(hashed(value if isinstance(value, str) else raw, hash_key))


def _dumped(value: object) -> str:
    return orjson.dumps(value).decode()
