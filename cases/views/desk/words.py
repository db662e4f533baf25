"""Plain words for the codes the desk shows. A code without words is shown as it is, never hidden."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cases.holdrules import rule
from cases.texts import Language

VERDICTS = {
    "give": _("give"),
    "redact": _("give, others hidden"),
    "describe": _("describe, no copy"),
    "withhold": _("withhold"),
    "delay": _("tell later"),
    "none": _("not personal data"),
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
    "granted": _("grant"),
    "refused": _("refuse"),
}

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

BLOCKS = {
    "proof-missing": _("waiting for the person's proof"),
    "nothing-matched": _("nothing matched the proof"),
    "claims-to-check": _("typed identifiers need a check"),
    "source-failed": _("a source does not answer"),
    "source-paused": _("a source is paused"),
    "register-incomplete": _("the register lacks something"),
    "decisions-open": _("decisions are open"),
    "answer-failed": _("the answer could not be prepared"),
    "execution-failed": _("a source still holds the data"),
    "verdicts-changed": _("verdicts changed since approval"),
    "waits-for-access": _("waits until the access answer is delivered"),
}

LEVELS = {
    "low": _("mailed code"),
    "substantial": _("electronic ID or a check by a caseworker"),
    "high": _("electronic ID at the high level"),
}

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
    "manual": _("vouched for"),
    "caseworker": _("checked by a caseworker"),
}

TASKS = {
    "ipred-notice": _("Tell the subscriber about the Ipred disclosure"),
    "rectify": _("Correct by hand what no source can correct"),
    "restrict": _("Restrict by hand"),
    "review": _("Look at this"),
    "inform-recipients": _("Tell the recipients (Art. 19)"),
}

READERS = {
    "subject": _("by the person"),
    "data-subject": _("by the person"),
    "staff": _("by staff"),
    "system": _("by a system"),
}


def rule_name(rule_id: str) -> str:
    """The plain name of a hold rule in the reader's language."""
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


SOURCE_ERRORS = {
    "unreachable": _("The source does not answer"),
    "timeout": _("The source takes too long"),
    "busy": _("The source is overloaded"),
    "denied": _("The source refuses our access"),
    "no-table": _("The table or file is not there"),
    "no-column": _("A configured column is not there"),
    "no-such": _("The source does not know this address"),
    "not-json": _("The source's answer can't be read"),
    "not-a-row": _("The source's answer can't be read"),
    "not-a-table": _("The source's answer can't be read"),
    "not-a-moment": _("A date in the source can't be read"),
    "secret-missing": _("A password or token is not set"),
    "time-zone-missing": _("The source's time zone is not set"),
    "too-many-identifiers": _("The source links more identifiers than one person has"),
    "key-not-unique": _("The configured key does not tell rows apart"),
    "sql": _("The database refuses the question"),
}

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

HAPPENED = {
    "case.received": _("Request received"),
    "case.closed": _("Case closed"),
    "case.assigned": _("Assigned"),
    "case.refused": _("Refusal proposed"),
    "case.withdrawn": _("Request withdrawn"),
    "case.reopened": _("Reopened"),
    "proof.given": _("Identity proven"),
    "stage.verification": _("Waiting for proof"),
    "stage.matching": _("Matching started"),
    "stage.collection": _("Gathering started"),
    "stage.holds": _("Everything gathered"),
    "stage.decisions": _("Law applied, decisions proposed"),
    "stage.answer": _("Answer asked for"),
    "stage.approval": _("Answer ready for approval"),
    "stage.execution": _("Approved"),
    "stage.delivery": _("Carried out"),
    "identifier.read": _("An identifier was shown in full"),
    "identifier.confirmed": _("A typed identifier confirmed"),
    "identifier.rejected": _("A typed identifier rejected"),
    "rows.read": _("Rows were shown in full"),
    "run.failed": _("A source failed"),
    "run.commanded": _("A source was paused or set going"),
    "decision.confirmed": _("Decision accepted"),
    "decision.confirmed-all": _("Decisions accepted"),
    "decision.changed": _("Decision changed"),
    "clock.paused": _("Clock paused"),
    "clock.resumed": _("Clock runs again"),
    "clock.extended": _("Deadline extended"),
    "answer.prepared": _("Answer prepared"),
    "answer.approved": _("Answer approved"),
    "answer.returned": _("Answer sent back"),
    "answer.previewed": _("Answer looked at"),
    "answer.fetched": _("Package fetched"),
    "register.loaded": _("New register version"),
    "order.registered": _("Order registered"),
    "order.ended": _("Order ended"),
    "task.done": _("Task done"),
    "source.tested": _("Source tested"),
    "member.added": _("Member added"),
    "member.removed": _("Member removed"),
}

ACTORS = {"system": _("by itself"), "data-subject": _("the person")}

_CODES = {"level": LEVELS, "kind": IDENTIFIERS, "outcome": VERDICTS, "proposed": VERDICTS, "method": METHODS}
_UNSAID = frozenset({"digest", "sha256", "came_from", "register", "register_sha256"})


def details(data: dict[str, object]) -> str:
    """The values of an audit entry in one line, codes in words; hashes are left to the export."""
    return ", ".join(
        _detail(key, value) for key, value in data.items() if key not in _UNSAID and value not in ("", None)
    )


def _detail(key: str, value: object) -> str:
    if isinstance(value, str) and value in _CODES.get(key, {}):
        return str(_CODES[key][value])
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if key == "due_on":
        return gettext("due %(date)s") % {"date": date_format(date.fromisoformat(str(value)), "j M Y")}
    if key == "right":
        return str(RIGHTS.get(str(value), value))
    if isinstance(value, str):
        return value
    return f"{key.replace('_', ' ')} {value}"


def yes_no(value: bool) -> str:
    return gettext("yes") if value else gettext("no")


def source_error(error: str) -> str:
    """The plain words of a source's error code, and the technician's detail."""
    code, _colon, detail = error.partition(": ")
    known = SOURCE_ERRORS.get(code)
    return f"{known} ({detail})" if known and detail else str(known or error)
