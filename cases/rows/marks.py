"""What a verdict may depend on, read off a gathered row: its local day, its kind, and what is flagged about it."""

from collections.abc import Callable, Mapping
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from cases.models import Run
from cases.rows.uses import Use, fingerprint, use_reader
from cases.sources.configured import collection_of, source_of
from cases.sources.local_days import local_days


class Marks(NamedTuple):
    """The part of a signature (`situation.Row`) that stands in the row itself, in the same order; `use` comes last."""

    kind: str
    at: date | None
    claim: bool
    hidden_number: bool
    other_person: bool
    use: Use = ""

    @classmethod
    def stored(cls, kind: str, day: str | None, claim: bool, hidden: bool, other: bool, use: Use) -> "Marks":
        """From JSON."""
        return cls(kind, date.fromisoformat(day) if day else None, claim, hidden, other, use)


MarksReader = Callable[[Mapping[str, object]], Marks]


def marks_reader(run: Run) -> MarksReader:
    """Turns a parsed row of this run into its marks. Raises SourceGarbage for a moment that is none."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    day_of, at = local_days(run.case, run.source), collection.at or ""
    kind_of, claim_of = collection.record_kind.of, collection.claim.of
    hidden_of, other_of = collection.hidden_number.of, collection.other_person.of

    use_of = use_reader(run)

    def read(row: Mapping[str, object]) -> Marks:
        day = day_of(row.get(at))
        return Marks(kind_of(row) or "", day, claim_of(row), hidden_of(row), other_of(row), use_of(row, day))

    return read


def described(run: Run) -> str:
    """Everything the marks of a run's rows depend on besides the rows."""
    source = source_of(run.case.operator_id, run.source)
    return sha256(f"{run.collection}\0{fingerprint(run)}\0{source.model_dump_json()}".encode()).hexdigest()
