"""What the audit log says, in words. An action without words is shown by its code."""

from datetime import date

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.views.desk import words

HAPPENED = {
    "case.received": _("Request received"),
    "case.closed": _("Case closed"),
    "case.assigned": _("Assigned"),
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
    "owner.asked": _("The owner of a system was asked"),
    "owner.asked-again": _("The owner of a system was asked again"),
    "owner.reminded": _("The owner of a system was reminded"),
    "owner.opened": _("What to look for was shown"),
    "owner.gave": _("A file was handed over"),
    "owner.took-back": _("What was handed over was taken back"),
    "owner.answered": _("The owner of a system has answered"),
    "run.failed": _("A source failed"),
    "run.commanded": _("A source was paused or set going"),
    "decision.confirmed": _("Decision accepted"),
    "decision.confirmed-all": _("Decisions accepted"),
    "decision.changed": _("Decision changed"),
    "clock.paused": _("Clock paused"),
    "clock.resumed": _("Clock runs again"),
    "clock.extended": _("Deadline extended"),
    "answer.delivered": _("Answer handed over"),
    "letter.read": _("Letter read"),
    "package.fetched": _("Package fetched"),
    "receipt.fetched": _("Receipt fetched"),
    "package.destroyed": _("Package destroyed, its time was over"),
    "action.failed": _("A source could not carry it out"),
    "action.retried": _("Tried again at the source"),
    "objection.undone": _("A source no longer obeys the objection"),
    "objection.again": _("The objection is in force again"),
    "interim.taken": _("Interim measure in force"),
    "rows.erased": _("Rows erased"),
    "rows.erased-on-schedule": _("Kept rows erased after their last day"),
    "correction.proposed": _("A correction written down"),
    "correction.removed": _("A correction taken back"),
    "correction.settled": _("Decided by the corrections"),
    "review.recorded": _("An automated decision looked at again"),
    "abuse.found": _("Found unfounded or excessive"),
    "abuse.withdrawn": _("Answered after all"),
    "rows.rectified": _("A value corrected at the source"),
    "rows.restricted": _("Rows restricted at the source"),
    "restriction.announced": _("End of the restriction announced"),
    "restriction.lifted": _("Restriction lifted"),
    "recipient.to-tell": _("A recipient has to be told"),
    "notice.written": _("Notice to the subscriber written"),
    "cleared.assessed": _("Judged with clearance"),
    "cleared.annex-read": _("Cleared annex read"),
    "recipient.told": _("A recipient was told"),
    "recipient.not-told": _("A recipient could not be told"),
    "mail.failed": _("A mail could not be delivered"),
    "proof.asked": _("Proof asked for again"),
    "proof.reminded": _("Reminded of the proof"),
    "task.opened": _("Task opened"),
    "token.made": _("API token made"),
    "token.revoked": _("API token revoked"),
    "register.loaded": _("New register version"),
    "order.registered": _("Order registered"),
    "order.ended": _("Order ended"),
    "task.done": _("Task done"),
    "source.failing": _("A source can't be read any more"),
    "source.well": _("A source can be read again"),
    "source.tested": _("Source tested"),
    "member.added": _("Member added"),
    "member.password-made": _("New first password made"),
    "member.removed": _("Member removed"),
}

ACTORS = {
    "system": _("by itself"),
    "data-subject": _("the person"),
    "source-owner": _("the owner of the system"),
}

_CODES = {
    "level": words.LEVELS,
    "kind": words.IDENTIFIERS,
    "outcome": words.VERDICTS,
    "proposed": words.VERDICTS,
    "method": words.METHODS,
}
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
        return gettext("due %(date)s") % {"date": words.day(date.fromisoformat(str(value)))}
    if key == "right":
        return str(words.RIGHTS.get(str(value), value))
    if isinstance(value, str):
        return value
    return f"{key.replace('_', ' ')} {value}"
