"""Plain words for the codes the desk shows. A code without words is shown as it is, never hidden."""

from datetime import date

from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

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
}

RULES = {
    "CONTRACT": _("Needed for the running contract"),
    "SE-BFL": _("Bookkeeping act 7:2 (Sweden)"),
    "DK-BFL": _("Bookkeeping act, section 12 (Denmark)"),
    "SE-LEK-TEL": _("Logged telephony, LEK 9:22"),
    "SE-LEK-LOC": _("Logged location, LEK 9:22"),
    "SE-LEK-NET": _("Logged internet access, LEK 9:22"),
    "SE-LEK-EQP": _("Logged equipment, LEK 9:22"),
    "SE-LEK-ORDER": _("Preservation order, LEK 9:22 (Sweden)"),
    "SE-PREPAID": _("Prepaid register, LEK 9:24"),
    "SE-BILL": _("Traffic data for an open invoice, LEK 9:2"),
    "SE-CLAIM": _("Open claim, Limitations act (Sweden)"),
    "DK-CLAIM": _("Open claim, Limitation act (Denmark)"),
    "DK-LOG-GEN": _("General logging, section 786 e (Denmark)"),
    "DK-LOG-NET": _("Logged internet access, section 786 f (Denmark)"),
    "DK-LOG-TGT": _("Targeted logging (Denmark)"),
    "DK-HASTE": _("Urgent preservation (Denmark)"),
    "DK-CONSENT": _("Proof of consent, two years (Denmark)"),
    "SE-AML": _("Anti-money-laundering act (Sweden)"),
    "DK-AML": _("Anti-money-laundering act (Denmark)"),
    "SE-IPRED-NOTICE": _("Notice to the subscriber, Copyright act 53 f"),
    "SE-IPRED-PENDING": _("Pending information order, Copyright act 53 c"),
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
    "phone": _("phone number"),
    "msisdn": _("phone number"),
    "customer_no": _("customer number"),
    "national_id": _("national identity number"),
    "personnummer": _("personnummer"),
    "cpr": _("CPR number"),
    "name": _("name"),
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


def due_words(due: date, today: date) -> str:
    """How far off a date is: "3 days", "tomorrow", "today", "2 days late"."""
    days = (due - today).days
    if days == 0:
        return _g("today")
    if days == 1:
        return _g("tomorrow")
    if days > 0:
        return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
    return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": -days}


def urgency(due: date, today: date) -> str:
    """late, soon (within seven days) or calm: the word that colours a date."""
    days = (due - today).days
    return "late" if days < 0 else "soon" if days <= 7 else "calm"
