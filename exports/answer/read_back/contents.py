"""The words of a file, whatever it is: PDF with metadata and attachments, office files, HTML, JSON, CSV, plain text.

Sound and pictures have none. What of them tells of somebody else is cut by a person (`exports.masking.files`).
"""

import html
import re
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from exports.opened import pdfs

LARGEST = 50_000_000
HEAD = 4096
PDF, ZIP = b"%PDF", b"PK\x03\x04"
# In a narrow column a word goes on in the next line, without a hyphen. Of digits only a long row of them does: two
# short numbers in lines below one another are two.
LINE_WITHIN_WORD = re.compile(r"(?<!\d)\n|\n(?!\d)|(?<=\d{5})\n|\n(?=\d{5})")
TAG = re.compile(r"<[^>]{0,2000}>")
TEXTUAL = (".xml", ".rels", ".txt", ".csv", ".json", ".html", ".htm", ".md")


class Unread(ValueError):
    """A file that has words and gives none: too large, locked or damaged."""


def whole(blocks: Iterable[bytes]) -> bytes:
    """The file in one piece; nothing of one without words. Raises Unread where one is too large to be read back."""
    blocks, head = iter(blocks), b""
    while len(head) < HEAD and (block := next(blocks, b"")):
        head += block
    if not _has_words(head):
        return b""
    parts, size = [head], len(head)
    for block in blocks:
        size += len(block)
        if size > LARGEST:
            raise Unread("too large")
        parts.append(block)
    return b"".join(parts)


def _has_words(head: bytes) -> bool:
    if head.startswith((PDF, ZIP)):
        return True
    # A letter of several bytes may be cut in two where the beginning ends.
    return any(_text(head[: len(head) - cut]) is not None for cut in range(4))


def said(content: bytes, depth: int = 0) -> Iterator[tuple[str, str]]:
    """(place, text) of everything in it: "3" for a page, else the name of the part. Raises Unread."""
    if content.startswith(PDF):
        yield from _pdf(content, depth)
    elif content.startswith(ZIP):
        yield from _zip(content)
    elif (text := _text(content)) is not None:
        yield "", html.unescape(TAG.sub(" ", text))


def _pdf(content: bytes, depth: int) -> Iterator[tuple[str, str]]:
    try:
        pages, about, within = pdfs.pages(content), pdfs.metadata(content), pdfs.attachments(content)
    except pdfs.UnreadablePdf:
        raise Unread("cannot be opened") from None
    for number, text in enumerate(pages, 1):
        yield str(number), text
        yield str(number), LINE_WITHIN_WORD.sub("", text)
    yield "metadata", " \n".join(about.values())
    for name, attached in within:
        yield "attachment", name
        if depth < 2:
            yield from (("attachment", text) for _place, text in said(attached, depth + 1))


def _zip(content: bytes) -> Iterator[tuple[str, str]]:
    try:
        with ZipFile(BytesIO(content)) as archive:
            for info in archive.infolist():
                yield "name", info.filename
                if not info.filename.lower().endswith(TEXTUAL):
                    continue
                if info.file_size > LARGEST:
                    raise Unread("too large")
                text = archive.read(info).decode("utf-8", "replace")
                # In office files a word can be split over tags, and tags can be all that parts two words.
                yield from (("part", html.unescape(TAG.sub(between, text))) for between in ("", " "))
    except (BadZipFile, EOFError, RuntimeError, NotImplementedError, zlib.error):
        raise Unread("cannot be opened") from None


def _text(content: bytes) -> str | None:
    """The file as text, where it is one."""
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return None
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    # Sound and pictures have bytes that no text has.
    strange = sum(char < " " and char not in "\r\n\t" for char in text[:4096])
    return None if strange else text
