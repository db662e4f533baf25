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
def table(content: str, look: str = "tight", *, by: str = "", label: str = "") -> str:
    """A table that scrolls sideways; its name is the heading with the id `by`, or else `label`."""
    return render_to_string(
        "_partials/table.html", {"content": content, "look": look, "by": by, "label": label}
    )


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
