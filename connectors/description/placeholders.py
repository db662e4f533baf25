"""The `{names}` in paths, parameters and bodies."""

import re

from pydantic import JsonValue

NAME = re.compile(r"\{([^{}\s]+)\}")


def names(template: JsonValue) -> set[str]:
    """The names in braces, anywhere in a text, table or list."""
    if isinstance(template, str):
        return set(NAME.findall(template))
    parts = (
        template.values() if isinstance(template, dict) else template if isinstance(template, list) else ()
    )
    return set().union(*(names(part) for part in parts))
