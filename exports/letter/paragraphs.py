"""The blocks that say the same kind of thing in every letter: who asks, what they can do next, who we are."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from exports.letter.decided import (
    BY_PURPOSE,
    given_rows,
    is_left_out,
    is_weighed,
    only_masked,
)  # fmt: skip
from exports.letter.document import Bullets, Pairs, Paragraph, Part, Section
from exports.letter.facts import CaseFacts, SearchedFacts
from exports.letter.matrix import Block
from exports.letter.texts.reading import Texts

Sections = tuple[Section, ...]
# Rights for which only what is known of customers is gathered (`cases.collection.wanted`).
LOOKS_IN_REGISTERS = BY_PURPOSE | {"automated-decision"}
# The address stands at the top.
CONTACT = ("org_number", "email", "phone", "dpo")


def _section(block: Block, heading: str, *said: str) -> Sections:
    return (Section(block, heading, tuple(Paragraph(text) for text in said)),)


def fixed(block: Block, text: str, heading: str = "") -> Callable[[CaseFacts, Texts], Sections]:
    """A writer of the same paragraph for everyone, from text keys."""

    def write(_: CaseFacts, texts: Texts) -> Sections:
        return _section(block, texts(heading) if heading else "", texts(text))

    return write


def request(facts: CaseFacts, texts: Texts) -> Sections:
    """B2 of a letter beside the answer: who asked for what, and when (Article 12(3))."""
    if facts.asked_for:
        return request_for(facts, texts, facts.asked_for)
    key = "received_for" if facts.asked_by and not facts.of_dead else "received"
    received = texts(
        f"opening.{key}",
        received=texts.day(facts.received_on),
        asked=texts(f"asked.{facts.right}"),
        asker=facts.asked_by,
    )
    name = facts.asked_by if facts.of_dead else facts.person_name
    return _section(Block.REQUEST, "", texts("opening.greeting", name=name), received)


def request_for(facts: CaseFacts, texts: Texts, person: str) -> Sections:
    """The same to whoever asks for a ``person``, of whom nothing is told."""
    received = texts(
        "authority.received",
        person=person,
        received=texts.day(facts.received_on),
        what=texts(f"authority.about_{facts.right}"),
    )
    return _section(Block.REQUEST, "", texts("opening.greeting", name=facts.person_name), received)


def reach(facts: CaseFacts, texts: Texts) -> Iterator[str]:
    """How far whoever asked may speak for the person, and who else gets this letter."""
    authority = facts.authority
    if authority is None:
        return
    if authority.covers_from or authority.covers_until:
        limits = {"from": authority.covers_from, "until": authority.covers_until}
        given = {name: texts.day(day) for name, day in limits.items() if day}
        key = "_".join(("opening.covers", *given))
        yield texts(key, **given)
    if authority.answer_to in ("person", "both"):
        yield texts(f"opening.to_{authority.answer_to}", asker=facts.asked_by)
    if authority.without_home:
        yield texts("opening.without_home", asker=facts.asked_by)


def lead(facts: CaseFacts, texts: Texts) -> Iterator[str]:
    """What was done already, if anything, and what is to be done, with its last day."""
    key = lead_key(facts, texts)
    deed, on = _deed_of(key, facts)
    if deed:
        yield texts.done(deed, on)
    if key in texts:
        yield texts(
            key,
            latest=texts.day(facts.latest),
            fee=facts.abuse.fee if facts.abuse else "",
        )


def _deed_of(key: str, facts: CaseFacts) -> tuple[str, date | None]:
    """The deed that a lead speaks of, and its day."""
    if key.startswith("lead.automated-decision."):
        return "reviewed", facts.decided_on
    return {
        "lead.marketing-objection.granted": ("marketing", facts.acted_on),
        "lead.consent-withdrawal.granted": ("consent", facts.acted_on),
        "lead.objection.refused": ("weighed", facts.decided_on),
        "lead.rectification.refused": ("corrected_checked", facts.decided_on),
    }.get(key, ("", None))


def lead_key(facts: CaseFacts, texts: Texts) -> str:
    """The key of the sentence that gives the answer; one of its own where something had to be left out."""
    if facts.abuse and facts.outcome == "refused":
        return "lead.fee" if facts.abuse.fee else "lead.abuse"
    by_outcome = facts.outcome in ("nothing-held", "forwarded")
    if facts.outcome == "nothing-held" and (told := nothing_held(facts)):
        return f"lead.{told}"
    usual = f"lead.{facts.outcome}" if by_outcome else f"lead.{facts.right}.{facts.outcome}"
    if usual == "lead.objection.refused" and not any(map(is_weighed, facts.purposes)):
        return "lead.objection.refused_no-right"
    if usual == "lead.access.partly" and only_masked(facts) and not facts.later:
        return "lead.access.partly_masked"
    in_part = f"{usual}_left-out"
    if facts.later or facts.earlier:
        in_part = f"{usual}_{'later' if facts.later else 'rest'}"
        return in_part if in_part in texts else usual
    return in_part if in_part in texts and any(map(is_left_out, facts.categories)) else usual


def nothing_held(facts: CaseFacts) -> str:
    """Which "nothing held" this is: after a look everywhere it is the plain one, "", else it says where we looked."""
    if facts.unsearched:
        return "nothing-held_unsearched"
    if any(map(is_left_out, facts.categories)):
        return "nothing-held_left-out"
    if facts.earlier:
        return "nothing-held_rest"
    return "nothing-held_registers" if facts.right in LOOKS_IN_REGISTERS else ""


def complaint(facts: CaseFacts, texts: Texts) -> Sections:
    """B6: the supervisory authority, and the lead authority where that is another one (Articles 12(4), 56, 77)."""
    keys = ("complaint.one", "complaint.lead")
    said = (
        texts(key, authority=a.name.get(facts.language), address=a.address, email=a.email, phone=a.phone)
        for key, a in zip(keys, facts.register.authorities, strict=False)
    )
    return _section(Block.COMPLAINT, texts("complaint.heading"), texts("complaint.us"), *said)


def court(facts: CaseFacts, texts: Texts) -> Sections:
    """B7: the way to court and to damages (Articles 79, 82)."""
    where = facts.register.court.get(facts.language)
    return _section(Block.COURT, "", texts("complaint.court", court=where, articles=texts("ground.court")))


def reservation(facts: CaseFacts, texts: Texts) -> Sections:
    """B11: the same words in every letter, whatever the file holds."""
    authority = facts.register.authorities[0].name.get(facts.language)
    return _section(Block.RESERVATION, "", texts("reservation.text", authority=authority))


def controller(facts: CaseFacts, texts: Texts) -> Sections:
    """B1: whose letter it is, and how to reach them and their data protection officer (Articles 13-15)."""
    team = texts("closing.team", operator=facts.register.name)
    signature = "\n".join(filter(None, (texts("closing.regards"), facts.signed_by, team)))
    ours = facts.register.controller
    known = [(field, getattr(ours, field)) for field in CONTACT if getattr(ours, field)]
    lines = [
        f"{texts('closing.controller')}: {ours.legal_name}",
        *(f"{texts(f'closing.{field}')}: {value}" for field, value in known),
    ]
    where = {"label": texts(reference_key(facts)).lower(), "reference": facts.reference}
    ask = (texts("closing.contact", **where),) if contact_ways(facts, texts) else ()
    contact = "\n".join((" · ".join(lines), *ask))
    return (
        Section(Block.CONTROLLER, "", (Paragraph(signature),)),
        Section(Block.CONTROLLER, "", (Paragraph(contact),), level=3),
    )


def reference_key(facts: CaseFacts) -> str:
    """The key of the words before the number at the top: a court's number is not a case of ours."""
    return "ipred.reference" if facts.hand_over and facts.hand_over.court_case else "page.reference"


