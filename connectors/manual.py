"""A system that nobody can connect: its owner is asked instead. Also the smallest example of a connector."""

# ruff: noqa: ARG002 - the parameters are the contract's

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NoReturn

from connectors.contract.base import Column, Identifier, Key, Page, Scalar, SourceMisconfigured


class ManualConnector:
    """Reaches nothing. It never answers "no rows", because only the system's owner can say so."""

    def check(self) -> None:
        """There is nothing that could be down."""

    def describe(self, collection: str) -> tuple[Column, ...]:
        return ()

    def count(self, collection: str, identifiers: Sequence[Identifier]) -> int | None:
        return None

    def read(
        self, collection: str, identifiers: Sequence[Identifier], cursor: str | None, limit: int
    ) -> Page:
        _ask(collection)

    def erase(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        dry_run: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        _ask(collection)

    def outlasting(self, collection: str) -> timedelta | None:
        return None

    def remaining(self, collection: str, keys: Sequence[Key]) -> int:
        _ask(collection)

    def restrict(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        restricted: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        _ask(collection)

    def rectify(
        self,
        collection: str,
        key: Key,
        values: Mapping[str, Scalar],
        *,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        _ask(collection)

    def suppress(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        _ask(collection)

    def unsuppressed(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        _ask(collection)


def _ask(collection: str) -> NoReturn:
    raise SourceMisconfigured("manual", f"{collection}: the owner of this system has to be asked")
