"""Where things lie, by the names of sources and collections instead of their keys."""

from collections.abc import Iterable
from datetime import date

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cases.casework.mail import FAILED
from cases.casework.operators import register_of
from cases.casework.record.anchoring import MISSING
from cases.casework.workflow import BREACH, LEADS_NOWHERE
from cases.collection import run_commands
from cases.desk.wording import words
from cases.execution.amendments.meanwhile import LIFT, LIMIT
from cases.execution.deeds import CARRY_OUT, FORWARD, INFORM
from cases.execution.failed_actions import INTERIM_FAILED
from cases.execution.objections.probing import SILENT
from cases.execution.objections.suppressing import BY_HAND, STOPPING, UNKNOWN_THERE
from cases.identity import failed_search, known
from cases.identity.mandates.addressing import HAND_TO_PERSON
from cases.identity.people import protection
from cases.law.ending import Ending
from cases.models import Action, Case, Identifier, Run, Task
from cases.orders.calendar import ORDER_ENDS
from cases.registers.register import Register
from cases.sources import legal_refusals
from cases.sources.configured import NotConfigured, names_of, source_of
from cases.sources.error_words import advice
from cases.templatetags.desk import category, method, recipient_name

register = template.Library()
# Whose detail says that it is about a letter beside the answer.
SENT_ON = frozenset({HAND_TO_PERSON, *protection.FORWARD.values()})
AS_WRITTEN = frozenset({BREACH, MISSING})
ON_A_DAY = frozenset({*Ending, ORDER_ENDS})
TO_STOP = frozenset(f"{BY_HAND}{right}" for right in STOPPING) | {LIMIT, LIFT}


@register.simple_tag
def place(operator: str, source: str, collection: str) -> str:
    """A source and a collection of it, by their names in the reader's language."""
    return ", ".join(names_of(operator, source, collection, words.language()))


@register.simple_tag
def collection_name(operator: str, source: str, collection: str) -> str:
    return names_of(operator, source, collection, words.language())[1]


@register.simple_tag
def about(operator: str, written: str) -> str:
    """What a task or an identifier is about: source/collection by their names, a category, or words as they are."""
    source, slash, rest = written.partition("/")
    collection, dot, column = rest.partition(".")
    if not slash:
        return category(written)
    return place(operator, source, collection) + (f" ({column})" if dot else "")


@register.simple_tag
def origin(operator: str, written: str) -> str:
    """How an identifier was found: by proof, by a caseworker, or by a source (written as source/collection)."""
    return about(operator, written) if "/" in written else method(written.removeprefix("proof:"))


@register.simple_tag
def task_detail(task: Task) -> str:
    """What a task is about, in words: a recipient, a place in a source, or what was written."""
    if task.kind == INFORM:
        return recipient_name(register_of(task.operator), task.detail)
    if task.kind == FAILED:
        return str(words.MAILS.get(task.detail, task.detail))
    if task.kind in SENT_ON and task.detail:
        return _("the letter that a restriction ends")
    if task.kind in ON_A_DAY:
        return words.day(date.fromisoformat(task.detail))
    if task.kind in AS_WRITTEN:
        return task.detail
    if task.kind == SILENT:
        return source_name(task.operator_id, task.detail)
    if task.kind == INTERIM_FAILED:
        return words.source_error(task.detail)
    if task.kind in TO_STOP:
        return purpose_name(task)
    if task.kind == LEADS_NOWHERE:
        return leads_nowhere(task)
    if task.kind == UNKNOWN_THERE:
        where, _dot, channel = task.detail.rpartition(".")
        return f"{about(task.operator_id, where)}: {stopped_uses(register_of(task.operator), channel)}"
    return about(task.operator_id, task.detail)


@register.filter
def is_told_of(task: Task) -> bool:
    """Whether the person reads in the receipt that a person did this."""
    return task.order_id is None and (task.kind in {INFORM, FORWARD} or task.kind.startswith(CARRY_OUT))


def leads_nowhere(task: Task) -> str:
    """Which identifiers lead nowhere, and where people are found by what (`nowhere.told`)."""
    kinds, *places = task.detail.split("|")
    said = [_("%(kinds)s leads nowhere") % {"kinds": kinds_in_words(kinds.split("+"))}] if kinds else []
    for written in places:
        where, _sign, finding = written.partition(":")
        told = {"place": about(task.operator_id, where), "kinds": kinds_in_words(finding.split("+"))}
        said.append(_("%(place)s is searched by: %(kinds)s") % told)
    return "; ".join(said)


@register.filter
def masked(identifier: Identifier) -> str:
    return known.masked(identifier)


@register.filter
def kinds_in_words(kinds: Iterable[str]) -> str:
    """Kinds of identifiers by their names, one after the other."""
    return ", ".join(str(words.IDENTIFIERS.get(kind, kind)) for kind in kinds)


@register.simple_tag
def task_place(task: Task) -> str:
    """Where the rows of an erasure by hand lie; what follows a dot in the detail tells tasks at one place apart."""
    source, _slash, collection = task.detail.partition(".")[0].partition("/")
    return place(task.operator_id, source, collection)


@register.filter
def ticked(text: str) -> SafeString:
    """What stands between backticks as code, and everything escaped."""
    parts = enumerate(text.split("`"))
    return format_html_join(
        "", "{}", ((format_html("<code>{}</code>", part) if odd % 2 else part,) for odd, part in parts)
    )


@register.filter
def source_advice(error: str) -> str:
    """What to do about an error of a source."""
    return advice(error)


@register.simple_tag
def source_reasons(at: Run | Action) -> list[str]:
    """What the source itself says of why it refuses, while it does."""
    return (
        legal_refusals.reasons(at.case, at.source, at.collection) if legal_refusals.by_law(at.error) else []
    )


@register.simple_tag
def search_failure(case: Case) -> dict[str, str] | None:
    """What a person has to mend before the search for identifiers goes on; None for what passes by itself."""
    return failed_search.search_failure(case) if case.blocked_by == "source-failed" else None


@register.simple_tag
def source_told(run: Run) -> str:
    """What the letter gives the person as the reason why this collection was left out."""
    return legal_refusals.told(run) if run.status == Run.Status.LEFT_OUT else ""


@register.filter
def may_leave_out(run: Run) -> bool:
    return run_commands.refused(run) is not None


@register.simple_tag
def refused_run(action: Action) -> Run | None:
    """The run whose rows the source refuses to erase by law, where the case can go on without them."""
    run = action.case.runs.filter(source=action.source, collection=action.collection).first()
    return run if run and run_commands.refused(run) == action else None


def source_name(operator: str, source: str) -> str:
    """Its key where the description of the sources has a fault: the page that tells of it still has to stand."""
    try:
        return source_of(operator, source).name.get(words.language())
    except NotConfigured:
        return source


def purpose_name(task: Task) -> str:
    """The use that has to stop, by its name in the register; what needs consent where it is no use of its own."""
    found = [one for one in register_of(task.operator).purposes if one.code == task.detail]
    return (
        found[0].name.get(words.language())
        if found
        else words.stopped_uses(register_of(task.operator), task.detail)
    )


@register.simple_tag
def stopped_uses(of: Register, channel: str) -> str:
    """What stops with a channel, in words."""
    return words.stopped_uses(of, channel)