def contact_ways(facts: CaseFacts, texts: Texts) -> str:
    """How to reach the controller, in half a sentence; empty while the register knows no way."""
    ours = facts.register.controller
    phone = f"{texts('closing.phone').lower()} {ours.phone}" if ours.phone else ""
    return ", ".join(filter(None, (ours.email, phone, ours.address)))


def copy(facts: CaseFacts, texts: Texts) -> Sections:
    """B9: what is in the package and how to open it (Article 15(3))."""
    zone = texts(f"copy.zone_{facts.register.country}")
    after = [texts("copy.readme"), texts("copy.layers"), texts("copy.zone", zone=zone)]
    if facts.package_days:
        after.append(texts("copy.expires", days=facts.package_days))
    parts = (
        Paragraph(texts("copy.intro")),
        Bullets(tuple(texts(f"copy.{form}") for form in ("xlsx", "csv", "json"))),
        Paragraph(" ".join(after)),
    )
    return (Section(Block.COPY, texts("copy.heading"), parts),)


def file_format(facts: CaseFacts, texts: Texts) -> Sections:
    """The portable files and what they cover (Article 20(1))."""
    calls = [one for one in facts.categories if one.key == "traffic" and given_rows(one)]
    key = "format.calls_covered" if any(one.covered for one in calls) else "format.calls"
    text = f"{texts('format.text')} {texts(key)}" if calls else texts("format.text")
    forms = Bullets(tuple(texts(f"copy.{form}") for form in ("xlsx", "csv", "json")))
    parts: tuple[Part, ...] = (Paragraph(text), forms)
    if facts.send_to and facts.files_sha256:
        parts = (*parts, Paragraph(texts("format.send_to", receiver=facts.send_to)))
    return (Section(Block.FORMAT, texts("format.heading"), parts),)


