"""What is written out to a person: dates, and what they asked."""

from datetime import date

from babel.dates import format_date
from django import template
from django.utils.translation import get_language

from cases.law.unbroken import tied
from cases.models import Case
from cases.public import rights

register = template.Library()


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """21 november 2026, 21. november 2026 or 21 November 2026; empty for None."""
    # The plain English of this library is American.
    language = get_language() or "en"
    return tied(format_date(value, "long", "en_GB" if language == "en" else language)) if value else ""


@register.filter
def wanted(case: Case) -> str:
    """What was asked, in the words of whoever asked it."""
    return str(rights.wanted(case.right, for_other=case.for_other))
