"""Plain words for the codes the desk shows. A code without words is shown as it is, never hidden."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cases.casework.workflow import BLOCKED_BY
from cases.law.holdrules import rule
from cases.law.unbroken import tied
from cases.registers.processing import CONSENT
from cases.registers.register import Register
from cases.registers.texts import Language
from cases.sealed import faults
from cases.sources.error_words import SOURCE_ERRORS

VERDICTS = {
    "give": _("give"),
    "redact": _("give, others hidden"),
    "describe": _("describe, no copy"),
    "withhold": _("withhold"),
    "delay": _("tell later"),
    "none": _("not personal data"),
    "others": _("another person's"),
    "erase": _("erase"),
    "keep": _("keep"),
    "gone": _("should be gone already"),
    "port": _("hand over"),
    "not-portable": _("not portable"),
    "stop": _("stop"),
    "continue": _("goes on"),
    "review": _("a person decides"),
    "partly": _("partly"),
    "not-proven": _("stronger proof needed"),
    "left-out": _("left out: the source may not hand it over"),
    "granted": _("grant"),
    "refused": _("refuse"),
}

UNTOUCHED = _("not affected")
GIVES_OR_ERASES = frozenset({"access", "portability", "erasure"})

RIGHTS = {
    "access": _("Access"),
    "portability": _("Portability"),
    "erasure": _("Erasure"),
    "objection": _("Objection"),
    "marketing-objection": _("Marketing objection"),
    "consent-withdrawal": _("Consent withdrawal"),
    "rectification": _("Correction"),
    "restriction": _("Restriction"),
    "automated-decision": _("Automated decision"),
}

# Of an electronic identity (Regulation (EU) No 910/2014, Article 8).
ASSURED = {"low": _("low"), "substantial": _("substantial"), "high": _("high")}

IDENTIFIERS = {
    "email": _("e-mail address"),
    "msisdn": _("phone number"),
    "customer_no": _("customer number"),
    "national_id": _("national identity number"),
    "account_no": _("account number"),
    "subscription_id": _("subscription"),
    "ip": _("IP address"),
    "imsi": _("SIM number"),
    "imei": _("device number"),
}

STATIONS = {
    "verification": "person",
    "matching": "person",
    "collection": "sources",
    "holds": "decisions",
    "decisions": "decisions",
    "answer": "answer",
    "approval": "answer",
    "execution": "carried-out",
    "delivery": "answer",
}


METHODS = {
    "mailed-code": _("code by mail"),
    "text-message": _("code by text message"),
    "bankid": "BankID",
    "mitid": "MitID",
    "manual": _("vouched for"),
    "letter": _("code by letter"),
    "caseworker": _("checked by a caseworker"),
}

# What a mail was about, by its kind.
MAILS = {
    "code": _("the code to confirm the request"),
    "status_code": _("a code to see the request"),
    "address_code": _("a code to confirm another address"),
    "guesses": _("that many codes were typed"),
    "receipt": _("the receipt"),
    "proof": _("the question who asks"),
    "more": _("the question for more"),
    "papers": _("the question for papers"),
    "message": _("a message"),
    "extended": _("that it takes longer"),
    "letter": _("that there is a letter"),
    "ready": _("that the answer is ready"),
    "refused": _("that the authority was refused"),
    "closed": _("that the case is closed"),
    "reopened": _("that the case is open again"),
    "supplement": _("that something is added to the answer"),
    "joined": _("that two requests are answered together"),
    "split": _("that the answer comes in two parts"),
    "together": _("that there is one answer after all"),
    "readdressed": _("that the address is changed"),
    "owner": _("the question to the owner of a system"),
}

TASKS = {
    "ipred-notice": _("Tell the subscriber about the Ipred disclosure"),
    "inform-recipients": _("Tell this recipient what was erased, corrected or restricted (Art. 19)"),
    "forward-to-customer": _(
        "Pass the request on to the customer (the employer), who answers for part of it"
    ),
    "post-code": _(
        "The person asks for a letter with a code: look up the registered address, print it and post it"
    ),
    "close-unidentified": _("Nobody has proven who asks: decide whether to close"),
    "check-authority": _(
        "Somebody asks for another person: ask for what shows that they may (a power of attorney, guardianship, "
        "custody) or call the person, then say who it is, or close the case"
    ),
    "partial": _("The case is closed to a member of staff: see to it that somebody else works it"),
    "hear-child": _("A child asks: look at what it understands and wants, and write it down on the case"),
    "reach-safely": _(
        "The person must not be mailed: tell them this in the way they asked for, which the case shows"
    ),
    "state-to-authority": _(
        "Send our statement to the authority or the court; the number is theirs, and the record of the case "
        "can go with it"
    ),
    "came-late": _(
        "Requests came into the desk days after they were received: see to it that they are answered in time, and that "
        "whoever received them hands them on at once"
    ),
    "tell-otherwise": _(
        "There is no e-mail address: tell the person this by post, or on the way they came; letters and the answer are "
        "printed from the case page"
    ),
    "send-through-tax-agency": _(
        "Send the answer without knowing the address: print it, seal it in an envelope with only the personal identity "
        "number on the front and our own address on the back, put that into an outer envelope and send it to "
        "Skatteverket, Box 2820, 403 20 Göteborg"
    ),
    "send-by-digital-post": _(
        "Send the answer without knowing the address: as Digital Post to the person's CPR number. Whoever is exempt "
        "from Digital Post is asked, in the way they gave, where to collect it"
    ),
    "hand-to-person": _(
        "Hand the answer to the person it is about, by post or in person: print it from the case page in time"
    ),
    "leads-nowhere": _("Nothing was found, and what is known of the person does not lead everywhere"),
    "mail-failed": _(
        "A mail did not arrive: reach the person in another way, and correct the address on the case page"
    ),
    "confirm-proof": _(
        "Somebody vouched for who asks, at the highest level: a second person has to confirm it"
    ),
    "anchor-missing": _(
        "The record's checkpoint of this hour is not where it should be: have it looked into at once"
    ),
    "personal-data-breach": _(
        "A package reached the wrong person: tell the authority within 72 hours, and the person where the risk is "
        "high, or write down why not"
    ),
    "erased-came-back": _("Rows that were erased are there again: look at them and start a second pass"),
    "objection-undone": _("A source no longer obeys this objection: put it into force again"),
    "objections-not-asked-after": _(
        "This system has not said for weeks whether it obeys objections: have it mended, or look there yourself"
    ),
    "owner-silent": _("The owner of a system hasn't answered: reach them, or look there yourself"),
    "scheduled-erasure-failed": _("A scheduled erasure failed: have the source mended"),
    "carry-out-erasure": _("Have these rows erased by hand: no connector can"),
    "erase-kept-by-hand": _("Have these kept rows erased by hand once their last day has passed"),
    "rows-passed-on": _(
        "Look whose these rows are now: they were left alone, because what identifies the person no longer finds them"
    ),
    "carry-out-objection": _("Stop this use by hand"),
    "carry-out-marketing-objection": _("Stop marketing by hand"),
    "carry-out-consent-withdrawal": _("Stop this use by hand"),
    "carry-out-where-unknown": _(
        "Stop this use by hand in this system: what we know of the person isn't enough to find them there"
    ),
    "restricted-rows-gone": _(
        "Fewer rows were there than this restriction is about: look whether the others were meant to go"
    ),
    "restriction-not-lifted": _("A restriction could not be ended at the source: have it mended"),
    "interim-failed": _(
        "What has to stop at once could not be stopped: have this mended. It is tried again by itself"
    ),
    "limit-meanwhile": _("Limit this use by hand until the objection is decided"),
    "lift-meanwhile": _("The objection is decided and the person told: end this limit by hand"),
    "lift-restriction": _("The person has been told that the limit ends: end it by hand"),
    "tell-when-due": _("Send what was held back once its time has come: the letter promises it"),
    "law-review": _("The next review of the law"),
    "mandate-ends": _("The order that data be logged ends: see whether there is a new one"),
    "rule-ends": _("A rule of law ends"),
    "order-ends": _("An order ends"),
    "notice-window": _("The window for the notice to the subscriber ends"),
    "kept-until": _("Kept so long, then erased by itself"),
    "carry-out-rectification": _("Correct by hand"),
    "carry-out-restriction": _("Restrict by hand"),
    "carry-out-automated-decision": _("Review the automated decision"),
}

READERS = {
    "subject": _("by the person"),
    "data-subject": _("by the person"),
    "staff": _("by staff"),
    "system": _("by a system"),
}


def rule_name(rule_id: str) -> str:
    """The plain name of a hold rule in the reader's language."""
    # No rule of the table: the contract itself needs these rows.
    if rule_id == "CONTRACT":
        return gettext("Needed for the running contract")
    try:
        return rule(rule_id).name.get(language())
    except KeyError:
        return rule_id


