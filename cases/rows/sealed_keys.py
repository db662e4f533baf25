"""The first line of a sealed file of row keys: what tells the rows apart, and what found them."""

from dataclasses import dataclass
from datetime import datetime

from cases.sources.configured import collection_of
from connectors.contract.base import Identifier, SourceMisconfigured
from connectors.rows.jsonline import exactly, read_exactly


@dataclass(frozen=True)
class Head:
    """The first line of a file: by which columns its rows were told apart, and by which identifiers they were found."""

    key_columns: tuple[str, ...]
    whose: tuple[Identifier, ...] = ()

    def line(self) -> bytes:
        found = [(one.kind, one.value, one.valid_from, one.valid_to) for one in self.whose]
        return exactly([self.key_columns, found])

    @classmethod
    def read(cls, line: bytes) -> "Head":
        columns, found = read_exactly(line)
        whose = (Identifier(kind, value, _moment(start), _moment(end)) for kind, value, start, end in found)
        return cls(tuple(columns), tuple(whose))

    def refuse_others(self, operator: str, source: str, collection: str) -> None:
        """Other key columns would make these the keys of other rows. Raises SourceMisconfigured."""
        if collection_of(operator, source, collection).key_columns != self.key_columns:
            raise SourceMisconfigured("key-columns-changed", f"{source}/{collection}")


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
