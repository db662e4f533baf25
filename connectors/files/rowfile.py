"""One file of rows, whatever its format."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from connectors.contract.base import Column, Identifier
from connectors.files.target import Target

# Lines, and the places they begin at; one place more than lines: where to go on after them.
Block = tuple[Sequence[int], Sequence[bytes]]


class RowFile(Protocol):
    """Any method may raise any SourceError. A place is where a row begins; 0 is before all of them."""

    def columns(self) -> tuple[Column, ...]:
        """Every column that its rows have."""

    def require(self) -> None:
        """Raises SourceMisconfigured where it lacks a column that rows are found, dated, told apart or given by."""

    def require_time(self) -> None:
        """Raises SourceMisconfigured where the column of time holds none, or a local time that nobody knows."""

    def lacking(self, names: Sequence[str]) -> list[str]:
        """The columns that are not in the file itself; in JSON lines, those that none of its rows has."""

    def refuse_impossible(self, target: Target) -> None:
        """Raises SourceMisconfigured for the first column that cannot take what anonymising writes."""

    def sample(self, limit: int) -> list[bytes]:
        """Its first rows, as JSON lines."""

    def rows(self, identifiers: Sequence[Identifier], place: int, limit: int) -> Iterator[Block]:
        """At least `limit` rows from the place on, or all that are left, in the file's order.

        A block without lines says that there was no row for a while, and how far the search has come.
        """

    def found(self, identifiers: Sequence[Identifier]) -> int:
        """How many rows these identifiers find."""

    def total(self) -> int:
        """How many rows it has."""

    def left(self, target: Target) -> int:
        """How many of the targeted rows are there and not anonymised."""

    def rehearse(self, target: Target, tried: set[str]) -> None:
        """Raises SourceError where the targeted rows, of which it has some, could not be taken out or anonymised.

        Not where a file of the same form was tried; what was tried is added.
        """

    def rewrite(self, target: Target, part: Path) -> "RowFile":
        """Writes the file without those rows, or with them anonymised, to `part`; all else as it was."""
