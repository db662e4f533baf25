"""A connector held to its contract: whatever it raises is a SourceError, also where nobody thought of it."""

import logging
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, cast

from connectors.contract.base import Connector, SourceError, SourceMisconfigured

log = logging.getLogger(__name__)


def unforeseen(error: Exception) -> SourceError:
    """A fault nobody thought of, as what a person is told: its kind, and the line it comes from.

    Not its words, which might quote a secret.
    """
    *_, last = traceback.extract_tb(error.__traceback__)
    return SourceMisconfigured(
        "unforeseen", f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
    )


def guarded(connector: Connector) -> Connector:
    """The same connector. Without this, a description that passes every check and breaks a driver stops in silence."""
    return cast(Connector, _Guarded(connector))


class _Guarded:
    def __init__(self, connector: Connector) -> None:
        self._connector = connector

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._connector, name)

        @wraps(method)
        def asked(*args: Any, **kwargs: Any) -> Any:
            try:
                return method(*args, **kwargs)
            except SourceError:
                raise
            except Exception as error:
                # The log has the way it went, without texts (docs/adr/0044); a person is told its kind and line.
                log.exception("A connector broke its contract")
                raise unforeseen(error) from None

        return asked
