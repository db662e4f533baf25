"""Where things lie, by the names of sources and collections instead of their keys."""

from django import template

from cases.art19 import TASK as INFORM
from cases.models import Task
from cases.operators import names_of, register_of
from cases.templatetags.desk import category, method, recipient_name
from cases.views.desk import words

register = template.Library()


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
    return about(task.operator_id, task.detail)
