"""What a package tells while it is written, and where its finished files are kept for the next try."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from exports.package.layout import Layout


@dataclass(frozen=True)
class Found:
    """A file that an earlier try has finished: its rows, the layout they have, and its bytes."""

    rows: int
    layout: Layout
    content: Iterable[bytes]


class Course:
    """Nobody waits for it and nothing is kept."""

    def begins(self, name: str, *, reading: bool = False) -> None:
        """A file is begun, to be written or to be read back."""

    def passed(self, rows: int) -> None:
        """So many rows of it have gone by."""

    def found(self, name: str) -> Found | None:  # noqa: ARG002
        """The file of an earlier try."""
        return None

    @contextmanager
    def kept(self, name: str) -> Iterator[IO[bytes] | None]:  # noqa: ARG002
        """Where its deflated bytes are written as well; None where they need not be. Kept if nothing is raised."""
        yield None

    def done(self, name: str, rows: int, layout: Layout) -> None:
        """It is finished, and what was kept of it is good."""
