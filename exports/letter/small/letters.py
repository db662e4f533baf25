"""The small letters: more time, who are you, closed unproven, the end of a restriction, and the receipt."""

from datetime import date

from exports.letter import paragraphs
from exports.letter.decided import category_name
from exports.letter.document import Bullets, Document, Pairs, Paragraph, Section
from exports.letter.facts import CaseFacts, IdentityFacts
from exports.letter.letter import Writer, written
from exports.letter.matrix import ALWAYS, NEVER_EXTENDED, Block, LetterProblem
from exports.letter.small import receipts
from exports.letter.texts.reading import Texts

ORDER = (
    Block.REQUEST, Block.DECEASED, Block.HAND_OVER, Block.EXTENSION, Block.IDENTITY, Block.REASONS, Block.RECEIPT,
    Block.LIFTING,
    Block.MEANWHILE, Block.COMPLAINT, Block.COURT, Block.RESERVATION, Block.CONTROLLER, Block.SEAL,
)  # fmt: skip


def extension(facts: CaseFacts) -> Document:
    """The letter that the answer takes longer (Article 12(3)). LetterProblem where it may not."""
    if facts.right in NEVER_EXTENDED:
        raise LetterProblem("never-extended", facts.right)
    needed = ALWAYS | {Block.EXTENSION, Block.COMPLAINT}
    if facts.right == "objection" and facts.limited_on:
        needed |= {Block.MEANWHILE}
    return written(facts, "extension", needed, WRITERS, order=ORDER)


def identity(facts: CaseFacts) -> Document:
    """The letter that asks who is writing, or for whom (Articles 11, 12(6))."""
    title = "identity_for" if facts.asked_for else "identity"
    return written(facts, title, ALWAYS | {Block.IDENTITY}, WRITERS, order=ORDER)


def unidentified(facts: CaseFacts, *, asked: date | None, erased: date) -> Document:
    """The letter that closes a case nobody proved (Articles 11(2), 12(2)): why, until when what was typed is kept.

    ``asked``: when we asked who it is; None where that is known, and not for whom they may ask.
    """

    def reasons(_: CaseFacts, texts: Texts) -> tuple[Section, ...]:
        why = texts("unidentified.why", asked=texts.day(asked)) if asked else texts("unidentified.for_whom")
        rule = texts("unidentified.rule", articles=texts("ground.unidentified"))
        after = (texts("unidentified.erased", erased=texts.day(erased)), texts("unidentified.again"))
        return (
            Section(Block.REASONS, "", (Paragraph(why), Paragraph(rule))),
            Section(Block.REASONS, texts("unidentified.heading"), tuple(map(Paragraph, after))),
        )

    needed = ALWAYS | {Block.REASONS, Block.COMPLAINT, Block.COURT}
    return written(facts, "unidentified", needed, {**WRITERS, Block.REASONS: reasons}, order=ORDER)


def receipt(facts: CaseFacts) -> Document:
    """What was done, by sources and by hand, when, and who was told of it; nothing of guarded categories."""
    needed = ALWAYS | {Block.RECEIPT, Block.SEAL}
    return written(facts, "receipt", needed, WRITERS, order=ORDER)


def lifting(facts: CaseFacts, *, when: date, reason: str) -> Document:
    """Notice before a restriction ends (Article 18(3)); ``reason`` in the case's language."""

    def notice(_: CaseFacts, texts: Texts) -> tuple[Section, ...]:
        said = texts("lifting.notice", when=texts.day(when), reason=reason.strip().rstrip("."))
        return (Section(Block.LIFTING, "", (Paragraph(said),)),)

    needed = ALWAYS | {Block.LIFTING, Block.COMPLAINT, Block.COURT}
    return written(facts, "lifting", needed, {**WRITERS, Block.LIFTING: notice}, order=ORDER)


def interim(facts: CaseFacts) -> Document:
    """That what has to happen at once has happened, and when the answer comes (Articles 7(3), 18(1)(d), 21(3))."""
    deed, on = {
        "marketing-objection": ("marketing", facts.acted_on),
        "consent-withdrawal": ("consent", facts.acted_on),
    }.get(facts.right, ("limited", facts.limited_on))

    def done(_: CaseFacts, texts: Texts) -> tuple[Section, ...]:
        said = (texts.done(deed, on), texts("interim.answer", latest=texts.day(facts.due_on)))
        return (Section(Block.MEANWHILE, "", tuple(map(Paragraph, said))),)

    needed = ALWAYS | {Block.MEANWHILE, Block.COMPLAINT}
    return written(facts, "interim", needed, {**WRITERS, Block.MEANWHILE: done}, order=ORDER)


def deceased(facts: CaseFacts) -> Document:
    """To whoever asks for somebody who died, where the law does not reach: why, and what the estate can ask."""
    needed = frozenset({Block.DECEASED, Block.COMPLAINT, Block.COURT, Block.CONTROLLER})
    return written(facts, "deceased", needed, WRITERS, order=ORDER)


