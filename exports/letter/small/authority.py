"""The letter to whoever asked for somebody else, that it was not accepted that they may (Article 12(4))."""

from exports.letter import paragraphs
from exports.letter.document import Document, Paragraph, Section
from exports.letter.facts import CaseFacts
from exports.letter.letter import Writer, written
from exports.letter.matrix import ALWAYS, Block
from exports.letter.texts.reading import Texts

ORDER = (
    Block.REQUEST, Block.DECISION, Block.REASONS, Block.LEFT_OPEN, Block.COMPLAINT, Block.COURT, Block.RESERVATION,
    Block.CONTROLLER,
)  # fmt: skip
NEEDED = ALWAYS | {Block.DECISION, Block.REASONS, Block.LEFT_OPEN, Block.COMPLAINT, Block.COURT}


def authority_refused(facts: CaseFacts, *, person: str, ground: str, reason: str, days_kept: int) -> Document:
    """It is to whoever asked, whose name is ``facts.person_name``, and does not say whether ``person`` is known.

    ``ground``: not-shown, not-valid, not-covered or in-doubt; ``reason`` in the case's language; ``days_kept``: how
    long the papers stay once the whole request is answered.
    """
    writers: dict[Block, Writer] = {
        Block.REQUEST: lambda facts, texts: paragraphs.request_for(facts, texts, person),
        Block.DECISION: _said(Block.DECISION, "", "decision", person=person),
        Block.REASONS: _said(Block.REASONS, "why", f"ground_{ground}", "assessment", "rule", reason=reason),
        Block.LEFT_OPEN: _said(Block.LEFT_OPEN, "then", "again", "papers", person=person, days=days_kept),
        Block.COMPLAINT: paragraphs.complaint,
        Block.COURT: paragraphs.court,
        Block.RESERVATION: paragraphs.reservation,
        Block.CONTROLLER: paragraphs.controller,
    }
    return written(facts, "authority-refused", NEEDED, writers, order=ORDER)


def _said(block: Block, heading: str, *keys: str, **values: object) -> Writer:
    """A writer of these sentences, a paragraph each."""

    def write(_: CaseFacts, texts: Texts) -> tuple[Section, ...]:
        said = tuple(Paragraph(texts(f"authority.{key}", **values)) for key in keys)
        return (Section(block, texts(f"authority.{heading}") if heading else "", said),)

    return write
