"""Words for what is counted."""

from datetime import date

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.desk.wording.words import VERDICTS, language, rule_name
from cases.law.unbroken import tied

WAITS = {
    "person": _("The person"),
    "approver": _("An approver"),
    "desk": _("The desk"),
    "owner": _("The owner of a system"),
    "source": _("A source"),
    "nobody": _("Nobody: it goes on by itself"),
}
GROUNDS = {
    "abuse": _("Manifestly unfounded or excessive (Art. 12(5))"),
    "fee": _("A fee is asked for (Art. 12(5))"),
    "authority": _("The authority to ask for another was not accepted"),
    "correction": _("A correction was not accepted"),
    "source-law": _("A system may not hand it over by law"),
}


def ground(code: str) -> str:
    """A ground of ours, a decision's outcome, or the name of the rule of law that keeps the data."""
    if said := GROUNDS.get(code) or VERDICTS.get(code):
        return capfirst(str(said))
    return rule_name(code) if code else gettext("Not told")


def month(first: date) -> str:
    """Jan 2027, in the reader's language."""
    return tied(date_format(first, "M Y" if language() == "en" else "b Y"))
