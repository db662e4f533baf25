"""The data categories that all operators share, C01 to C27: the table is `categories.toml`."""

from pathlib import Path
from typing import Any, Literal

from pydantic import RootModel, model_validator

from cases.texts import Frozen, Text
from connectors import tomlfile

Proof = Literal["low", "substantial", "high"]
Nature = Literal["given", "observed", "inferred", "third-party", "internal", "held-by-law"]


class Category(Frozen):
    """One kind of personal data. `nature` says how it came about, `proof` how well a person must have shown
    who he or she is before it is handed out, unless a register says otherwise."""

    key: str
    code: str
    nature: Nature
    proof: Proof = "low"
    name: Text
    description: Text


class _Table(RootModel[dict[str, Category]]):
    @model_validator(mode="before")
    @classmethod
    def _keyed(cls, rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {key: {"key": key, **row} for key, row in rows.items()}


CATEGORIES: dict[str, Category] = tomlfile.load(Path(__file__).with_suffix(".toml"), _Table).root
