"""Stretches of a text: put in order, found by words, covered, told apart. Pure.

Positions count characters of the text as it was gathered, the first is 0; a stretch ends before its second number.
"""

import re
from collections.abc import Iterable, Iterator

from exports.letter.values import MASK

Span = tuple[int, int]
Spans = tuple[Span, ...]
WRITTEN = re.compile(r"(\d{1,9})\s*-\s*(\d{1,9})")


class Outside(ValueError):
    """A stretch that is not within its text."""


def merged(spans: Iterable[Span], length: int) -> Spans:
    """In order, without overlaps, within a text of this length. Raises Outside."""
    found: list[Span] = []
    for first, end in sorted(spans):
        if not 0 <= first < end <= length:
            raise Outside
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((first, end))
    return tuple(found)


def covered(text: str, spans: Iterable[Span]) -> str:
    """The text with a mask in the place of each stretch."""
    return "".join(MASK if masked else part for part, masked in parts(text, spans))


def parts(text: str, spans: Iterable[Span]) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is masked."""
    at = 0
    for first, end in spans:
        if text[at:first]:
            yield text[at:first], False
        yield text[first:end], True
        at = end
    if text[at:]:
        yield text[at:], False


def every(text: str, words: str) -> Iterator[Span]:
    """Wherever these words stand, in capitals or not, with any blanks between them; not within a longer word."""
    wanted = r"\s+".join(map(re.escape, words.split()))
    if wanted:
        found = re.finditer(rf"(?<!\w){wanted}(?!\w)", text, re.IGNORECASE)
        yield from (match.span() for match in found)


def read(written: str) -> Iterator[Span]:
    """Stretches as a page writes them: "12-25 40-51". Raises Outside for anything else."""
    if WRITTEN.sub("", written).strip(" ,;\r\n\t"):
        raise Outside
    yield from ((int(match[1]), int(match[2])) for match in WRITTEN.finditer(written))


def as_gathered(text: str, span: Span) -> Span:
    """A stretch that a browser counted: for it, two characters that end a line are one."""
    first, end = (_place(text, at) for at in span)
    return first, end


def _place(text: str, at: int) -> int:
    place = 0
    while at > 0 and place < len(text):
        place += 2 if text[place : place + 2] == "\r\n" else 1
        at -= 1
    # What is past the end stays past it.
    return place + at
