"""The values of an audit entry on one line, in words: names instead of keys, days, and what is counted."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.casework.operators import register_of
from cases.desk.wording import words
from cases.models import (
    AuditEntry,
    AuthorityRefusal,
    ClockEvent,
    Decision,
    Dispute,
    NumberUse,
    Operator,
    Paper,
    Partial,
    Run,
    Turn,
    User,
)
from cases.models.case import AuthorityKind, Channel, Marked, Outcome
from cases.models.evidence.authority import AnswerTo
from cases.models.operators import Role
from cases.models.orders import Ended
from cases.models.proof import Evidence
from cases.registers.categories import CATEGORIES
from cases.sources.configured import NotConfigured, names_of, source_of

CHANNELS = {
    **dict(Channel.choices),
    "form": _("the form"),
    "api": _("the API"),
    "webhook": _("its own address for this"),
    "by-hand": _("by hand"),
    "second-pass": _("a second pass"),
    "once-more": _("a stronger proof after the answer"),
    "supplement": _("an answer that lacked something"),
    "rest": _("an answer in two parts"),
    "anew": _("an answer whose time was over"),
}
ACTIONS = {
    "erase": _("erasure"),
    "suppress": _("objection"),
    "rectify": _("correction"),
    "restrict": _("restriction"),
}
REASONS = {
    "verdicts-changed": _("what the law says of the rows has changed"),
    "judged-again": _("a caseworker has the rows judged again"),
    "left-out": _("a source may not erase something by law"),
    "split": _("a part is answered later"),
    "together": _("what was split is put together again"),
    "gathered-damaged": _("a file of what was gathered was missing or damaged"),
    "order-changed": _("an order was registered or has ended"),
    "letters-changed": _("what letters say of this kind of data has changed"),
    "calendar": _("a holiday came to the calendar, or left it"),
}
# How an attempt with electronic identity ended.
ENDED = {
    "cancelled": _("the person stopped"),
    "away": _("the provider can't be reached"),
    "no-number": _("no national number was told"),
    "too-low": _("the level is too low"),
    "another": _("another person than the one we know"),
    "differs": _("another number than was typed"),
    "untrusted": _("the answer doesn't hold"),
}
# Why a text message is not on its way; what has no words here is the gateway's own code.
WHY = {
    "not-accepted": _("the gateway does not take it"),
    "no-gateway": _("there is no gateway any more"),
    "secret-missing": _("a secret of the gateway is missing"),
}
LETTERS = {
    "identity": _("question who asks"),
    "unidentified": _("closed, nobody proved who asks"),
    "lifting": _("end of a restriction"),
}
# How a mail came to nothing.
FAILED = {
    "refused": _("refused by the server"),
    "bounced": _("came back"),
    "given-up": _("no server took it for three days"),
    "unreadable": _("it can't be unsealed"),
    "rejected": _("not sent: the mailbox is not the person's"),
}
# Why a paper was deleted.
ENDS = {
    "checked": _("it was checked"),
    "over": _("its time was over"),
    "infected": _("a virus scanner found something harmful"),
    "taken-back": _("it was taken back"),
}
COUNTED = {
    "identifiers": _("identifiers: %(count)s"),
    "rows": _("rows: %(count)s"),
    "runs": _("collections: %(count)s"),
    "collections": _("collections: %(count)s"),
    "decisions": _("decisions: %(count)s"),
    "erased": _("erased: %(count)s"),
    "scheduled": _("erased later: %(count)s"),
    "gone": _("no longer there: %(count)s"),
    "passed_on": _("somebody else's by now: %(count)s"),
    "attempts": _("attempts: %(count)s"),
    "sent_again": _("mails that go out again: %(count)s"),
    "version": _("version %(count)s"),
    "days": _("days: %(count)s"),
    "order": _("order %(count)s"),
    "task": _("task %(count)s"),
    "paper": _("paper %(count)s"),
    "message": _("message %(count)s"),
    "messages": _("messages: %(count)s"),
    "note": _("note %(count)s"),
    "asked_with": _("identifiers: %(count)s"),
    "tokens": _("tokens: %(count)s"),
    "asked": _("asked for: %(count)s"),
    "listed": _("on the list: %(count)s"),
    "fetched": _("fetched: %(count)s"),
    "entries": _("entries: %(count)s"),
}
# How bad a breach of personal data is, and whether somebody was told of it: no, yes.
RISKS = {
    "unlikely": _("Unlikely to be a risk to the person"),
    "risk": _("A risk to the person"),
    "high": _("A high risk to the person"),
}
TOLD = {
    "authority_told": (_("the authority not told"), _("the authority told")),
    "person_told": (_("the person not told"), _("the person told")),
}
# What was not given: that something is needs no word.
GIVEN = {"traffic": _("traffic not given"), "location": _("location not given")}
# Hashes are left to the export; a match that succeeded says nothing more than that the line goes on.
_UNSAID = frozenset(
    {"digest", "sha256", "came_from", "register", "register_sha256", "fee", "collection", "breach"}
)
_CODES: dict[str, dict[str, Any]] = {
    "right": words.RIGHTS,
    "level": words.ASSURED,
    "kind": {
        **words.IDENTIFIERS,
        **words.TASKS,
        **words.MAILS,
        **ACTIONS,
        **dict(AuthorityKind.choices),
        **dict(Dispute.Kind.choices),
    },
    "outcome": {**words.VERDICTS, **dict(Outcome.choices)},
    "proposed": words.VERDICTS,
    "method": words.METHODS,
    "evidence": dict(Evidence.choices),
    "how": {**dict(Marked.choices), **FAILED},
    "letter": LETTERS,
    "channel": CHANNELS,
    "result": {**words.RESULTS, "ok": _("well")},
    "was": dict(Run.Status.choices),
    "who": words.READERS,
    "role": dict(Role.choices),
    "reason": REASONS,
    "rests_on": {**dict(ClockEvent.Ground.choices), **dict(Decision.Ground.choices)},
    "reopened": dict(Turn.Kind.choices),
    "because": dict(Ended.choices),
    "about": dict(Paper.About.choices),
    "scan": dict(Paper.Scan.choices),
    "ground": dict(AuthorityRefusal.Ground.choices),
    "answer_to": dict(AnswerTo.choices),
    "ended": ENDED,
    "ended_as": dict(Dispute.Ended.choices),
    "risk": RISKS,
    "why": {**WHY, **ENDS, **dict(Partial.Why.choices)},
    "used_by": dict(NumberUse.By.choices),
}
_DAYS = {
    "since": _("from %(date)s"),
    "until": _("until %(date)s"),
    "due_on": _("due %(date)s"),
    "answer_by": _("our statement by %(date)s"),
    "act_by": _("in effect by %(date)s"),
    "decided": "%(date)s",
    "lifts_on": "%(date)s",
    "covers_from": _("from %(date)s"),
    "covers_until": _("until %(date)s"),
}


def details(entry: AuditEntry) -> str:
    """What an audit entry says besides its action; "" for nothing a reader needs."""
    said = (_said(entry, key, value) for key, value in entry.data.items() if key not in _UNSAID)
    return ", ".join(each for each in said if each)


def _said(entry: AuditEntry, key: str, value: object) -> str:
    if key in TOLD:
        return str(TOLD[key][bool(value)])
    if value in ("", None) or value is True:
        return ""
    if key in GIVEN:
        return str(GIVEN[key])
    if key == "matched":
        return gettext("no source knows the person")
    if value is False:
        return ""
    if key == "source":
        return _place(entry, str(value))
    if isinstance(value, list):
        return _subjects(entry, list(map(str, value)))
    return _one(entry, key, value)


def _one(entry: AuditEntry, key: str, value: Any) -> str:
    if key in _DAYS:
        return str(_DAYS[key]) % {"date": words.day(date.fromisoformat(str(value)))}
    if key in COUNTED:
        return str(COUNTED[key]) % {"count": value}
    in_words: dict[str, Callable[[str], str]] = {
        "error": words.source_error,
        "code": words.source_error,
        "rule": words.rule_name,
        "subject": lambda code: _subjects(entry, [code]),
        "purpose": lambda code: _subjects(entry, [code]),
        "stopped": lambda channel: _stopped(entry, channel),
        "user": _member,
        "recipient": lambda name: _recipient(entry, name),
    }
    return in_words[key](str(value)) if key in in_words else str(_CODES.get(key, {}).get(value, value))


def _place(entry: AuditEntry, source: str) -> str:
    if collection := str(entry.data.get("collection", "")):
        return ", ".join(names_of(entry.operator, source, collection, words.language()))
    try:
        return source_of(entry.operator, source).name.get(words.language())
    except NotConfigured:
        return source


def _subjects(entry: AuditEntry, codes: list[str]) -> str:
    """Data categories and purposes by their names; anything else as it is."""
    known = {key: one.name.get(words.language()) for key, one in CATEGORIES.items()}
    if not known.keys() >= set(codes) and (operator := _operator(entry)):
        purposes = register_of(operator).purposes
        known |= {one.code: f"{one.code} {one.name.get(words.language())}" for one in purposes}
    return ", ".join(known.get(code, code) for code in codes)


def _stopped(entry: AuditEntry, channel: str) -> str:
    operator = _operator(entry)
    return words.stopped_uses(register_of(operator), channel) if operator else channel


def _recipient(entry: AuditEntry, key: str) -> str:
    operator = _operator(entry)
    known = operator is not None and key in register_of(operator).recipients
    return register_of(operator).recipient_name(key, words.language()) if operator and known else key


def _member(pk: str) -> str:
    """By the name that is signed in with: the number says nothing to who reads it."""
    known = User.objects.filter(pk=pk).values_list("username", flat=True).first()
    return known or gettext("user %(count)s") % {"count": pk}


def _operator(entry: AuditEntry) -> Operator | None:
    found = Operator.objects.select_related("register").filter(pk=entry.operator).first()
    return found if found and found.register else None
