"""Puts a letter together, and lets none go that lacks what the law requires in it."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from exports.letter import first, paragraphs, reasons
from exports.letter.article15 import sheet
from exports.letter.document import Document, Section
from exports.letter.facts import CaseFacts
from exports.letter.items.found import found
from exports.letter.matrix import ORDER, Block, LetterProblem, required
from exports.letter.own_words import placed
from exports.letter.paragraphs import fixed
from exports.letter.texts.reading import Texts, texts

Writer = Callable[[CaseFacts, Texts], tuple[Section, ...]]

WRITERS: dict[Block, Writer] = {
    Block.REQUEST: first.request,
    Block.DECISION: first.decision,
    Block.REASONS: reasons.reasons,
    Block.KEPT_UNTIL: reasons.kept_until,
    Block.COMPLAINT: paragraphs.complaint,
    Block.COURT: paragraphs.court,
    Block.RESERVATION: paragraphs.reservation,
    Block.CONTROLLER: paragraphs.controller,
    Block.COPY: paragraphs.copy,
    Block.FREE: fixed(Block.FREE, "free.text"),
    Block.RECIPIENTS: paragraphs.recipients,
    Block.CONSEQUENCE: paragraphs.consequence,
    Block.LEFT_OPEN: paragraphs.left_open,
    Block.LIFTING: fixed(Block.LIFTING, "lifting.promise"),
    Block.SEARCHED: paragraphs.searched,
    Block.FORWARDED: paragraphs.forwarded,
    Block.FORMAT: paragraphs.file_format,
    Block.POINTER: fixed(Block.POINTER, "pointer.text", "pointer.heading"),
    Block.STATEMENT: fixed(Block.STATEMENT, "statement.text", "statement.heading"),
    Block.SCOPE: fixed(Block.SCOPE, "scope.text"),
    Block.SERVICE: paragraphs.service,
    Block.MEANWHILE: paragraphs.meanwhile,
    Block.EARLIER: fixed(Block.EARLIER, "earlier.text"),
    Block.REVIEW: paragraphs.review,
    Block.INFORMATION: sheet,
    Block.FOUND: found,
    Block.STOP_LIST: reasons.stop_list,
    Block.SEAL: first.seal,
}
# Written wherever there is something to say, required or not.
IF_ANY = frozenset({
    Block.REASONS, Block.KEPT_UNTIL, Block.STOP_LIST, Block.FORWARDED, Block.INFORMATION, Block.FOUND, Block.MEANWHILE,
    Block.SEARCHED,
})  # fmt: skip


def answer(facts: CaseFacts) -> Document:
    """The answer to a request (Article 12(3)-(4)). Raises LetterProblem for a letter that must not go out."""
    needed = required(facts.right, facts.outcome, abuse=facts.abuse is not None)
    own_title = facts.outcome in ("nothing-held", "forwarded")
    title = facts.outcome if own_title else facts.right
    if facts.unsearched and facts.outcome == "nothing-held":
        title = "nothing-held_unsearched"
    letter = written(facts, title, needed, WRITERS, IF_ANY)
    # Once everything that is required stands there: nothing of it can give way to them.
    return replace(letter, sections=placed(letter.sections, facts.own_words))


def written(
    facts: CaseFacts,
    title: str,
    needed: frozenset[Block],
    writers: dict[Block, Writer],
    if_any: frozenset[Block] = frozenset(),
    order: Iterable[Block] = ORDER,
) -> Document:
    """A letter with the needed blocks and those that have something to say. LetterProblem if a needed one is empty."""
    words = texts(facts.language, of_dead=facts.of_dead)
    wanted = [block for block in order if block in needed or block in if_any]
    sections = {block: writers[block](facts, words) for block in wanted}
    for block in sorted(needed):
        if not any(section.parts for section in sections.get(block, ())):
            raise LetterProblem("block-missing", block)
    return _on_paper(facts, title, words, tuple(section for block in wanted for section in sections[block]))


def _on_paper(facts: CaseFacts, title: str, words: Texts, sections: tuple[Section, ...]) -> Document:
    operator = facts.register.name
    return Document(
        language=facts.language,
        title=words(f"title.{title}", operator=operator),
        operator=operator,
        accent=facts.register.accent,
        reference=facts.reference,
        reference_label=words(paragraphs.reference_key(facts)),
        page_words=(words("page.page"), words("page.of")),
        sender=_sender(facts),
        recipient=_recipient(facts, words),
        date=words.day(facts.answered_on),
        sections=sections,
    )


def _recipient(facts: CaseFacts, words: Texts) -> tuple[str, ...]:
    """The person it is about, and how it reaches them where somebody else asked: by that one, besides, or without."""
    authority = facts.authority
    if facts.of_dead:
        return (facts.asked_by, words("page.estate_of", name=facts.person_name), *facts.address_lines)
    key = {"person": "", "both": "page.copy_to"}.get(authority.answer_to if authority else "", "page.care_of")
    asker = (words(key, name=facts.asked_by),) if facts.asked_by and key else ()
    return (facts.person_name, *asker, *facts.address_lines)


def _sender(facts: CaseFacts) -> tuple[str, ...]:
    """Who writes, and from where; how else to reach them stands at the end of the letter."""
    ours = facts.register.controller
    return tuple(filter(None, (ours.legal_name, ours.address)))
