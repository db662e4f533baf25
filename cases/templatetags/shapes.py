"""Shapes that many pages share; the HTML of each is the template in `_partials/` that bears its name."""

from typing import Any

from django import template
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse

register = template.Library()


@register.simple_block_tag
def band(content: str, key: str, title: str) -> str:
    """A section of a page with its heading beside it; `key` is its anchor, and `key`-h that of the heading."""
    return render_to_string("_partials/band.html", {"content": content, "key": key, "title": title})


@register.simple_block_tag
def table(content: str, look: str = "tight", *, by: str = "", label: str = "", key: str = "") -> str:
    """A table that scrolls sideways; its name is the heading with the id `by`, or else `label`."""
    context = {"content": content, "look": look, "by": by, "label": label, "key": key}
    return render_to_string("_partials/table.html", context)


@register.inclusion_tag("_partials/columns.html")
def columns(*titles: str, numeric: str = "", actions: bool = False) -> dict[str, Any]:
    """The head of a table. `numeric`: which columns hold numbers, as "2 3", counted from 1.

    `actions`: a last column of buttons, whose title only a screen reader says.
    """
    numbers = {int(place) for place in numeric.split()}
    return {
        "columns": [(title, place in numbers) for place, title in enumerate(titles, 1)],
        "actions": actions,
    }


@register.simple_block_tag(takes_context=True)
def act(context: Context, content: str, title: str, view: str, *args: object) -> str:
    """A form folded away under its title; what is sent goes to the view of this name with these arguments."""
    return render_to_string(
        "_partials/act.html",
        {
            "content": content,
            "title": title,
            "action": reverse(view, args=args),
            "csrf_token": context.get("csrf_token"),
        },
    )


@register.inclusion_tag("_partials/button.html")
def button(
    label: str, view: str, *args: object, look: str = "", key: str = "", about: str = ""
) -> dict[str, Any]:
    """A button that is a form of its own. `about` is said to a screen reader after the label, never shown."""
    return {"label": label, "action": reverse(view, args=args), "look": look, "key": key, "about": about}
