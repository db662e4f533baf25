"""What stands in a PDF besides its looks: text page by page, metadata, the names and bytes of what is attached."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

import pypdfium2 as pdfium

# PDFium knows nothing of threads, and a web server has several.
_alone = Lock()


class UnreadablePdf(ValueError):
    """A PDF that cannot be opened: damaged, or locked with a password."""


def pages(content: bytes) -> list[str]:
    """The text of each page, lines in reading order. Raises UnreadablePdf."""
    with opened(content) as document:
        return [_text(page) for page in document]


def _text(page: pdfium.PdfPage) -> str:
    text: str = page.get_textpage().get_text_bounded()
    # Where a line was broken within a word, the hyphen comes back as one of these.
    return text.replace("\ufffe", "").replace("\x02", "").replace("\r\n", "\n")


def metadata(content: bytes) -> dict[str, str]:
    """Title, author and what else is said about the file. Raises UnreadablePdf."""
    with opened(content) as document:
        return dict(document.get_metadata_dict(skip_empty=True))


def attachments(content: bytes) -> list[tuple[str, bytes]]:
    """Files within the file: their names and bytes. Raises UnreadablePdf."""
    with opened(content) as document:
        every = [document.get_attachment(at) for at in range(document.count_attachments())]
        return [(one.get_name(), bytes(one.get_data())) for one in every]


def lines(content: bytes) -> list[str]:
    """The text as one list of lines, without blank ones."""
    return [line.strip() for page in pages(content) for line in page.splitlines() if line.strip()]


@contextmanager
def opened(content: bytes) -> Iterator[pdfium.PdfDocument]:
    """The document; nobody else in this process works with one meanwhile. Raises UnreadablePdf."""
    with _alone:
        try:
            document = pdfium.PdfDocument(content)
        except pdfium.PdfiumError as error:
            raise UnreadablePdf(str(error)) from None
        try:
            yield document
        finally:
            document.close()
