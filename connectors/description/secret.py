"""Secrets are named in the configuration and live elsewhere."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from connectors.contract.base import SourceMisconfigured

# As in `//user:password@host`, or among the parameters.
_PASSWORD = re.compile(
    r"//[^/:@\s]*:[^@]+@|[?&;][^=&]*(password|passwd|pwd|secret|token|key)=", re.IGNORECASE
)
# Like `evn:CRM_URL`, which would else be taken for an address.
_MISSPELT = re.compile(r"[a-z]{2,5}:(?!/)[A-Z0-9_]+$")
_HOST = re.compile(r"[\w.-]+|[0-9a-fA-F:]+")
WEB_ADDRESS = "begins with http:// or https://, and a host: https://files.example.com:9000"
POINT_AT_IT = "write `env:NAME` or `file:PATH`; no secret belongs in this file"


def reference(value: str) -> bool:
    """Whether the text points at a secret: `env:NAME` or `file:PATH`."""
    # What begins like this is an address.
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
    except (OSError, ValueError):
        raise SourceMisconfigured("secret-missing", f"file:{name} cannot be read") from None


def is_web_address(value: str) -> bool:
    """Whether the text is an address of the web: protocol, host, perhaps a port."""
    try:
        parts = urlsplit(value)
        whole = parts.scheme in ("http", "https") and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return whole and _HOST.fullmatch(parts.hostname or "") is not None


def _from_environment(name: str, environ: Mapping[str, str]) -> str:
    if file := environ.get(f"{name}_FILE"):
        return resolve(f"file:{file}", environ)
    if not environ.get(name):
        raise SourceMisconfigured("secret-missing", f"{name or 'env:'} is not set in the environment")
    return environ[name]


def _pointed_at(value: str) -> str:
    if not reference(value) or not value.partition(":")[2]:
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


Secret = Annotated[str, AfterValidator(_pointed_at)]
Address = Annotated[str, Field(min_length=1), AfterValidator(_without_password)]
