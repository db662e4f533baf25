"""Annexes on paper, read back page by page beside the rows as they may go out."""

import unicodedata
from collections.abc import Iterable, Iterator
from itertools import islice

from exports.answer.read_back.expected import Held
from exports.answer.read_back.problem import ReadBack
from exports.opened import pdfs
from exports.package.layout import DataFile, Sheet
from exports.paper.annexes import About, Head, Paper

# Beyond these scripts a PDF gives signs back in the order and the shapes in which they were drawn.
FOREIGN = "\u0590"
RIGHT_TO_LEFT = frozenset({"R", "AL"})


def read_annex(
    name: str, content: bytes, rows: Iterator[Held], sheet: Sheet, file: DataFile, about: About
) -> None:
    """The next of ``rows`` are what stands in this file of an annex, each in its place, and nothing else does.

    Raises ReadBack. What a PDF may give back otherwise than it was set is not compared: blanks, hyphens and other
    signs that are no letters or digits, and letters of other scripts than Latin, Greek and Cyrillic.
    """
    head = Head(file, file.annex.index(name), about, sheet.texts)
    paper = Paper(sheet)
    try:
        pages = pdfs.pages(content)
        if set(pdfs.metadata(content).values()).isdisjoint({head.title}) or pdfs.attachments(content):
            raise ReadBack("cell", name, 0)
    except pdfs.UnreadablePdf:
        raise ReadBack("unread", name) from None
    found = _Signs(_bodies(name, pages, head, paper, about, sheet))
    for number, held in enumerate(islice(rows, head.rows), 1):
        said = " ".join(paper.cells(held.cells))
        expected = kept(said)
        if not _same(found.next(len(expected)), expected, said):
            raise ReadBack("cell", name, number)
    if found.next(1):
        raise ReadBack("rows", name, head.rows + 1)


def kept(text: str) -> str:
    """What is compared of a text."""
    signs = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in signs if sign < FOREIGN and sign.isalnum())


def _same(found: str, expected: str, said: str) -> bool:
    if any(unicodedata.bidirectional(sign) in RIGHT_TO_LEFT for sign in said):
        # Numbers and Latin words within such a line stand where they are read, and not where they were written.
        return sorted(found) == sorted(expected)
    return found == expected


def _bodies(
    name: str, pages: Iterable[str], head: Head, paper: Paper, about: About, sheet: Sheet
) -> Iterator[str]:
    """What stands on each page between what stands on all of them."""
    titles, opening = kept(" ".join(paper.titles)), kept(" ".join((head.title, *head.told)))
    pages = list(pages)
    for number, page in enumerate(pages, 1):
        said = sheet.texts("page.page"), str(number), sheet.texts("page.of"), str(len(pages))
        foot = kept(f"{about.operator}{about.reference}{''.join(said)}")
        above = (opening if number == 1 else "") + (titles if number == 1 or head.is_table else "")
        text = kept(page)
        if not text.startswith(above) or not text.endswith(foot):
            raise ReadBack("cell", name, 0)
        yield text[len(above) : len(text) - len(foot)]


class _Signs:
    """Pieces of text as one, taken a few signs at a time."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces, self._rest = iter(pieces), ""

    def next(self, count: int) -> str:
        while len(self._rest) < count and (piece := next(self._pieces, None)) is not None:
            self._rest += piece
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken
