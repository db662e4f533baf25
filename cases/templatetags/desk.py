"""Words, dates and numbers as the desk shows them."""

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language_info, gettext

from cases.assessment import refusing
from cases.casework.workflow import BLOCKED_BY
from cases.desk.nav import NavItem, nav
from cases.desk.tasks import visible_tasks
from cases.desk.wording import words
from cases.execution.erasure import over_retained
from cases.execution.objections.stoplist import UNDONE
from cases.law.reasons import Reason, restored, say
from cases.law.unbroken import tied
from cases.models import Decision, OverRetained
from cases.registers.categories import CATEGORIES
from cases.registers.register import Register

register = template.Library()


@register.filter
def due_words(due: date, today: date | None = None) -> str:
    return words.due_words(due, today or timezone.localdate())


@register.filter
def urgency(due: date, today: date | None = None) -> str:
    return words.urgency(due, today or timezone.localdate())


@register.filter(expects_localtime=True)
def long_date(value: date | None) -> str:
    """Thu 14 Jan 2027, in the reader's language."""
    return words.day(value, weekday=True) if value else ""


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """14 Jan 2027, in the reader's language."""
    return words.day(value) if value else ""


@register.filter
def last_day(end: datetime | None) -> str:
    """The last day of an interval that ends before this moment; "" for one without end."""
    # Intervals are half-open: their end is no longer within them.
    return day(timezone.localtime(end - timedelta(microseconds=1))) if end else ""


@register.filter
def month(value: date) -> str:
    """Jan 2027, in the reader's language."""
    return tied(date_format(value, "M Y" if words.language() == "en" else "b Y"))


@register.simple_tag
def moment(value: datetime | None) -> str | SafeString:
    """A time to the minute, with seconds and zone on hover."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        local.isoformat(timespec="seconds"),
        f"{words.day(local)} {local:%H:%M:%S} {local.tzname()}",
        f"{words.day(local)} {local:%H:%M}",
    )


@register.filter
def can_be_refused(decision: Decision) -> bool:
    """Whether somebody can refuse this part by a ground of the law."""
    return refusing.may_be_refused(decision)


@register.filter
def category(key: str) -> str:
    """The name of a data category in the reader's language; anything else (a purpose code) as it is."""
    known = CATEGORIES.get(key)
    return known.name.get(words.language()) if known else key


@register.filter
def text(value: object) -> str:
    """A Text of the register in the reader's language."""
    return value.get(words.language()) if hasattr(value, "get") else str(value)


@register.filter
def right(code: str) -> str:
    """The short name of a right, as the desk says it."""
    return str(words.RIGHTS.get(code, code))


@register.filter
def verdict(code: str, of_right: str = "") -> str:
    """A verdict; what a right has nothing to do with is untouched by it, which is no word on what the data are."""
    untouched = code == "none" and of_right and of_right not in words.GIVES_OR_ERASES
    return str(words.UNTOUCHED if untouched else words.VERDICTS.get(code, code))


@register.filter
def rule(code: str) -> str:
    return words.rule_name(code) if code else ""


@register.filter
def blocked(code: str) -> str:
    return str(BLOCKED_BY.get(code, code.replace("-", " ")))


@register.filter
def assured(code: str) -> str:
    """How sure an electronic identity is, in one word."""
    return str(words.ASSURED[code])


@register.filter
def kind(code: str) -> str:
    return str(words.IDENTIFIERS.get(code, code.replace("_", " ")))


@register.filter
def why(reason: Reason | dict[str, Any]) -> str:
    """The sentence of a reason, as the law gave it or as it is stored; "" for none."""
    found = restored(reason) if isinstance(reason, dict) else reason
    return say(found, words.language(), long_date) if found else ""


@register.filter
def is_category(subject: str) -> bool:
    return subject in CATEGORIES


@register.filter
def purpose_name(operator_register: Register, code: str) -> str:
    """The name of a purpose; "" for a code this register does not have."""
    names = {purpose.code: purpose.name for purpose in operator_register.purposes}
    return names[code].get(words.language()) if code in names else ""


@register.filter
def recipient_name(operator_register: Register, key: str) -> str:
    """The name of a recipient of the register; a name from a record as it is."""
    known = key in operator_register.recipients
    return operator_register.recipient_name(key, words.language()) if known else key


@register.filter
def spoken(code: str) -> str:
    """The name of a language inside a sentence: "Swedish", but "svenska"."""
    name = gettext(get_language_info(code)["name"])
    return name if words.language() == "en" else name.lower()


@register.filter
def method(code: str) -> str:
    return str(words.METHODS.get(code, code))


@register.filter
def result(code: str) -> str:
    """What a second look came to, as the end of a sentence about the decision."""
    return str(words.RESULTS.get(code, code))


@register.filter
def task(code: str) -> str:
    return str(words.TASKS.get(code, code.replace("-", " ")))


@register.filter
def who(code: str) -> str:
    return str(words.READERS.get(code, code))


@register.filter
def time_left(seconds: int) -> str:
    """A rough "1 min left": nobody believes seconds."""
    minutes = -(-seconds // 60)
    return (
        gettext("%(minutes)s min left") % {"minutes": minutes}
        if seconds > 20
        else gettext("a few seconds left")
    )


@register.filter
def run_colour(status: str) -> str:
    return {
        "done": "ok",
        "failed": "late",
        "retrying": "attention",
        "paused": "stopped",
        "not-proven": "stopped",
        "left-out": "stopped",
        "unsearched": "stopped",
    }.get(status, "muted")


@register.filter
def source_error(error: str) -> str:
    return words.source_error(error)


@register.simple_tag(takes_context=True)
def operator_name(context: Context, slug: str) -> str:
    """What the desk calls an operator: with its country where two share a name."""
    return str(context["request"].operator_names.get(slug, slug))


@register.simple_tag(takes_context=True)
def desk_nav(context: Context) -> list[NavItem]:
    """The desk's pages this user can open; the one that is open is marked."""
    return nav(context["request"])


@register.filter
def must_be_given(one: OverRetained) -> bool:
    """Whether the person gets these rows before they are erased."""
    return over_retained.must_be_given(one)


@register.simple_tag(takes_context=True)
def objections_undone(context: Context) -> int:
    """How many objections sources no longer obey, at the operators this user sees."""
    return visible_tasks(context["request"].user).filter(kind=UNDONE, done_at=None).count()


@register.filter
def source_kind(code: str) -> str:
    return str(words.SOURCE_KINDS.get(code, code))


@register.filter
def on_erase(code: str) -> str:
    return str(words.ON_ERASE.get(code, code))