def recipients(facts: CaseFacts, texts: Texts) -> Sections:
    """B10: who has been told of a correction, an erasure or a restriction (Article 19)."""
    names = texts.listing(recipient_names(facts, facts.recipients_informed))
    when = texts.day(facts.latest)
    informed = f"{texts('recipients.informed', names=names, latest=when)} {texts('recipients.ask')}"
    said = informed if facts.recipients_informed else texts("recipients.none")
    return _section(Block.RECIPIENTS, texts("recipients.heading"), said)


def recipient_names(facts: CaseFacts, keys: tuple[str, ...]) -> Iterator[str]:
    """Names for recipient keys or names; aliases of one company become that company, once."""
    seen: dict[str, str] = {}
    for key in keys:
        found = facts.register.resolve(key)
        seen.setdefault(found[0] if found else key, found[1].name.get(facts.language) if found else key)
    return iter(seen.values())


def left_open(facts: CaseFacts, texts: Texts) -> Sections:
    """B16: what can be objected to or withdrawn besides (Articles 7(3), 21(4))."""
    said = [texts(f"left-open.{facts.right}")]
    if facts.right == "consent-withdrawal" and facts.listed_on:
        said.append(texts.done("listed", facts.listed_on))
    return _section(Block.LEFT_OPEN, texts("left-open.heading"), " ".join(said))


def service(facts: CaseFacts, texts: Texts) -> Sections:
    """What goes on although marketing stops, and that the person is on the stop list (Article 21(3))."""
    said = [texts("service.text")]
    if facts.listed_on:
        said.append(texts.done("listed", facts.listed_on))
    return _section(Block.SERVICE, texts("service.heading"), " ".join(said))


def meanwhile(facts: CaseFacts, texts: Texts) -> Sections:
    """That what is objected to was only stored while it was considered, and when that ends (Article 18(1)(d), (3))."""
    if facts.right != "objection" or facts.abuse or facts.outcome == "nothing-held":
        return ()
    said = [texts.done("limited", facts.limited_on)] if facts.limited_on else []
    return _section(Block.MEANWHILE, texts("meanwhile.heading"), " ".join((*said, texts("meanwhile.ends"))))


