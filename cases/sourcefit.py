"""Whether an operator's sources fit its register: a row has to belong to a category that the register speaks of."""

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from cases.categories import CATEGORIES
from cases.registers import Register
from connectors.config import Source
from connectors.tomlfile import Fault, fault_at


def faults(folder: Path, register: Register, sources: Sequence[Source]) -> Iterator[Fault]:
    """Every category in `folder/connectors.toml` that the register does not have, with its line."""
    for number, source in enumerate(sources):
        for index, collection in enumerate(source.collection):
            if collection.category not in register.categories:
                key = ("source", number, "collection", index, "category")
                yield fault_at(folder / "connectors.toml", key, _reason(register, collection.category))


def _reason(register: Register, category: str) -> str:
    if category in CATEGORIES:
        return f"`{category}` is not in register.toml: add it there, with the purposes it serves"
    near = difflib.get_close_matches(category, sorted(register.categories), n=1)
    return f"`{category}` is not a data category" + (f"; did you mean `{near[0]}`?" if near else "")
