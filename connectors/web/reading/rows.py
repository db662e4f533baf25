"""The rows in an answer: found, made flat, and written as lines."""

import json
from collections.abc import Mapping
from typing import Any

import orjson

from connectors.contract.base import Scalar, SourceGarbage
from connectors.description.api import ApiCollection
from connectors.rows.jsonline import json_line
from connectors.web.calling import answers
from connectors.web.calling.client import Answer
from connectors.web.reading.paging import Given

Row = dict[str, Any]


def given(collection: ApiCollection, answer: Answer, *, alone: bool = False) -> Given:
    """The rows of one answer. Raises SourceGarbage if they are no rows.

    With `alone`, an object without the list is a row by itself: so APIs answer that are asked for one thing.
    """
    if answer.status in collection.nothing_held or answer.status == 204:
        _refuse_page_of_a_server(answer)
        return Given(answer, None, [], 0)
    body = answers.content(answer)
    if _says_nothing(collection, body):
        return Given(answer, body, [], 0)
    alone = alone and not _is_list(body, collection.rows)
    rows, entries = ([body], 1) if alone else _listed(body, collection.rows)
    if not all(isinstance(row, dict) for row in rows):
        raise SourceGarbage("not-a-row")
    found = [_flat(row) for row in rows] if collection.flatten else rows
    return Given(answer, body, found, entries, alone)


def line(row: Row, columns: tuple[str, ...]) -> bytes:
    """The row as handed on. Raises SourceGarbage."""
    chosen = {name: row.get(name) for name in columns} if columns else row
    try:
        return json_line(chosen)
    except TypeError:
        pass
    try:
        return json_line(_mended(chosen))
    except (TypeError, RecursionError):
        raise SourceGarbage("not-json", "a row is nested too deeply") from None


def plain(value: Any) -> Any:
    """A value to compare: a number that was kept as it is written, as a number, and a long one exactly."""
    return json.loads(orjson.dumps(value)) if isinstance(value, orjson.Fragment) else value


def says(value: Any, wanted: Scalar) -> bool:
    """Whether a row holds this value; one that was typed as a text may be a number there."""
    held = plain(value)
    return held == wanted or (isinstance(wanted, str) and not isinstance(held, bool) and str(held) == wanted)


def identity(collection: ApiCollection, row: Mapping[str, Any]) -> bytes | None:
    """The row's key. Rows without a key cannot be told from their like, and are all kept. Raises SourceGarbage."""
    if not collection.key_columns:
        return None
    for name in collection.key_columns:
        if row.get(name) is None:
            raise SourceGarbage("no-key", name)
    return orjson.dumps([row[name] for name in collection.key_columns])


def _is_list(body: Any, path: str) -> bool:
    """Whether the rows stand in a list where they should, rather than one alone."""
    if isinstance(body, list):
        return True
    head = path.partition(".")[0]
    return answers.is_there(body, path) or (isinstance(body, dict) and head in body) if path else False


def _refuse_page_of_a_server(answer: Answer) -> None:
    """A web page in place of JSON speaks of a wrong address, not of the person."""
    if answer.headers.get("content-type", "").lower().startswith("text/html"):
        raise SourceGarbage("not-json", f"a web page with status {answer.status}: is the path right?")


def _says_nothing(collection: ApiCollection, body: Any) -> bool:
    said = collection.nothing_says
    return bool(said) and all(answers.is_there(body, path) and _equal(answers.at(body, path), value)
                              for path, value in said.items())  # fmt: skip


def _equal(found: Any, value: Any) -> bool:
    return type(found) is type(value) and found == value


def _listed(body: Any, path: str) -> tuple[list[Any], int]:
    """What lies at a dotted path, through lists on the way; and how long the first of these lists is."""
    if isinstance(body, list) and path:
        return [row for entry in body for row in _inner(entry, path)], len(body)
    head, _dot, rest = path.partition(".")
    if (
        path
        and not answers.is_there(body, path)
        and isinstance(body, dict)
        and isinstance(body.get(head), list | dict)
    ):
        return _listed(body[head], rest)
    if not answers.is_there(body, path) or (path == "" and body is None):
        raise SourceGarbage("no-rows", f"nothing at `{path}`")
    found = answers.at(body, path)
    rows = found if isinstance(found, list) else [] if found is None else [found]
    return rows, len(rows)


def _inner(entry: Any, path: str) -> list[Any]:
    """The rows inside one entry of a list, which may have none."""
    try:
        return _listed(entry, path)[0]
    except SourceGarbage:
        return []


def _flat(row: Row) -> Row:
    made: list[tuple[str, Any]] = []
    for name, value in row.items():
        if isinstance(value, dict) and value:
            made += ((f"{name}.{inner}", part) for inner, part in _flat(value).items())
        else:
            made.append((name, value))
    found = dict(made)
    if len(found) < len(made):
        raise SourceGarbage("key-twice", "two columns of a row have the same name")
    return found


def _mended(value: Any) -> Any:
    """Half of a character, as systems leave that cut texts by length, cannot be written and becomes U+FFFD."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_mended(name): _mended(part) for name, part in value.items()}
    return [_mended(part) for part in value] if isinstance(value, list) else value
