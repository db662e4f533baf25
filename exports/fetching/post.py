"""The letter for the post: as it was approved, behind a sheet with the address where the envelope's window is."""

import io
from collections.abc import Sequence

import pypdfium2 as pdfium
from django.template.loader import render_to_string
from django.utils import translation

from cases.casework.operators import register_of_case
from cases.casework.workflow import Refusal
from cases.models import User
from cases.sealed.typed import read_file
from exports import delivery, pdf
from exports.answer.postal import address_lines
from exports.models import Answer, Download
from exports.opened.pdfs import opened


def address_known(answer: Answer) -> tuple[str, ...]:
    """Name and address as far as we may write them; of somebody whose address is protected, neither."""
    case = answer.case
    return () if case.protected_by else (read_file(case).person, *address_lines(case))


def print_ready(answer: Answer, *, address: Sequence[str], by: User) -> bytes:
    """A PDF for both sides of the paper. ``address``: the lines in the window; they are kept nowhere.

    Refusal package-not-ready before it is handed over, and those of `delivery.fetch`; vault.KeyDestroyed.
    """
    delivery.check_fetch(answer, who=delivery.STAFF, by=by)
    if answer.delivered_at is None:
        raise Refusal("package-not-ready")
    letter = delivery.letter_of(answer)
    printed = _together(_sheet(answer, address), letter)
    delivery.log_fetch(answer, Download.Part.POST, delivery.STAFF, by)
    return printed


def _sheet(answer: Answer, address: Sequence[str]) -> bytes:
    """The sheet with the address, and its empty back."""
    case, register = answer.case, register_of_case(answer.case)
    ours = register.controller
    about = {
        "lines": address,
        "sender": [ours.legal_name, ours.address or ""],
        "reference": case.reference,
        "country": register.country,
        "language": case.language,
    }
    with translation.override(case.language):
        return pdf.set_type(render_to_string("exports/post.html", about), case.reference).content


def _together(*parts: bytes) -> bytes:
    out = io.BytesIO()
    with opened(parts[0]) as whole:
        for part in parts[1:]:
            # Not through `opened`, which waits until the first is closed.
            added = pdfium.PdfDocument(part)
            whole.import_pages(added)
            added.close()
        whole.save(out)
    return out.getvalue()
