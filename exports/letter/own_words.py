"""The caseworker's own words, set between the sections that the law requires. They replace none of them. Pure."""

from collections.abc import Mapping

from exports.letter.document import Paragraph, Section
from exports.letter.matrix import Block

# Before which block the words of a place stand; the first of them that the letter has.
BEFORE: Mapping[str, tuple[Block, ...]] = {
    "opening": (Block.REQUEST, Block.DECISION),
    "closing": (Block.CONTROLLER,),
}
AFTER: Mapping[str, tuple[Block, ...]] = {"decision": (Block.DECISION,)}


def placed(sections: tuple[Section, ...], words: Mapping[str, str]) -> tuple[Section, ...]:
    """The sections with the words at their places; a place that the letter lacks is the end of it."""
    for place, text in words.items():
        at = _at(sections, place)
        sections = (*sections[:at], _said(text), *sections[at:])
    return sections


def _said(text: str) -> Section:
    paragraphs = (part.strip() for part in text.replace("\r\n", "\n").split("\n\n"))
    return Section("", "", tuple(Paragraph(part) for part in paragraphs if part))


def _at(sections: tuple[Section, ...], place: str) -> int:
    for block in BEFORE.get(place, ()):
        if found := _of(sections, block):
            return found[0]
    for block in AFTER.get(place, ()):
        if found := _of(sections, block):
            return found[-1] + 1
    return len(sections)


def _of(sections: tuple[Section, ...], block: Block) -> list[int]:
    return [at for at, section in enumerate(sections) if section.block == block]
