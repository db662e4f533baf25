"""The information sheet of Article 15(1)(a)-(h) and 15(2) GDPR, for exactly the categories that were found."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from cases.registers.processing import LegalBasis, Purpose, Recipient, Transfer
from cases.registers.register import Register
from cases.registers.vocabulary import BASES
from exports.letter import decided
from exports.letter.decided import category_name, given_rows
from exports.letter.document import Column, Pairs, Paragraph, Part, Section, Table
from exports.letter.facts import CaseFacts
from exports.letter.matrix import Block
from exports.letter.paragraphs import recipient_names
from exports.letter.texts.reading import Texts, inside

Recipients = dict[str, Recipient]
OURS = "*"  # marks what the operator settled where its policy says nothing


def sheet(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """B8: a section a purpose, then what holds for all of them. Nothing where nothing was found."""
    found = tuple(category.key for category in decided.looked_into(facts))
    if facts.right != "access" or not found:
        return ()
    purposes = [purpose for purpose in facts.register.purposes if set(found) & set(purpose.categories)]
    passed_on = {purpose.code: _recipients(facts.register, purpose, found) for purpose in purposes}
    opening = [texts("sheet.intro"), *([] if all(passed_on.values()) else [texts("sheet.nobody")])]
    said: set[str] = set()
    return (
        Section(Block.INFORMATION, texts("sheet.heading"), tuple(map(Paragraph, opening)), new_page=True),
        *(_purpose(facts, one, found, passed_on[one.code], texts, said) for one in purposes),
        *_outside(facts.register, passed_on.values(), texts),
        *_actual_recipients(facts, texts),
        _retention(facts, found, texts),
        _automated(facts, purposes, found, texts),
        _rights(texts),
    )


def _purpose(
    facts: CaseFacts,
    purpose: Purpose,
    found: Iterable[str],
    recipients: Recipients,
    texts: Texts,
    said: set[str],
) -> Section:
    """(a) what for and why we may, (b) which data, (g) from where, (c) to whom.

    ``said``: remarks that stand with an earlier use already; they hold for each that they are about.
    """
    ours, language = facts.register, facts.language
    used = [key for key in found if key in purpose.categories]
    remarks = [one for text in ours.remarks(purpose) if (one := text.get(language)) not in said]
    said.update(remarks)
    needs_consent = [category_name(facts, key) for key in used if key in purpose.consent_for]
    rows = [
        (
            "basis",
            "\n".join(_basis(each, texts) for each in ours.legal_bases(purpose) if not each.is_silent),
        ),
        ("data", texts.series(category_name(facts, key) for key in used)),
        ("consent_for", texts.series(needs_consent)),
        ("sources", "\n".join(_sources(ours, purpose, used, texts))),
        ("recipients", "\n".join(_said_of(recipients, ours, texts))),
        ("special", "\n".join(remarks)),
        ("opt_out", purpose.opt_out.get(language) if purpose.opt_out else ""),
    ]
    pairs = Pairs(tuple((texts(f"sheet.{key}"), value) for key, value in rows if value))
    description = Paragraph(purpose.description.get(language))
    return Section(Block.INFORMATION, purpose.name.get(language), (description, pairs), level=3)


def _basis(legal: LegalBasis, texts: Texts) -> str:
    """One basis as a sentence or two."""
    basis = legal.basis
    said = BASES[basis.kind].get(texts.language)
    if basis.consent_of == "customer":
        said = texts("sheet.customer_consent", basis=said)
    if basis.part:
        said = texts("sheet.part", part=basis.part.get(texts.language), basis=inside(said))
    if basis.law:
        said = texts("sheet.law", basis=said, law=basis.law.get(texts.language))
    return f"{said}. {basis.interest.get(texts.language)}" if basis.interest else f"{said}."


def _sources(register: Register, purpose: Purpose, used: Iterable[str], texts: Texts) -> Iterator[str]:
    """(g): each source with its name, and the names the operator listed where the policy gives a group."""
    keys = {key for category in used for key, _ in register.sources_for(category)} & set(purpose.sources)
    for key, source in register.sources.items():
        if key in keys:
            yield _with_members(key, source.name.get(texts.language), source.naming, register, texts)


def _recipients(register: Register, purpose: Purpose, found: Iterable[str]) -> Recipients:
    """(c): by key, in the register's order; two names of one company are one recipient."""
    used = [key for key in found if key in purpose.categories]
    able = {key for category in used for key, _ in register.recipients_for(category)} & set(
        purpose.recipients
    )
    companies = {register.recipients[key].same_as or key for key in able}
    return {key: recipient for key, recipient in register.recipients.items() if key in companies}


def _said_of(recipients: Recipients, register: Register, texts: Texts) -> Iterator[str]:
    plain = [register.recipient_name(key, texts.language) for key in _named(recipients, own=False)]
    own = [register.recipient_name(key, texts.language) for key in _named(recipients, own=True)]
    if plain:
        yield texts.listing(plain)
    if own:
        key = "sheet.own_controller_one" if len(own) == 1 else "sheet.own_controller_many"
        yield texts(key, name=texts.listing(own))
    for key, recipient in recipients.items():
        if recipient.naming != "named":
            yield _with_members(key, recipient.name.get(texts.language), recipient.naming, register, texts)


