"""How charts of a letter are drawn, and how cells find their columns."""

import re
from collections.abc import Iterator

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from cases.models import Case, Order
from exports.answer import stops
from exports.answer.tries import course
from exports.letter.document import Chart, Column, Table
from exports.models import Answer
from exports.notices import rights_holder

# Of the web or of mail, as a text names them; what closes a sentence behind it is no part of it.
ADDRESS = re.compile(
    r"https?://[^\s<>()\[\]\"']*[\w/]|\bwww\.[\w-]+(?:\.[\w-]+)+(?:/[\w./-]*\w)?"
    r"|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.ASCII,
)
WIDTH, HEIGHT = 640, 70
LONG = 16  # characters without a space: what a narrow column may break
register = template.Library()


@register.filter
def notice_open(order: Order | None) -> bool:
    """Whether the notice to the subscriber can be written today."""
    return order is not None and rights_holder.is_open(order)


@register.simple_tag
def how_far(case: Case) -> course.Far | None:
    """How far the case's answer is, while it is being written."""
    answer = case.answers.filter(status=Answer.Status.BUILDING).first()
    return course.far(answer) if answer else None


@register.filter
def why_not_built(error: str) -> str:
    """Why an answer could not be built, and what to do."""
    return stops.in_words(error)


@register.filter
def in_words(chart: Chart) -> str:
    """What a chart shows, for who does not see it; its numbers stand below it."""
    return chart.told or f"{chart.caption}: {', '.join(f'{bar.label} {bar.shown}' for bar in chart.bars)}"


@register.filter
def linked(text: str) -> SafeString:
    """The text with its addresses as links, and line breaks as such."""
    parts, at = list[str](), 0
    for found in ADDRESS.finditer(text):
        said = found[0]
        scheme = "mailto:" if "@" in said else "" if said.startswith("http") else "https://"
        parts += [escape(text[at : found.start()]), f'<a href="{escape(scheme + said)}">{escape(said)}</a>']
        at = found.end()
    parts.append(escape(text[at:]))
    # Each part was escaped.
    return mark_safe("".join(parts).replace("\n", "<br>"))  # noqa: S308


@register.filter
def rectangles(chart: Chart) -> Iterator[dict[str, str]]:
    """The bars as SVG rectangles in a box of 640 by 70, standing on its lower edge."""
    highest = max((bar.value for bar in chart.bars), default=0) or 1
    step = WIDTH / len(chart.bars)
    for n, bar in enumerate(chart.bars):
        height = HEIGHT * bar.value / highest
        box = {"x": (n + 0.1) * step, "y": HEIGHT - height, "width": 0.8 * step, "height": height}
        yield {name: f"{value:.1f}" for name, value in box.items()}


@register.filter
def cells(table: Table) -> Iterator[list[tuple[str, Column, bool]]]:
    """The rows as (text, column, whether a word in it is too long for a narrow column)."""
    for row in table.rows:
        long = (any(len(word) > LONG for word in text.split()) for text in row)
        yield list(zip(row, table.columns, long, strict=True))
