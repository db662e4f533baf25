"""Paths, parameters and bodies with their `{names}` filled in."""

from collections.abc import Mapping
from urllib.parse import quote

from pydantic import JsonValue

from connectors.contract.base import SourceMisconfigured
from connectors.description.placeholders import NAME, names


def filled(template: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue:
    """The template with its names replaced; parts that name something we do not have, or have empty, are left out.

    A text that is nothing but a name becomes the value itself, a number for example.
    """
    if isinstance(template, str):
        if (whole := NAME.fullmatch(template)) and whole[1] in values:
            return values[whole[1]]
        return NAME.sub(lambda found: str(values.get(found[1], "")), template)
    if isinstance(template, dict):
        return {name: filled(part, values) for name, part in template.items() if _complete(part, values)}
    if isinstance(template, list):
        return [filled(part, values) for part in template if _complete(part, values)]
    return template


def path(template: str, values: Mapping[str, JsonValue]) -> str:
    """A path whose values cannot lead out of their place, whatever they contain. Raises SourceMisconfigured."""
    if missing := sorted(name for name in names(template) if values.get(name) in (None, "")):
        raise SourceMisconfigured("no-value", f"nothing to put for {', '.join(missing)} in a path")
    return NAME.sub(lambda found: _segment(str(values[found[1]])), template)


def params(template: Mapping[str, str], values: Mapping[str, JsonValue]) -> dict[str, str]:
    """Query parameters; those that name something we do not have, or have empty, are left out."""
    made = filled(dict(template), values)
    assert isinstance(made, dict)
    return {name: _plain(value) for name, value in made.items() if value != ""}


def _complete(part: JsonValue, values: Mapping[str, JsonValue]) -> bool:
    """Whether a text has all its values; tables and lists leave out what lacks them inside."""
    return not isinstance(part, str) or all(values.get(name) not in (None, "") for name in names(part))


def _plain(value: JsonValue) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _segment(value: str) -> str:
    # `..` would lead out of its place, and quoting leaves dots alone.
    return quote(value, safe="") if value.strip(".") else value.replace(".", "%2E")
