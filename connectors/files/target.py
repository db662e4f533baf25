"""Which rows are to go, or to be anonymised."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from connectors.contract.base import Identifier, Key, SourceMisconfigured
from connectors.description.config import FilesCollection


@dataclass(frozen=True)
class Target:
    """The rows of a collection with these keys, or those of them that are still `whose`."""

    collection: FilesCollection
    keys: Sequence[Key] = field(repr=False)
    whose: Sequence[Identifier] | None = field(repr=False)
    hash_key: bytes = field(repr=False)

    @property
    def deleting(self) -> bool:
        return self.collection.on_erase != "anonymise"

    @cached_property
    def held(self) -> frozenset[str]:
        """The keys, each as JSON: 1, "1" and true are three. Raises SourceMisconfigured."""
        if any(isinstance(part, float) for key in self.keys for part in key):
            raise SourceMisconfigured("key-inexact", "a number too long, or with decimals, is no key")
        return frozenset(map(json.dumps, self.keys))
