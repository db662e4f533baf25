"""Separated values after RFC 4180: nothing between two delimiters is NULL, two quotes are the empty text."""

import re
from collections.abc import Mapping

from connectors.contract.anonymous import as_text, hashed
from connectors.contract.base import SourceGarbage
from connectors.description.parts import Strategy
from connectors.files.formats import Folders
from connectors.files.text.records import BOM, Row
from connectors.rows.jsonline import json_line


class CsvRows:
    """The rows below one header. `folders` are columns that the file's path tells."""

    def __init__(self, header: bytes, delimiter: str, folders: Folders) -> None:
        # An office program's own note. A file that is erased from is not rewritten by guesses.
        if header.removeprefix(BOM).lower().startswith(b"sep="):
            raise SourceGarbage(
                "not-readable", "begins with sep=: have it exported without that line, and set `delimiter`"
            )
        mark = re.escape(delimiter)
        self._field = re.compile(rf'("[^"]*(?:""[^"]*)*"|[^"\r\n{mark}]*)({mark}|\Z)')
        self._delimiter = delimiter
        self.names = _distinct([_value(raw) or "" for raw in self._raws(header.removeprefix(BOM))])
        self._besides = {name: value for name, value in folders.items() if name not in self.names}
        self.columns = (*self.names, *self._besides)

    def row(self, record: bytes) -> Row | None:
        if not record.strip(b"\r\n"):
            return None
        return {**dict(zip(self.names, map(_value, self._whole(record)), strict=True)), **self._besides}

    def line(self, record: bytes, row: Row, columns: tuple[str, ...]) -> bytes:  # noqa: ARG002
        return json_line({name: row[name] for name in columns} if columns else row)

    def text(self, record: bytes, row: Row, name: str) -> str | None:  # noqa: ARG002
        value = row[name]
        return None if value is None else str(value)

    def rewritten(self, record: bytes, ways: Mapping[str, Strategy], hash_key: bytes) -> bytes:
        raws = self._whole(record)
        for name in ways.keys() & set(self.names):
            place = self.names.index(name)
            raws[place] = self._anonymous(_value(raws[place]), ways[name], hash_key)
        ending = record[len(record.rstrip(b"\r\n")) :]
        return self._delimiter.join(raws).encode() + ending

    def _anonymous(self, value: str | None, way: Strategy, hash_key: bytes) -> str:
        if way.kind != "keyed-hash":
            return self._raw(as_text(way.constant))
        return self._raw(None if value is None else hashed(value, hash_key))

    def _raw(self, value: str | None) -> str:
        if value is None:
            return ""
        plain = value and not any(mark in value for mark in (self._delimiter, '"', "\r", "\n"))
        return value if plain else '"' + value.replace('"', '""') + '"'

    def _whole(self, record: bytes) -> list[str]:
        raws = self._raws(record)
        if len(raws) != len(self.names):
            raise SourceGarbage("not-readable", "a line has more or fewer fields than the header")
        return raws

    def _raws(self, record: bytes) -> list[str]:
        """The fields as they are written, quotes and all."""
        try:
            text = record.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            raise SourceGarbage("not-readable", "not UTF-8: have it exported as CSV UTF-8") from None
        if '"' not in text and "\r" not in text:
            return text.split(self._delimiter)
        raws, at = [], 0
        while found := self._field.match(text, at):
            raws.append(found[1])
            at = found.end()
            if not found[2]:
                return raws
        raise SourceGarbage("not-readable", "quotes or line ends that are not as in RFC 4180")


def _value(raw: str) -> str | None:
    if not raw:
        return None
    return raw[1:-1].replace('""', '"') if raw[0] == '"' else raw


def _distinct(names: list[str]) -> tuple[str, ...]:
    """A second column of the same name is carried as `name_1`, and one without a name by its number."""
    found: list[str] = []
    for index, name in enumerate(names):
        wanted, number = name or f"column{index}", 0
        while (one := f"{wanted}_{number}" if number else wanted) in found:
            number += 1
        found.append(one)
    return tuple(found)
