"""Words, dates and numbers as the desk shows them."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cases.categories import CATEGORIES
from cases.reasons import Reason, say
from cases.texts import Language
from cases.views.desk import words

register = template.Library()


@register.filter
def due_words(due: date, today: date | None = None) -> str:
    return words.due_words(due, today or timezone.localdate())


@register.filter
def urgency(due: date, today: date | None = None) -> str:
    return words.urgency(due, today or timezone.localdate())


@register.filter
def long_date(value: date | None) -> str:
    """Thu 14 Jan 2027, in the reader's language."""
    return date_format(value, "D j M Y") if value else ""


@register.simple_tag
def moment(value: datetime | None) -> str | SafeString:
    """A time to the minute, with seconds and zone on hover."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{date_format(local, 'j M Y H:i:s')} {local.tzname()}",
        date_format(local, "j M Y H:i"),
    )


@register.filter
def category(key: str) -> str:
    """The name of a data category in the reader's language; anything else (a purpose code) as it is."""
    known = CATEGORIES.get(key)
    return known.name.get(_language()) if known else key


@register.filter
def text(value: object) -> str:
    """A Text of the register in the reader's language."""
    return value.get(_language()) if hasattr(value, "get") else str(value)


@register.filter
def verdict(code: str) -> str:
    return str(words.VERDICTS.get(code, code))


@register.filter
def rule(code: str) -> str:
    return str(words.RULES.get(code, code))


@register.filter
def blocked(code: str) -> str:
    return str(words.BLOCKS.get(code, code.replace("-", " ")))


@register.filter
def level(code: str) -> str:
    return str(words.LEVELS.get(code, code))


@register.filter
def kind(code: str) -> str:
    return str(words.IDENTIFIERS.get(code, code.replace("_", " ")))


@register.filter
def why(reason: Reason) -> str:
    """The sentence of a reason or of one step of the clock."""
    return say(reason, _language(), long_date)


def _language() -> Language:
    language = get_language()
    return "sv" if language == "sv" else "da" if language == "da" else "en"
