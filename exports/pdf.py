"""A Document as a PDF: tagged (PDF/UA-1), in the letter's language, with page numbers, the same bytes every time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

from cases.law.unbroken import unbroken_page
from exports.letter.document import Document
from exports.letter.values import visible

FONTS = {"Regular": (400, "normal"), "Semibold": (600, "normal"), "It": (400, "italic")}


class PangoMissing(RuntimeError):
    """The system library that sets type is not there; the message says what to install."""


def html(document: Document) -> str:
    """The letter as a page of its own, without anything to fetch but the fonts."""
    written = {"letter": document, "fonts": _font_faces(), "paper": True}
    return unbroken_page(visible(render_to_string("exports/letter.html", written)))


@dataclass(frozen=True)
class Letter:
    """A PDF and how many pages it has."""

    content: bytes
    pages: int


def load() -> Any:
    """What sets type: only processes that write letters need it, and Pango. Raises PangoMissing."""
    try:
        import weasyprint
    except OSError as error:
        raise PangoMissing(
            "Install Pango 1.44 or later, for example: apt-get install libpango-1.0-0"
        ) from error
    return weasyprint


def pdf(document: Document) -> Letter:
    """The letter as a PDF. Raises PangoMissing where type cannot be set."""
    return laid_out(html(document), document.reference)


def laid_out(page_html: str, reference: str) -> Letter:
    """The same of any page. ``reference``: what identifies the file."""
    weasyprint = load()
    # A letter fetches nothing but its fonts.
    only_fonts = weasyprint.urls.URLFetcher(allowed_protocols=("file",))
    page = weasyprint.HTML(string=page_html, url_fetcher=only_fonts)
    # Without an identifier of ours a new one is drawn each time, and no two files are alike.
    options = {"pdf_variant": "pdf/ua-1", "pdf_identifier": reference.encode()}
    with _without_pauses():
        rendered = page.render(**options)
        return Letter(rendered.write_pdf(**options), len(rendered.pages))


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
def _font_faces() -> list[dict[str, object]]:
    """The letter's own fonts, so that it looks the same on every machine."""
    found = find_spec("font_source_sans_pro")
    if found is None or found.origin is None:
        return []
    folder = Path(found.origin).parent / "files"
    return [
        {"url": (folder / f"SourceSansPro-{name}.ttf").as_uri(), "weight": weight, "style": style}
        for name, (weight, style) in FONTS.items()
    ]
