"""The small letters: more time, who are you, the end of a restriction, and the receipt after execution."""

from collections.abc import Iterator
from datetime import date

from cases.law.holdrules import secret_can_touch
from exports.letter import paragraphs
from exports.letter.decided import category_name, decided, is_erased_by_hand
from exports.letter.document import Bullets, Column, Document, Paragraph, Section, Table
from exports.letter.facts import CaseFacts, ExecutionFacts
from exports.letter.letter import Writer, written
from exports.letter.matrix import ALWAYS, NEVER_EXTENDED, Block, LetterProblem
from exports.letter.texts.reading import Texts

ORDER = (
    Block.REQUEST, Block.HAND_OVER, Block.EXTENSION, Block.IDENTITY, Block.RECEIPT, Block.RECIPIENTS, Block.LIFTING,
    Block.MEANWHILE, Block.COMPLAINT, Block.COURT, Block.RESERVATION, Block.CONTROLLER,
)  # fmt: skip


def extension(facts: CaseFacts) -> Document:
    """The letter that the answer takes longer (Article 12(3)). LetterProblem where it may not."""
    if facts.right in NEVER_EXTENDED:
        raise LetterProblem("never-extended", facts.right)
    needed = ALWAYS | {Block.EXTENSION, Block.COMPLAINT}
    if facts.right == "objection":
        needed |= {Block.MEANWHILE}
    return written(facts, "extension", needed, WRITERS, order=ORDER)


def identity(facts: CaseFacts) -> Document:
    """The letter that asks who is writing (Articles 11, 12(6))."""
    return written(facts, "identity", ALWAYS | {Block.IDENTITY}, WRITERS, order=ORDER)


def receipt(facts: CaseFacts) -> Document:
    """What was carried out, with the counts the sources confirmed, and whom we tell; nothing of guarded categories."""
    told = frozenset({Block.RECIPIENTS} if facts.recipients_informed else ())
    return written(facts, "receipt", ALWAYS | {Block.RECEIPT} | told, WRITERS, order=ORDER)


def lifting(facts: CaseFacts, *, when: date, reason: str) -> Document:
    """Notice before a restriction ends (Article 18(3)); ``reason`` in the case's language."""

    def notice(_: CaseFacts, texts: Texts) -> tuple[Section, ...]:
        said = texts("lifting.notice", when=texts.day(when), reason=reason)
        return (Section(Block.LIFTING, "", (Paragraph(said),)),)

    needed = ALWAYS | {Block.LIFTING, Block.COMPLAINT, Block.COURT}
    return written(facts, "lifting", needed, {**WRITERS, Block.LIFTING: notice}, order=ORDER)


def ipred_notice(facts: CaseFacts) -> Document:
    """To a subscriber, after a hand-over to a rights holder (upphovsrättslagen 53 f §)."""
    needed = frozenset({Block.HAND_OVER, Block.COMPLAINT, Block.COURT, Block.CONTROLLER})
    return written(facts, "ipred", needed, WRITERS, order=ORDER)


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
    until = texts("extension.text", due=texts.day(facts.due_on), new_due=texts.day(longer.new_due))
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
    after.append(texts("identity.kept"))
    steps = Bullets(tuple(texts(f"identity.{need}") for need in ask.needed))
    return (
        Section(Block.IDENTITY, "", (Paragraph(texts("identity.why")),)),
        Section(Block.IDENTITY, texts("identity.heading"), (steps, Paragraph(" ".join(after)))),
    )


def _receipt(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    if not facts.executions:
        return ()
    kinds = dict.fromkeys(each.kind for each in facts.executions)
    return tuple(section for kind in kinds for section in _receipt_of(kind, facts, texts))


def _receipt_of(kind: str, facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    done = [each for each in facts.executions if each.kind == kind]
    told = [each for each in done if not _is_silent(kind, each.category, facts)]
    after = [texts(f"receipt.{key}") for key in _beside_the_table(facts)] if kind == "erase" else []
    said = "suppress_erasure" if kind == "suppress" and facts.right == "erasure" else kind
    parts = (
        Paragraph(texts(f"receipt.{said}")),
        *((_executions(kind, told, facts, texts),) if told else ()),
        *(Paragraph(text) for text in after),
    )
    return (Section(Block.RECEIPT, "", parts),)


def _is_silent(kind: str, category: str, facts: CaseFacts) -> bool:
    """What is erased or told to stop where a secret rule can touch rows has no count: an order could be in it."""
    return kind in ("erase", "suppress") and secret_can_touch(category, facts.extended)


def _beside_the_table(facts: CaseFacts) -> Iterator[str]:
    """What a receipt of an erasure says of rows that are not in its table."""
    yield "guarded"
    told = (category for category in facts.categories if not secret_can_touch(category.key, facts.extended))
    if any(is_erased_by_hand(finding) for category in told for finding in decided(facts, category)):
        yield "by_hand"
    yield "later"


def _executions(kind: str, done: list[ExecutionFacts], facts: CaseFacts, texts: Texts) -> Table:
    counted = "receipt.rows_erased" if kind == "erase" else "receipt.rows_changed"
    heads = [
        Column(texts("decision.category")),
        Column(texts("receipt.where")),
        Column(texts(counted), numeric=True),
    ]
    if kind == "erase":
        heads.append(Column(texts("receipt.kept"), numeric=True))
    heads.append(Column(texts("receipt.on")))
    rows = tuple(_execution(kind, each, facts, texts) for each in done)
    return Table(texts("receipt.caption"), tuple(heads), rows)


def _execution(kind: str, each: ExecutionFacts, facts: CaseFacts, texts: Texts) -> tuple[str, ...]:
    kept = (texts.number(each.kept),) if kind == "erase" else ()
    where = f"{each.source_name}: {each.name}"
    return (
        category_name(facts, each.category),
        where,
        texts.number(each.rows),
        *kept,
        texts.day(each.done_on),
    )


WRITERS: dict[Block, Writer] = {
    Block.REQUEST: paragraphs.request,
    Block.EXTENSION: _extension,
    # an objection under consideration restricts the use (Article 18(1)(d))
    Block.MEANWHILE: paragraphs.fixed(Block.MEANWHILE, "meanwhile.text"),
    Block.IDENTITY: _identity,
    Block.RECEIPT: _receipt,
    Block.HAND_OVER: _hand_over,
    Block.RECIPIENTS: paragraphs.recipients,
    Block.COMPLAINT: paragraphs.complaint,
    Block.COURT: paragraphs.court,
    Block.RESERVATION: paragraphs.reservation,
    Block.CONTROLLER: paragraphs.controller,
}
