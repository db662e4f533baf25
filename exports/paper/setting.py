"""Sets type: a page of HTML as a PDF that is tagged (PDF/UA-1), the same bytes every time.

As a program it reads pages and writes PDFs (`Apart`), so that what setting type takes of memory ends with it.
"""

import gc
import struct
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from exports.package.pauses import without_pauses

FONTS = {"Regular": (400, "normal"), "Semibold": (600, "normal"), "It": (400, "italic")}
NO_PANGO = 3  # what the program ends with where type cannot be set
TWO = struct.Struct(">2I")  # lengths that go before what is sent, and the pages of a PDF


@dataclass(frozen=True)
class Letter:
    """A PDF and how many pages it has."""

    content: bytes
    pages: int


class PangoMissing(RuntimeError):
    """The system library that sets type is not there; the message says what to install."""

    def __init__(self) -> None:
        super().__init__("Install Pango 1.44 or later, for example: apt-get install libpango-1.0-0")


def load() -> Any:
    """What sets type: only processes that write letters need it, and Pango. Raises PangoMissing."""
    try:
        import weasyprint
    except OSError as error:
        raise PangoMissing from error
    return weasyprint


def laid_out(page_html: str, reference: str) -> Letter:
    """The page as a PDF. ``reference``: what identifies the file. Raises PangoMissing."""
    weasyprint = load()
    # A letter fetches nothing but its fonts.
    only_fonts = weasyprint.urls.URLFetcher(allowed_protocols=("file",))
    page = weasyprint.HTML(string=page_html, url_fetcher=only_fonts)
    # Without an identifier of ours a new one is drawn each time, and no two files are alike.
    options = {"pdf_variant": "pdf/ua-1", "pdf_identifier": reference.encode()}
    # Nothing that a layout makes is garbage before its end: looking for some took a third of the time.
    with without_pauses():
        rendered = page.render(**options)
        return Letter(rendered.write_pdf(**options), len(rendered.pages))


def set_type(page_html: str, reference: str) -> Letter:
    """The same: here where it is loaded, as in workers, and elsewhere in a process that ends with the page.

    What loads it keeps a hundred megabytes, which a process that answers people must not.
    """
    if "weasyprint" in sys.modules:
        return laid_out(page_html, reference)
    with Apart() as apart:
        return apart(page_html, reference)


class Apart:
    """The same in a process of its own, begun with the first page: a long page takes a hundred megabytes, and memory
    comes back only at a process's end.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, page_html: str, reference: str) -> Letter:
        process = self._process = self._process or _begun()
        assert process.stdin
        assert process.stdout
        page, name = page_html.encode(), reference.encode()
        # Where it has ended already, what it gives says so.
        with suppress(BrokenPipeError):
            process.stdin.write(TWO.pack(len(name), len(page)) + name + page)
            process.stdin.flush()
        head = process.stdout.read(TWO.size)
        pages, size = TWO.unpack(head) if len(head) == TWO.size else (0, 0)
        content = process.stdout.read(size)
        # Half a letter is none: it may have been killed while it wrote.
        if not pages or len(content) < size:
            if process.wait() == NO_PANGO:
                raise PangoMissing
            # What it complains of may quote the page.
            raise RuntimeError(f"setting type ended with {process.returncode}")
        return Letter(content, pages)

    @property
    def pid(self) -> int:
        """Of its process; 0 before the first page."""
        return self._process.pid if self._process else 0

    def __enter__(self) -> "Apart":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            # It ends where there is nothing more to read; and where it is in the midst of a page nobody wants that.
            self._process.kill()
            self._process.communicate()


def _begun() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )


@lru_cache(maxsize=1)
def font_faces() -> list[dict[str, object]]:
    """The letter's own fonts, so that it looks the same on every machine."""
    found = find_spec("font_source_sans_pro")
    if found is None or found.origin is None:
        return []
    folder = Path(found.origin).parent / "files"
    return [
        {"url": (folder / f"SourceSansPro-{name}.ttf").as_uri(), "weight": weight, "style": style}
        for name, (weight, style) in FONTS.items()
    ]


def main() -> None:
    """Pages come in and PDFs go out, each behind two lengths, until no more come."""
    while head := sys.stdin.buffer.read(TWO.size):
        name, page = (sys.stdin.buffer.read(size).decode() for size in TWO.unpack(head))
        try:
            found = laid_out(page, name)
        except PangoMissing:
            sys.exit(NO_PANGO)
        sys.stdout.buffer.write(TWO.pack(found.pages, len(found.content)) + found.content)
        sys.stdout.buffer.flush()
        # Pages refer to themselves: what nobody waits for goes before the next.
        del found
        gc.collect()


if __name__ == "__main__":
    main()
