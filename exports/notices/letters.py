"""Letters beside the answer: written once, sealed with the case file, read on the status page behind a code.

The mail says that there is a letter, and no word of what is in it.
"""

import hashlib
import json
from dataclasses import dataclass

from django.template.loader import render_to_string

from cases.casework import audit
from cases.casework.mail import queue
from cases.casework.workflow import Refusal
from cases.law.unbroken import unbroken_page
from cases.models import Case, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sealed.typed import read_file
from exports import pdf
from exports.answer.read_back.letters import read_back_letter
from exports.answer.read_back.problem import ReadBack
from exports.letter.document import Document
from exports.letter.values import visible
from exports.models import CaseLetter


@dataclass(frozen=True)
class Read:
    """A letter as a page shows it: ``page`` is HTML that a template of ours has escaped."""

    title: str
    page: str


def keep(case: Case, kind: CaseLetter.Kind, letter: Document, *, by: audit.Actor) -> CaseLetter:
    """Write it down, as a page and as a PDF. In the caller's transaction, with the deed it tells of.

    Refusal not-printed where the server can set no type, letter-masked as `refuse_masked`.
    """
    page = unbroken_page(visible(render_to_string("exports/sections.html", {"letter": letter})))
    content = json.dumps({"title": letter.title, "page": page}).encode()
    try:
        printed = pdf.pdf(letter).content
    except pdf.PangoMissing as problem:
        raise Refusal("not-printed", what=problem) from None
    refuse_masked(case, kind, printed)
    kept = CaseLetter.objects.create(
        case=case,
        kind=kind,
        sealed=vault.seal(case, KeyUse.FILE, content),
        pdf_sealed=vault.seal(case, KeyUse.FILE, printed),
        sha256=hashlib.sha256(printed).hexdigest(),
        by=by if isinstance(by, User) else None,
    )
    audit.record(case, "letter.written", by=by, letter=kind, sha256=kept.sha256)
    return kept


def refuse_masked(case: Case, name: str, printed: bytes, *, rightly: tuple[str, ...] = ()) -> None:
    """Refusal letter-masked where its words say what is masked for this person; a caseworker's own may.

    ``rightly``: what it is written to tell.
    """
    try:
        read_back_letter(case, name, printed, printed=rightly)
    except ReadBack:
        raise Refusal("letter-masked") from None


def send(case: Case, kind: CaseLetter.Kind, letter: Document, *, by: audit.Actor) -> CaseLetter:
    """Keep it, and mail that it is there: whoever is told of a letter finds it."""
    kept = keep(case, kind, letter, by=by)
    queue(case.submission, "letter", to=read_file(case).email, case=case)
    return kept


def read(letter: CaseLetter, *, by: audit.Actor) -> Read:
    """The letter as a page. Raises vault.KeyDestroyed once its time is over."""
    content = json.loads(vault.unseal(letter.case, KeyUse.FILE, letter.sealed))
    _note(letter, by)
    return Read(content["title"], content["page"])


def read_pdf(letter: CaseLetter, *, by: audit.Actor) -> bytes:
    """The same as it is printed."""
    content = vault.unseal(letter.case, KeyUse.FILE, letter.pdf_sealed)
    _note(letter, by)
    return content


def _note(letter: CaseLetter, by: audit.Actor) -> None:
    action = "letter.read" if isinstance(by, User) else "letter.fetched"
    audit.record(letter.case, action, by=by, letter=letter.kind)
