"""Sets type: a page of HTML as a PDF that is tagged (PDF/UA-1), the same bytes every time.

As a program it reads HTML and writes the PDF (`apart`), so that what setting type takes of memory ends with it.
"""

import gc
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FONTS = {"Regular": (400, "normal"), "Semibold": (600, "normal"), "It": (400, "italic")}
NO_PANGO = 3  # what the program ends with where type cannot be set
PAGES = struct.Struct(">I")  # what it writes before the PDF


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
    with _without_pauses():
        rendered = page.render(**options)
        return Letter(rendered.write_pdf(**options), len(rendered.pages))


def apart(page_html: str, reference: str) -> Letter:
    """The same in a process of its own: a long page takes a hundred megabytes, and memory comes back only at an end."""
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", __name__, reference],
        input=page_html.encode(),
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    if done.returncode == NO_PANGO:
        raise PangoMissing
    # What it complains of may quote the page.
    if done.returncode:
        raise RuntimeError(f"setting type ended with {done.returncode}")
    (pages,) = PAGES.unpack_from(done.stdout)
    return Letter(done.stdout[PAGES.size :], pages)


@contextmanager
def _without_pauses() -> Iterator[None]:
    """Nothing that a layout makes is garbage before its end: looking for some took a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


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
    try:
        found = laid_out(sys.stdin.buffer.read().decode(), sys.argv[1])
    except PangoMissing:
        sys.exit(NO_PANGO)
    sys.stdout.buffer.write(PAGES.pack(found.pages) + found.content)


if __name__ == "__main__":
    main()
