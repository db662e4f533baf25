"""The first page: five short answers (what was asked, done, given and kept, and what comes next), then the table.

And the last line, which ties the letter to the files it was sent with.
"""

from collections.abc import Iterator
from datetime import date

from cases.law.verdicts import NOT_PROVEN
from exports.letter.decided import decided, decision_table, found, given_rows_of, is_general, is_left_out
from exports.letter.document import Pairs, Paragraph, Part, Section
from exports.letter.facts import CaseFacts, FindingFacts
from exports.letter.matrix import Block, LetterProblem
from exports.letter.paragraphs import Sections, lead, reach
from exports.letter.texts.reading import Texts, capital

# What the person gets besides this letter, once what was decided is done.
RECEIPTS = frozenset({"erasure", "restriction", "objection"})
DONE_FIRST = frozenset({"rectification", "automated-decision"})
# What an erasure does not reach: kept by decision, or until it is shown who asks.
STAYS = frozenset({"keep", NOT_PROVEN})


def request(facts: CaseFacts, texts: Texts) -> Sections:
    """B2: who asked for what, and when (Article 12(3))."""
    said = [Paragraph(texts("opening.greeting", name=facts.asked_by if facts.of_dead else facts.person_name))]
    if facts.of_dead:
        said.append(Paragraph(texts("opening.estate", person=facts.of_dead)))
    elif facts.asked_by:
        said.append(Paragraph(texts("opening.checked", asker=facts.asked_by)))
    said += map(Paragraph, reach(facts, texts))
    told = texts(
        "first.request", asked=capital(texts(f"asked.{facts.right}")), received=texts.day(facts.received_on)
    )
    return (Section(Block.REQUEST, "", (*said, Pairs(((texts("first.asked"), told),)))),)


def decision(facts: CaseFacts, texts: Texts) -> Sections:
    """B3: the answer in a few words, and then part by part."""
    answers = {
        "did": " ".join(lead(facts, texts)),
        "get": _get(facts, texts),
        "keep": " ".join(_keep(facts, texts)),
        "next": " ".join(_next(facts, texts)),
    }
    parts: tuple[Part, ...] = (
        Pairs(tuple((texts(f"first.{key}"), said) for key, said in answers.items())),
        *decision_table(facts, texts),
    )
    return (Section(Block.DECISION, "", parts),)


def _get(facts: CaseFacts, texts: Texts) -> str:
    if rows := given_rows_of(facts):
        return texts("first.get_files", rows=texts.count("rows", rows))
    if facts.outcome == "refused" or facts.abuse:
        return texts("first.get_reasons")
    if facts.outcome in ("granted", "partly") and facts.right in RECEIPTS:
        return texts("first.get_receipt")
    if facts.outcome == "forwarded" or (facts.outcome in ("granted", "partly") and facts.right in DONE_FIRST):
        return texts("first.get_done")
    return texts("first.get_letter")


def _keep(facts: CaseFacts, texts: Texts) -> Iterator[str]:
    """What stays with us: of the data, and the case itself."""
    if facts.outcome not in ("nothing-held", "forwarded") and not facts.abuse:
        yield _data_kept(facts, texts)
    years = facts.register.settings.case_file_years
    yield texts(f"first.keep_case_{'one' if years == 1 else 'many'}", years=years)


def _data_kept(facts: CaseFacts, texts: Texts) -> str:
    if facts.right == "erasure":
        return _after_erasure(facts, texts)
    if facts.right == "restriction" and facts.outcome != "refused":
        return texts("first.keep_restricted" if facts.outcome == "granted" else "first.keep_part_restricted")
    if facts.right == "access" and facts.outcome != "refused":
        return texts("first.keep_sheet", heading=texts("sheet.retention_heading"))
    return texts("first.keep_unchanged")


def _after_erasure(facts: CaseFacts, texts: Texts) -> str:
    """In a word what the table says; where only a law that is the same for everybody keeps data, that."""
    plain = [category for category in found(facts) if not is_general(facts, category)]
    kept = [one for category in plain for one in decided(facts, category) if one.verdict in STAYS]
    if not kept and not any(map(is_left_out, plain)):
        return texts("first.keep_law")
    last = _last(kept) if not any(map(is_left_out, plain)) else None
    return texts("first.keep_until", last=texts.day(last)) if last else texts("first.keep_some")


def _last(kept: list[FindingFacts]) -> date | None:
    """The last day of all; None where something has no last day."""
    days = [one.until for one in kept if one.until]
    return max(days) if len(days) == len(kept) else None


def _next(facts: CaseFacts, texts: Texts) -> Iterator[str]:
    if facts.later and facts.later.due:
        yield texts("later.next", reference=facts.later.reference, due=texts.day(facts.later.due))
    if facts.right == "access" and given_rows_of(facts):
        yield texts("first.next_access")
    elif facts.outcome in ("refused", "nothing-held") and not facts.abuse:
        yield texts("first.next_again")
    authority = facts.register.authorities[0].name.get(facts.language)
    yield texts("first.next_all", authority=authority, heading=texts("complaint.heading"))


def seal(facts: CaseFacts, texts: Texts) -> Sections:
    """The last line: which files the letter was written with. LetterProblem for files that nobody has summed up."""
    if not facts.files_sha256 and given_rows_of(facts):
        raise LetterProblem("no-checksum", facts.reference)
    said = (
        texts("first.checksum", sha256=facts.files_sha256) if facts.files_sha256 else texts("first.no_files")
    )
    return (Section(Block.SEAL, "", (Paragraph(said),), level=3),)