def language() -> Language:
    """The reader's language; English for anything the desk does not speak."""
    chosen = get_language()
    return "sv" if chosen == "sv" else "da" if chosen == "da" else "en"


# How days are written where the desk is read; Swedish and Danish months begin small.
DAYS: dict[Language, str] = {"sv": "j b Y", "da": "j. b Y", "en": "j M Y"}


def day(value: date, *, weekday: bool = False) -> str:
    """14 Jan 2027, or Thu 14 Jan 2027, in the reader's language."""
    return tied(date_format(value, f"D {DAYS[language()]}" if weekday else DAYS[language()]))


RESULTS = {
    "changed": _("was changed"),
    "upheld": _("stands"),
    "not-automated": _("was not made by a computer alone"),
}


def due_words(due: date, today: date) -> str:
    """How far off a date is: "3 days", "tomorrow", "today", "2 days late"."""
    days = (due - today).days
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("tomorrow")
    if days > 0:
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}


def urgency(due: date, today: date) -> str:
    """late, soon (within seven days) or calm: the word that colours a date."""
    days = (due - today).days
    return "late" if days < 0 else "soon" if days <= 7 else "calm"


CONTACT = {
    "address": _("Address"),
    "email": _("E-mail"),
    "phone": _("Phone"),
    "dpo": _("Data protection officer"),
}

SOURCE_KINDS = {
    "sql": _("Database"),
    "files": _("Files"),
    "http": _("Web service"),
    "manual": _("Asked for by hand"),
}

ON_ERASE = {
    "delete": _("rows are deleted"),
    "anonymise": _("rows are made anonymous"),
    "none": _("nothing can be erased"),
}


def stopped_uses(register: Register, channel: str) -> str:
    """What stops with a channel: the names of the register's purposes."""
    if channel == CONSENT:
        return gettext("what only consent allowed")
    found = [one.name.get(language()) for one in register.purposes if one.stopped_by() == channel]
    return ", ".join(found) or channel


def yes_no(value: bool) -> str:
    return gettext("yes") if value else gettext("no")


def source_error(error: str) -> str:
    """The plain words of a source's error code, and the technician's detail."""
    code, _colon, detail = error.partition(": ")
    known = SOURCE_ERRORS.get(code) or (BLOCKED_BY[code] if code in faults.CODES else None)
    return f"{known} ({detail})" if known and detail else str(known or error)
