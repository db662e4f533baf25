"""Rows as they are given: whole moments, and no column that only says in which folder of files a row lay.

Numbers are left as they are written, so a line is not read for this (docs/adr/0120).
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import tzinfo
from functools import lru_cache, partial
from itertools import chain, islice

from connectors.description.collection import Collection
from connectors.rows.graph import PAGE, parsed
from connectors.rows.hours import CLOCK, FIRST, LAST
from connectors.rows.jsonline import exactly
from exports.letter.values import whole_moment

# A text that is nothing but a moment, and lacks its T or its offset or half of that. A text within quotes of a text
# has a backslash before it; that is looked at behind the quote: a pattern that begins with a sign is found faster.
UNWHOLE = re.compile(
    rb'"(?<!\\")(\d{4}-\d\d-\d\d(?: \d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d(?::?\d\d)?)?'
    rb'|T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d(?:\d\d)?)?))"(?!\s*:)'
)
# What `looks_whole` counts, every digit being the same one: what begins as a moment does, and moments that are whole.
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_BEGUN = b'"0000-00-00'
_WHOLE = (
    *(b'"0000-00-00T00:00:00%s"' % zone for zone in (b"+00:00", b"Z", b"-00:00")),
    b'"0000-00-00"',
    *(
        b'"0000-00-00T00:00:00.%s%s"' % (part, zone)
        for part in (b"000", b"0" * 6)
        for zone in (b"+00:00", b"Z")
    ),
)
FOLDER = re.compile(r"\d{4}(-\d\d){0,2}")

Lines = Callable[[Iterable[bytes]], Iterator[bytes]]
Cells = Callable[[Mapping[str, object]], dict[str, object]]


def exact_lines(collection: Collection, zone: tzinfo | None) -> Lines:
    """What makes gathered lines ones to give. ``zone``: of times that were written without one."""
    folder = collection.folder_column
    whole = partial(_whole, zone)
    last = re.compile(rb',"%s":"\d{4}(?:-\d\d){0,2}"\}$' % re.escape((folder or "").encode()))

    def pages(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
        waiting = iter(lines)
        while page := list(islice(waiting, PAGE)):
            if folder is not None:
                page = [_without(line, folder, last) for line in page]
            # No text of JSON has a line's end in it.
            text = b"\n".join(page)
            found, times = (text, 0) if looks_whole(text) else UNWHOLE.subn(whole, text)
            yield found.split(b"\n") if times else page

    return lambda lines: chain.from_iterable(pages(lines))


def looks_whole(text: bytes) -> bool:
    """Whether nothing in these lines is a moment that lacks something, at a glance. False where it takes a search."""
    shapes = text.translate(_DIGITS)
    left = shapes.count(_BEGUN)
    for whole in _WHOLE:
        if not left:
            break
        left -= shapes.count(whole)
    return not left


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
    return b'"%s"' % _whole_text(found[1].decode(), zone).encode()


def _whole_text(written: str, zone: tzinfo | None) -> str:
    """`whole_moment` of each; rows come by the million and share their hours."""
    hour, clock, offset = written[:13], written[13:19], written[19:]
    if clock in CLOCK and (around := _whole_hour(hour, offset, zone)):
        return f"{around[0]}{clock}{around[1]}"
    return whole_moment(written, zone)


@lru_cache(maxsize=10_000)
def _whole_hour(hour: str, offset: str, zone: tzinfo | None) -> tuple[str, str] | None:
    """What stands before and after minutes and seconds, where it is the same from the hour's first to its last."""
    first, last = (whole_moment(f"{hour}{end}{offset}", zone) for end in (FIRST, LAST))
    same = (first[:13], first[19:]) == (last[:13], last[19:])
    return (first[:13], first[19:]) if same and (first[13:19], last[13:19]) == (FIRST, LAST) else None


def _whole_within(value: object, zone: tzinfo | None) -> object:
    if isinstance(value, str):
        # The first look is quick: almost nothing but days and moments has a hyphen there.
        return _whole_text(value, zone) if value[4:5] == "-" else value
    if isinstance(value, dict):
        return {name: _whole_within(part, zone) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole_within(part, zone) for part in value]
    return value