def consequence(facts: CaseFacts, texts: Texts) -> Sections:
    """B15: what follows for the service and the contract, as the register says it for security uses."""
    if facts.right not in BY_PURPOSE:
        return ()
    purposes = [facts.register.purpose(purpose.code) for purpose in facts.purposes]
    # Where security needs the use, the service may have to end while the duty to pay goes on: that has to be said.
    said = [p.special.get(facts.language) for p in purposes if p.special and "security" in p.categories]
    return _section(Block.CONSEQUENCE, texts("consequence.heading"), *(said or [texts("consequence.none")]))


def searched(facts: CaseFacts, texts: Texts) -> Sections:
    """What was searched for, so that the person can see what was missed; where rows were found, what led nowhere."""
    if facts.outcome != "nothing-held":
        return _led_nowhere(facts, texts)
    items = _pairs(facts.identifiers_searched, texts)
    items = items or ((texts("searched.name"), texts("searched.nothing")),)
    again = Paragraph(texts("searched.again"))
    return (
        Section(Block.SEARCHED, texts("searched.heading"), (Pairs(items), *_unsearched(facts, texts), again)),
    )


def _led_nowhere(facts: CaseFacts, texts: Texts) -> Sections:
    if not facts.led_nowhere or facts.abuse:
        return ()
    said = Paragraph(texts("searched.led_nowhere")), Pairs(_pairs(facts.led_nowhere, texts))
    again = Paragraph(texts("searched.led_nowhere_again"))
    return (Section(Block.SEARCHED, texts("searched.led_nowhere_heading"), (*said, again)),)


def _pairs(searched: Iterable[SearchedFacts], texts: Texts) -> tuple[tuple[str, str], ...]:
    kinds = ((each.kind if f"searched.{each.kind}" in texts else "other", each.value) for each in searched)
    return tuple((texts(f"searched.{kind}"), value) for kind, value in kinds)


def _unsearched(facts: CaseFacts, texts: Texts) -> tuple[Part, ...]:
    """Where nobody could look, and by what people are found there."""
    if not facts.unsearched:
        return ()
    lines = (
        texts(
            "searched.place",
            source=one.source_name,
            name=one.name,
            kinds=", ".join(dict.fromkeys(_kind(kind, texts) for kind in one.kinds)),
        )
        if one.kinds
        else f"{one.source_name}: {one.name}"
        for one in facts.unsearched
    )
    return Paragraph(texts("searched.unsearched")), Bullets(tuple(lines))


def _kind(kind: str, texts: Texts) -> str:
    return texts(f"searched.by_{kind}" if f"searched.by_{kind}" in texts else "searched.by_other")


def forwarded(facts: CaseFacts, texts: Texts) -> Sections:
    """Where another company is the controller: it has the request, and this is how to reach it (Articles 4(7), 28)."""
    to = facts.forwarded
    if to is None:
        return ()
    services = texts("forwarded.services", services=to.services) if to.services else ""
    latest = texts.day(facts.latest)
    ours = {"company": to.company, "contact": to.contact, "services": services}
    key = "unasked" if to.unasked else "text" if to.passed_on else "kept"
    said = [texts(f"forwarded.{key}", **ours, **({"latest": latest} if key == "text" else {}))]
    if facts.outcome != "forwarded":
        said.append(texts("forwarded.own"))
    return _section(Block.FORWARDED, texts("forwarded.heading"), *said)


def review(facts: CaseFacts, texts: Texts) -> Sections:
    """The decision that a person looked at again (Article 22(3))."""
    contest = Paragraph(texts("review.contest"))
    if facts.review is None:
        return (Section(Block.REVIEW, "", (contest,)),)
    rows = [("decision", facts.review.decision), ("result", texts(f"review.{facts.review.result}"))]
    # Why not all of it was granted stands in block B4.
    if facts.outcome == "granted":
        rows.append(("reasons", facts.review.reasons))
    pairs = Pairs(tuple((texts(f"review.{key}"), value) for key, value in rows))
    return (Section(Block.REVIEW, texts("review.heading"), (pairs, contest)),)
