"""Secrets are named in the configuration and live elsewhere."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from connectors.base import SourceMisconfigured

# As in `//user:password@host`, or among the parameters.
_PASSWORD = re.compile(
    r"//[^/:@\s]*:[^@]+@|[?&;][^=&]*(password|passwd|pwd|secret|token|key)=", re.IGNORECASE
)
_MISSPELT = re.compile(r"[a-z]{2,5}:(?!/)[A-Z0-9_]+$")
POINT_AT_IT = "write `env:NAME` or `file:PATH`; no secret belongs in this file"


def reference(value: str) -> bool:
    """Whether the text points at a secret: `env:NAME` or `file:PATH`."""
    return value.startswith(("env:", "file:")) and not value.startswith("file://")


def resolve(value: str, environ: Mapping[str, str]) -> str:
    """What the text points at, or the text itself. Raises SourceMisconfigured naming what is missing."""
    if not reference(value):
        return value
    kind, _, name = value.partition(":")
    if kind == "env":
        return _from_environment(name, environ)
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SourceMisconfigured("secret-missing", f"file:{name} cannot be read") from None


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    if file := environ.get(f"{name}_FILE"):
        return resolve(f"file:{file}", environ)
    if not environ.get(name):
        raise SourceMisconfigured("secret-missing", f"{name} is not set in the environment")
    return environ[name]


def _pointed_at(value: str) -> str:
    if not reference(value):
        raise ValueError(POINT_AT_IT)
    return value


def _without_password(value: str) -> str:
    if reference(value):
        return value
    if _PASSWORD.search(value):
        raise ValueError("holds a password; write `env:NAME` or `file:PATH` instead")
    if _MISSPELT.match(value):
        raise ValueError("is neither an address nor a reference; did you mean `env:NAME`?")
    return value


Secret = Annotated[str, Field(min_length=5), AfterValidator(_pointed_at)]
Address = Annotated[str, Field(min_length=1), AfterValidator(_without_password)]
