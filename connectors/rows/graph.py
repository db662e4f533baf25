"""From rows to further identifiers: how one source tells what to ask the next one for."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import tzinfo
from itertools import islice

from connectors.contract.base import Identifier, Key, Scalar, SourceGarbage, moment
from connectors.description.collection import Collection
from connectors.description.parts import Yield
from connectors.rows.jsonline import read_exactly, read_lines

PAGE = 1_000  # rows that are parsed at a time: more of them fall out of the processor's cache


def parsed(line: bytes) -> dict[str, object]:
    """The row of a line. Raises SourceGarbage."""
    try:
        row = read_exactly(line)
    except ValueError:
        raise SourceGarbage("not-json") from None
    if not isinstance(row, dict):
        raise SourceGarbage("not-a-row")
    return row


def parsed_pages(lines: Iterable[bytes]) -> Iterator[list[dict[str, object]]]:
    """The rows of these lines, so many at a time. Raises SourceGarbage."""
    waiting = iter(lines)
    while page := list(islice(waiting, PAGE)):
        yield parsed_all(page)


def parsed_all(lines: Sequence[bytes]) -> list[dict[str, object]]:
    """The rows of these lines, much faster than one by one. Raises SourceGarbage."""
    try:
        rows = read_lines(lines)
    except ValueError:
        rows = []
    return rows if set(map(type, rows)) == {dict} else list(map(parsed, lines))


def key_of(collection: Collection, row: Mapping[str, object]) -> Key:
    """The row's key, in the order of `key_columns`. Raises SourceGarbage where a part is missing."""
    return tuple(_scalar(row, name) for name in collection.key_columns)


def identifiers_of(
    collection: Collection, row: Mapping[str, object], zone: tzinfo | None
) -> Iterator[Identifier]:
    """The identifiers that this row yields, each with the interval it was the person's.

    An interval that is empty or ends before it begins yields nothing; neither does an empty column.
    """
    for found in collection.yields:
        start = moment(row.get(found.from_), zone) if found.from_ else None
        end = moment(row.get(found.to), zone) if found.to else None
        if start is None or end is None or start < end:
            for value in _values(found, row):
                yield Identifier(found.kind, value, start, end)


def _values(found: Yield, row: Mapping[str, object]) -> Iterator[str]:
    parts = [row.get(name) for name in found.columns]
    if any(part in (None, "", []) for part in parts):
        return
    if found.array and isinstance(parts[0], list):
        yield from (_written(part) for part in parts[0] if part not in (None, ""))
    else:
        yield _written(parts[0] if len(parts) == 1 else parts)


def _written(value: object) -> str:
    """As compact JSON, but texts as they are."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _scalar(row: Mapping[str, object], name: str) -> Scalar:
    value = row.get(name)
    if isinstance(value, dict) and value.get("type") == "binary":
        return str(value["base64"])
    if isinstance(value, str | int | float | bool):
        return value
    raise SourceGarbage("no-key", name)