def _deceased(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """No word of whether anything is held, and of no reservation: nothing was looked for."""
    said = (
        texts("deceased.hello", name=facts.asked_by or facts.person_name),
        texts("deceased.sorry", person=facts.person_name, received=texts.day(facts.received_on)),
        texts("deceased.DK", until=texts.day(facts.law_until)) if facts.law_until else texts("deceased.SE"),
        texts("deceased.kept"),
    )
    ways, operator = paragraphs.contact_ways(facts, texts), facts.register.name
    reach = (
        texts("deceased.reach", contact=ways) if ways else texts("deceased.reach_unset", operator=operator)
    )
    estate = facts.register.estate
    help_ = estate.get(facts.language) if estate else texts("deceased.estate")
    return (
        Section(Block.DECEASED, "", tuple(map(Paragraph, said))),
        Section(Block.DECEASED, texts("deceased.heading"), (Paragraph(f"{help_} {reach}"),)),
    )


def ipred_notice(facts: CaseFacts) -> Document:
    """To a subscriber, after a hand-over to a rights holder (upphovsrättslagen 53 f §)."""
    needed = frozenset({Block.HAND_OVER, Block.COMPLAINT, Block.COURT, Block.CONTROLLER})
    return written(facts, "ipred", needed, WRITERS, order=ORDER)


def posted_code(facts: CaseFacts, *, code: str, page: str, days: int, by_eid: bool = False) -> Document:
    """The letter with a code (Article 12(2)): it says nothing of what was asked, in case somebody else opens it.

    ``by_eid``: no mailed code opens their request.
    """
    opens = "open_eid" if by_eid else "open"

    def what_to_do(_: CaseFacts, texts: Texts) -> tuple[Section, ...]:
        steps = (texts(f"posted-code.{opens}", page=page), texts("posted-code.enter"))
        said = texts("posted-code.why", operator=facts.register.name)
        last = Paragraph(texts("posted-code.life", days=days))
        pairs = Pairs(((texts("posted-code.code"), code), (texts("page.reference"), facts.reference)))
        return (Section(Block.IDENTITY, "", (Paragraph(said), pairs, Bullets(steps), last)),)

    needed = frozenset({Block.IDENTITY, Block.CONTROLLER})
    return written(facts, "posted-code", needed, {**WRITERS, Block.IDENTITY: what_to_do}, order=ORDER)


def _hand_over(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    told = facts.hand_over
    if told is None:
        return ()
    order = texts("ipred.order", court=told.court, court_case=told.court_case or texts("page.nothing"))
    said = [
        texts("opening.greeting", name=facts.person_name),
        texts("ipred.handed", on=texts.day(told.on), to=told.to, order=order if told.court else ""),
        texts("ipred.what"),
        texts("ipred.when"),
    ]
    ways = paragraphs.contact_ways(facts, texts)
    ours = texts("ipred.ask_us", operator=facts.register.name, contact=ways) if ways else ""
    more = Paragraph(f"{texts('ipred.ask', to=told.to)} {ours}".strip())
    return (
        Section(Block.HAND_OVER, "", tuple(Paragraph(text) for text in said)),
        Section(Block.HAND_OVER, texts("ipred.heading"), (more,)),
    )


def _extension(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """B13: the new date, and reasons tied to this case."""
    longer = facts.extension
    if longer is None or not longer.reason.strip():
        return ()
    days = {"due": texts.day(facts.due_on), "new_due": texts.day(longer.new_due)}
    if facts.later:
        names = texts.series(category_name(facts, one) for one in facts.later.categories)
        days |= {"earlier": facts.earlier, "names": names}
    until = texts("extension.split" if facts.later else "extension.text", **days)
    why = texts("extension.reason", reason=longer.reason)
    rule = texts("extension.rule", articles=texts("ground.extension"))
    return (
        Section(Block.EXTENSION, "", (Paragraph(until),)),
        Section(Block.EXTENSION, texts("extension.heading"), (Paragraph(why), Paragraph(rule))),
    )


def _identity(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """B14: what we need, why, how, by when, that the clock stands still, and that nothing shown is kept."""
    ask = facts.identity
    if ask is None or not ask.needed:
        return ()
    after = [texts("identity.deadline", until=texts.day(ask.answer_by))]
    if ask.paused:
        after.append(texts("identity.paused", asked=texts.day(ask.asked_on)))
    suffix = "_for" if ask.for_another else ""
    after.append(texts(f"identity.kept{suffix}"))
    steps = Bullets(tuple(_step(need, ask, texts) for need in ask.needed))
    return (
        Section(Block.IDENTITY, "", (Paragraph(texts(f"identity.why{suffix}")),)),
        Section(Block.IDENTITY, texts("identity.heading"), (steps, Paragraph(" ".join(after)))),
    )


def _step(need: str, ask: IdentityFacts, texts: Texts) -> str:
    if need == "mandate":
        return texts(f"identity.mandate_{ask.authority or 'any'}")
    return (
        texts(f"identity.{need}", faces=", ".join(ask.faces)) if need == "eid" else texts(f"identity.{need}")
    )


def _meanwhile(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """That what is objected to is only stored while it is considered (Article 18(1)(d))."""
    return (Section(Block.MEANWHILE, "", (Paragraph(texts.done("limited", facts.limited_on)),)),)


WRITERS: dict[Block, Writer] = {
    Block.REQUEST: paragraphs.request,
    Block.EXTENSION: _extension,
    Block.MEANWHILE: _meanwhile,
    Block.IDENTITY: _identity,
    Block.RECEIPT: receipts.receipt,
    Block.SEAL: receipts.seal,
    Block.HAND_OVER: _hand_over,
    Block.DECEASED: _deceased,
    Block.COMPLAINT: paragraphs.complaint,
    Block.COURT: paragraphs.court,
    Block.RESERVATION: paragraphs.reservation,
    Block.CONTROLLER: paragraphs.controller,
}
