"""The register of an operator: its record of processing, read from `operators/<slug>/register.toml`.

A register keeps apart what the policy states and what the operator filled in where the policy is silent
(`set_by_operator`). Decisions follow the policy; answers to the person print both, each marked as what it is.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import PrivateAttr

from cases.registers import coherence, readiness, remarks
from cases.registers.categories import CATEGORIES, Category
from cases.registers.content import RegisterContent
from cases.registers.processing import (
    Controller,
    Purpose,
)
from cases.registers.texts import Text
from connectors.description import tomlfile

__all__ = [
    "CATEGORIES",
    "Category",
    "Controller",
    "Purpose",
    "Register",
    "Text",
    "load_register",
    "parse_register",
]


class Register(RegisterContent):
    """A register as an operator has it in force, known by its hash, with what is made of it."""

    _sha256: str = PrivateAttr(default="")

    @property
    def sha256(self) -> str:
        """The hash of the file's content, by which a case names the version it was decided under."""
        return self._sha256

    def problems(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """What does not fit together in the file; see `cases.registers.coherence`."""
        return coherence.problems(self)

    def missing(self, categories: Iterable[str]) -> tuple[readiness.Missing, ...]:
        """What must be filled in before an access answer about exactly these categories can go out."""
        return readiness.missing(self, categories)

    def remarks(self, purpose: Purpose) -> tuple[Text, ...]:
        """What an answer adds about a purpose; see `cases.registers.remarks`."""
        return remarks.remarks(self, purpose)


def load_register(folder: Path) -> Register:
    """Reads the register in an operator's folder. Raises tomlfile.ConfigError."""
    path = folder / "register.toml"
    register = tomlfile.load(path, Register)
    if register.slug != folder.name:
        raise tomlfile.ConfigError(
            tomlfile.shown(path), 1, "slug", f"is `{register.slug}`, but the folder is called `{folder.name}`"
        )
    return _stamped(register, path.read_bytes().decode())


def parse_register(content: str, name: str) -> Register:
    """Reads a register that is kept as text, such as the version a case was decided under."""
    return _stamped(tomlfile.parse(content, name, Register), content)


def content_sha256(content: str) -> str:
    """The hash that names a version of a register, in hex."""
    return hashlib.sha256(content.encode()).hexdigest()


def _stamped(register: Register, content: str) -> Register:
    register._sha256 = content_sha256(content)
    return register
