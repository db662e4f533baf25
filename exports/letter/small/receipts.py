"""The receipt: what was done by sources and by hand, and when, what is kept, and who was told of it.

Every sentence that says that something was done has the day of the last deed it is about. Of categories that a secret
rule can touch no number is told: the receipt of everybody says the same of them.
"""

from collections.abc import Iterator
from datetime import date

from cases.law.holdrules import secret_can_touch
from exports.letter.decided import category_name, until_of
from exports.letter.document import Column, Paragraph, Part, Section, Table
from exports.letter.facts import CaseFacts, ExecutionFacts
from exports.letter.matrix import Block, LetterProblem
from exports.letter.paragraphs import recipient_names
from exports.letter.texts.reading import Texts, inside


def receipt(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """The sections of the receipt; none where nothing was done."""
    kinds = dict.fromkeys(each.kind for each in facts.executions)
    parts = [tuple(_by_sources(kind, facts, texts)) for kind in kinds]
    parts += [tuple(_by_hand(facts, texts)), tuple(_told(facts, texts)), tuple(_forwarded(facts, texts))]
    parts += [tuple(_sent(facts, texts))]
    return tuple(Section(Block.RECEIPT, "", each) for each in parts if each)


def seal(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """The last line: which answer was carried out. LetterProblem for a receipt of none."""
    if not facts.answer_sha256:
        raise LetterProblem("no-checksum", facts.reference)
    said = Paragraph(texts("receipt.package", sha256=facts.answer_sha256))
    return (Section(Block.SEAL, "", (said,), level=3),)


def _by_sources(kind: str, facts: CaseFacts, texts: Texts) -> Iterator[Part]:
    every = [each for each in facts.executions if each.kind == kind]
    days = [each.done_on for each in every if each.done_on]
    said = "suppress_erasure" if kind == "suppress" and facts.right == "erasure" else kind
    if days:
        yield Paragraph(texts.done(said, max(days)))
    told = [each for each in every if not _is_silent(kind, each.category, facts)]
    if told:
        yield _table(kind, told, facts, texts)
    if kind == "erase":
        silent = [key for key in facts.register.categories if secret_can_touch(key, facts.extended)]
        names = texts.series(sorted(inside(category_name(facts, key)) for key in silent))
        yield Paragraph(texts("receipt.guarded", categories=names))
        yield from _versions(told, facts, texts)
        if any(one.by_itself and one.until for each in told for one in each.kept):
            yield Paragraph(texts("receipt.later"))


def _versions(told: list[ExecutionFacts], facts: CaseFacts, texts: Texts) -> Iterator[Paragraph]:
    """Where earlier versions still hold what was erased; of what nobody is told, how it is for everybody."""
    for each in told:
        if each.copies_until:
            where = f"{each.source_name}: {each.name}"
            yield Paragraph(texts("receipt.versions", where=where, until=texts.day(each.copies_until)))
    for category, where in facts.versioned:
        if secret_can_touch(category, facts.extended):
            yield Paragraph(texts("receipt.versions_guarded", where=where))


def _is_silent(kind: str, category: str, facts: CaseFacts) -> bool:
    """What is erased or told to stop where a secret rule can touch rows has no count: an order could be in it."""
    return kind in ("erase", "suppress") and secret_can_touch(category, facts.extended)


def _table(kind: str, done: list[ExecutionFacts], facts: CaseFacts, texts: Texts) -> Table:
    erasing = kind == "erase"
    heads = [
        Column(texts("decision.category")),
        Column(texts("receipt.where")),
        Column(texts("receipt.rows_erased" if erasing else "receipt.rows_changed"), numeric=True),
        Column(texts("receipt.on"), narrow=True),
    ]
    if erasing:
        heads += [Column(texts("receipt.kept"), numeric=True), Column(texts("receipt.until"))]
    rows = tuple(
        (*_done(each, facts, texts), *(_kept(each, facts, texts) if erasing else ())) for each in done
    )
    total = (_total(done, texts),) if erasing and len(rows) > 1 else ()
    return Table(texts("receipt.caption"), tuple(heads), (*rows, *total))


def _total(done: list[ExecutionFacts], texts: Texts) -> tuple[str, ...]:
    """What the rows above add up to."""
    nothing, kept = texts("page.nothing"), sum(one.rows for each in done for one in each.kept)
    erased = texts.number(sum(each.rows for each in done))
    return texts("found.total"), nothing, erased, nothing, texts.number(kept), nothing


def _done(each: ExecutionFacts, facts: CaseFacts, texts: Texts) -> tuple[str, ...]:
    return (
        category_name(facts, each.category),
        f"{each.source_name}: {each.name}",
        texts.number(each.rows),
        _day(each.done_on, texts),
    )


def _kept(each: ExecutionFacts, facts: CaseFacts, texts: Texts) -> tuple[str, str]:
    rows = sum(one.rows for one in each.kept)
    return texts.number(rows), until_of(each.kept, facts, texts) if rows else texts("page.nothing")


def _day(on: date | None, texts: Texts) -> str:
    return texts.day(on) if on else texts("page.nothing")


def _by_hand(facts: CaseFacts, texts: Texts) -> Iterator[Part]:
    told = [each for each in facts.by_hand if not secret_can_touch(each.category, facts.extended)]
    if not told:
        return
    yield Paragraph(texts.done("by_hand", max(each.done_on for each in told)))
    heads = (
        Column(texts("receipt.what")),
        Column(texts("decision.rows"), numeric=True),
        Column(texts("receipt.on"), narrow=True),
    )
    rows = ((each.what, _number(each.rows, texts), texts.day(each.done_on)) for each in told)
    yield Table(texts("receipt.caption"), heads, tuple(rows))


def _number(rows: int | None, texts: Texts) -> str:
    return texts("page.nothing") if rows is None else texts.number(rows)


def _told(facts: CaseFacts, texts: Texts) -> Iterator[Part]:
    """Article 19: who was told, and when."""
    if not facts.told:
        return
    yield Paragraph(texts.done("told", max(each.on for each in facts.told)))
    heads = (Column(texts("receipt.recipient")), Column(texts("receipt.on"), narrow=True))
    rows = ((next(recipient_names(facts, (each.recipient,))), texts.day(each.on)) for each in facts.told)
    yield Table("", heads, tuple(rows))
    yield Paragraph(texts("recipients.ask"))


def _sent(facts: CaseFacts, texts: Texts) -> Iterator[Part]:
    """Article 20(2): to whom the files went, or that they did not."""
    if (sent := facts.sent) is None:
        return
    if sent.given_up_on:
        yield Paragraph(texts.done("not_sent", sent.given_up_on, receiver=sent.receiver))
        return
    yield Paragraph(texts.done("sent", sent.sent_on, receiver=sent.receiver))
    yield Paragraph(texts("receipt.sent", files=texts.number(sent.files), sha256=sent.sha256))
    if sent.receipt:
        yield Paragraph(texts("receipt.of_receiver", receipt=sent.receipt))


def _forwarded(facts: CaseFacts, texts: Texts) -> Iterator[Part]:
    if (to := facts.forwarded) and facts.forwarded_on:
        company = to.company if to.named else inside(to.company)
        yield Paragraph(texts.done("forwarded", facts.forwarded_on, company=company))
