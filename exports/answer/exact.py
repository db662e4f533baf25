"""Rows as they are given: whole moments, and no column that only says in which folder of files a row lay.

Numbers are left as they are written, so a line is not read for this (docs/adr/0120).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from functools import partial
from itertools import islice

from connectors.description.collection import Collection
from connectors.rows.graph import PAGE, parsed
from connectors.rows.jsonline import exactly
from exports.letter.values import whole_moment

# A text that is nothing but a moment, and lacks its T or its offset or half of that. A text within quotes of a text
# has a backslash before it; that is looked at behind the quote: a pattern that begins with a sign is found faster.
UNWHOLE = re.compile(
    rb'"(?<!\\")(\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?'
    rb'|T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d(?:\d\d)?)?))"(?!\s*:)'
)
FOLDER = re.compile(r"\d{4}(-\d\d){0,2}")

Lines = Callable[[Iterable[bytes]], Iterator[bytes]]
Cells = Callable[[Mapping[str, object]], dict[str, object]]


def exact_lines(collection: Collection, zone: tzinfo | None) -> Lines:
    """What makes gathered lines ones to give. ``zone``: of times that were written without one."""
    folder = collection.folder_column
    whole = partial(_whole, zone)
    last = re.compile(rb',"%s":"\d{4}(?:-\d\d){0,2}"\}$' % re.escape((folder or "").encode()))

    def exact(lines: Iterable[bytes]) -> Iterator[bytes]:
        waiting = iter(lines)
        while page := list(islice(waiting, PAGE)):
            if folder is not None:
                page = [_without(line, folder, last) for line in page]
            # No text of JSON has a line's end in it.
            found, times = UNWHOLE.subn(whole, b"\n".join(page))
            yield from found.split(b"\n") if times else page

    return exact


def exact_cells(collection: Collection, zone: tzinfo | None) -> Cells:
    """The same for a row that is read already."""
    folder = collection.folder_column
    return lambda row: {
        name: _whole_within(value, zone)
        for name, value in row.items()
        if name != folder or not _says_folder(value)
    }


def _without(line: bytes, folder: str, last: re.Pattern[bytes]) -> bytes:
    # It came from the path, and so behind all that the file has.
    shorter, found = last.subn(b"}", line)
    if found or f'"{folder}"'.encode() not in line:
        return shorter
    row = parsed(line)
    if not _says_folder(row.get(folder)):
        return line
    return exactly({name: value for name, value in row.items() if name != folder})


def _says_folder(value: object) -> bool:
    return isinstance(value, str) and FOLDER.fullmatch(value) is not None


def _whole(zone: tzinfo | None, found: re.Match[bytes]) -> bytes:
    return b'"%s"' % whole_moment(found[1].decode(), zone).encode()


def _whole_within(value: object, zone: tzinfo | None) -> object:
    if isinstance(value, str):
        # The first look is quick: almost nothing but days and moments has a hyphen there.
        return whole_moment(value, zone) if value[4:5] == "-" else value
    if isinstance(value, dict):
        return {name: _whole_within(part, zone) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole_within(part, zone) for part in value]
    return value
