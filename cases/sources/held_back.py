"""A desk that stands still reads what it likes and changes nothing at any source, whoever asks for it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from cases.casework import standstill
from cases.casework.workflow import Refusal
from connectors.contract.base import Connector

CHANGES = frozenset({"erase", "restrict", "rectify", "suppress"})


def held_back(connector: Connector) -> Connector:
    """The same connector. Stages ask before they begin; a button, or a deed that forgot to, gets Refusal held-back."""
    return cast(Connector, _HeldBack(connector))


class _HeldBack:
    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._connector, name)
        return _asking_first(method) if name in CHANGES else method


def _asking_first(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def asked(*args: Any, **kwargs: Any) -> Any:
        if not kwargs.get("dry_run") and standstill.stops("change-at-source"):
            raise Refusal("held-back")
        return method(*args, **kwargs)

    return asked
