"""The data categories that all operators share, C01 to C27: the table is `categories.toml`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, RootModel, model_validator

from cases.registers.texts import Frozen, Sentences, Text
from connectors.description import tomlfile

Proof = Literal["low", "substantial", "high"]
# Who has no electronic identity: a channel the operator knew before, a shop, a code by letter, a caseworker's check.
WayKind = Literal["known-channel", "shop", "letter", "caseworker"]
Nature = Literal["given", "observed", "inferred", "third-party", "internal", "held-by-law"]


class Category(Frozen):
    """One kind of personal data. `nature` says how it came about, `proof` how well a person must have shown
    who he or she is before it is handed out, unless a register says otherwise. `of_others`: its rows often tell of
    somebody else as well, whose rights a copy must not harm (Article 15(4) GDPR)."""

    key: str
    code: str
    nature: Nature
    proof: Proof = "low"
    of_others: bool = False
    name: Text
    description: Text


class _Table(RootModel[dict[str, Category]]):
    @model_validator(mode="before")
    @classmethod
    def _keyed(cls, rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {key: {"key": key, **row} for key, row in rows.items()}


CATEGORIES: dict[str, Category] = tomlfile.load(Path(__file__).with_suffix(".toml"), _Table).root


class CategoryEntry(Frozen):
    """A data category as this operator handles it. `retention` is what the policy states; None means that it
    states none and the operator has to. `cleared_only`: only security-cleared staff may see the rows. `ways`: how
    somebody without an electronic identity may show who they are here; none named, every way that is strong enough."""

    key: str
    code: str
    nature: Nature
    name: Text
    description: Text
    proof: Proof
    retention: Sentences | None = None
    cleared_only: bool = False
    ways: tuple[WayKind, ...] = ()
    of_others: bool = False


def _with_shared_words(entries: Any) -> Any:
    """A category that says nothing of its own has the shared table's name, description and proof level."""
    if not isinstance(entries, Mapping):
        return entries
    return {key: _entry(key, own) if isinstance(own, Mapping) else own for key, own in entries.items()}


def _entry(key: str, own: Mapping[str, Any]) -> dict[str, Any]:
    # an unknown key borrows a row, so that the complaint is about the key and not about what it lacks
    shared = CATEGORIES.get(key) or next(iter(CATEGORIES.values()))
    return {**dict(shared), "key": key, **own}


Entries = Annotated[dict[str, CategoryEntry], BeforeValidator(_with_shared_words)]