def _named(recipients: Recipients, *, own: bool) -> list[str]:
    return [k for k, r in recipients.items() if r.naming == "named" and r.own_controller is own]


def _with_members(key: str, name: str, naming: str, register: Register, texts: Texts) -> str:
    if naming == "by-operator":
        names = [member.get(texts.language) for member in register.members(key)]
        members = texts.listing(names) if names else texts("page.to_be_named")
        return texts("sheet.members", group=name, members=members)
    return texts("sheet.by_record", name=name) if naming == "by-record" else name


def _outside(register: Register, passed_on: Iterable[Recipients], texts: Texts) -> tuple[Section, ...]:
    """15(2): whose data leave the EU and the EEA, what protects them there, and how to get a copy of that.

    What says where data go stands in the place of what leaves it open; each statement once, with whom it is about.
    """
    about: dict[Transfer, list[str]] = {}
    for key in dict.fromkeys(chain.from_iterable(passed_on)):
        said = register.transfers_for(key)
        settled = [one for one in said if one.countries is not None]
        for transfer in settled or said:
            about.setdefault(transfer, []).append(register.recipients[key].name.get(texts.language))
    lines = dict.fromkeys(_transfers(about, texts))
    parts = tuple(map(Paragraph, lines))
    return (Section(Block.INFORMATION, texts("sheet.transfers"), parts, level=3),) if parts else ()


def _transfers(about: Mapping[Transfer, list[str]], texts: Texts) -> Iterator[str]:
    for transfer, names in about.items():
        yield texts("sheet.transfer", names=texts.listing(names), text=transfer.text.get(texts.language))
    for transfer in about:
        if transfer.copy_from:
            yield transfer.copy_from.get(texts.language)


def _actual_recipients(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """(c): the actual recipients, by name (C-154/21)."""
    names = list(recipient_names(facts, (*facts.recipients_actual, *asked_bureau(facts))))
    if not names:
        return ()
    said = Paragraph(texts("sheet.actual", names=texts.listing(names)))
    return (Section(Block.INFORMATION, texts("sheet.actual_heading"), (said,), level=3),)


def asked_bureau(facts: CaseFacts) -> tuple[str, ...]:
    """Who assessed the person's credit got the question, and with it data.

    Where the rows do not say who that was, it is told where only one bureau can be meant.
    """
    assessed = any(category.key == "credit" and given_rows(category) for category in facts.categories)
    bureaus = [key for key, each in facts.register.recipients.items() if each.kind == "credit-bureau"]
    return tuple(bureaus) if assessed and len(bureaus) == 1 else ()


def _retention(facts: CaseFacts, found: Iterable[str], texts: Texts) -> Section:
    """(d): how long, a row a category, and whose word it is."""
    rows = tuple((category_name(facts, key), _how_long(facts.register, key, texts)) for key in found)
    heads = (Column(texts("decision.category")), Column(texts("sheet.retention")))
    parts: list[Part] = [Table("", heads, rows)]
    if any(said.endswith(OURS) for _, said in rows):
        parts.append(Paragraph(texts("sheet.ours", mark=OURS, operator=facts.register.name)))
    return Section(Block.INFORMATION, texts("sheet.retention_heading"), tuple(parts), level=3)


def _how_long(register: Register, category: str, texts: Texts) -> str:
    retention = register.retention(category)
    if retention is None:
        return texts("sheet.no_retention")
    said = retention.text.get(texts.language)
    return said if retention.stated else f"{said} {OURS}"


def _automated(facts: CaseFacts, purposes: Iterable[Purpose], found: Iterable[str], texts: Texts) -> Section:
    """(h): automated decisions, how they are made and what they mean (C-203/22); or that there are none."""
    deciding = [p for p in purposes if p.automated and {"credit", "profile"} & set(found) & set(p.categories)]
    parts: list[Part] = []
    for purpose in deciding:
        parts += _one_automated(facts, purpose, texts)
    parts.append(Paragraph(texts("sheet.human" if deciding else "sheet.automated_none")))
    return Section(Block.INFORMATION, texts("sheet.automated_heading"), tuple(parts), level=3)


def _one_automated(facts: CaseFacts, purpose: Purpose, texts: Texts) -> Iterator[Part]:
    if purpose.automated:
        yield Paragraph(purpose.automated.get(texts.language))
    if told := facts.register.automated(purpose):
        decider = texts("sheet.solely" if told.solely else "sheet.not_solely")
        rows = (("decider", decider), ("logic", told.logic.get(texts.language)),
                ("consequences", told.consequences.get(texts.language)))  # fmt: skip
        yield Pairs(tuple((texts(f"sheet.{key}"), value) for key, value in rows))


def _rights(texts: Texts) -> Section:
    """(e): what the person can ask for; where to complain, (f), stands in block B6."""
    said = Paragraph(texts("sheet.rights"))
    return Section(Block.INFORMATION, texts("sheet.rights_heading"), (said,), level=3)
