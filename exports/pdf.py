"""A Document as a PDF: tagged (PDF/UA-1), in the letter's language, with page numbers, the same bytes every time."""

from django.template.loader import render_to_string

from cases.law.unbroken import unbroken_page
from exports.letter.document import Document
from exports.letter.values import visible
from exports.paper.setting import Letter as Letter
from exports.paper.setting import PangoMissing as PangoMissing
from exports.paper.setting import font_faces
from exports.paper.setting import load as load
from exports.paper.setting import set_type as set_type


def html(document: Document) -> str:
    """The letter as a page of its own, without anything to fetch but the fonts."""
    written = {"letter": document, "fonts": font_faces(), "paper": True}
    return unbroken_page(visible(render_to_string("exports/letter.html", written)))


def pdf(document: Document) -> Letter:
    """The letter as a PDF. Raises PangoMissing where type cannot be set."""
    return set_type(html(document), document.reference)
