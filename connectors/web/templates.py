"""Paths, parameters and bodies with `{names}` in them."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from pydantic import JsonValue

_NAME = re.compile(r"\{(\w+)\}")


def names(template: JsonValue) -> set[str]:
    """The names in braces, anywhere in a text, table or list."""
    if isinstance(template, str):
        return set(_NAME.findall(template))
    parts = (
        template.values() if isinstance(template, dict) else template if isinstance(template, list) else ()
    )
    return set().union(*(names(part) for part in parts))


def filled(template: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue:
    """The template with its names replaced. A text that is nothing but a name becomes the value itself."""
    if isinstance(template, str):
        if (whole := _NAME.fullmatch(template)) and whole[1] in values:
            return values[whole[1]]
        return _NAME.sub(lambda found: str(values.get(found[1], found[0])), template)
    if isinstance(template, dict):
        return {name: filled(part, values) for name, part in template.items()}
    return [filled(part, values) for part in template] if isinstance(template, list) else template


def path(template: str, values: Mapping[str, JsonValue]) -> str:
    """A path whose values cannot lead out of their place, whatever they contain."""
    return _NAME.sub(lambda found: _segment(str(values.get(found[1], found[0]))), template)


def params(template: Mapping[str, str], values: Mapping[str, JsonValue]) -> dict[str, str]:
    """Query parameters; those that name something we do not have, or have empty, are left out."""
    wanted = {name: value for name, value in template.items() if names(value) <= values.keys()}
    made = {name: str(filled(value, values)) for name, value in wanted.items()}
    return {name: value for name, value in made.items() if value}


def _segment(value: str) -> str:
    return quote(value, safe="") if value.strip(".") else value.replace(".", "%2E")
