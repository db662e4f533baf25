"""The contract between the desk and a system of the operator. `manual.py` is the smallest connector."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

Scalar = str | int | float | bool | None
# The values of a row's `key_columns`, in their order, as in the row's JSON line; binary ones in base64.
Key = tuple[Scalar, ...]
PAGE_BYTES = 16_000_000  # a page ends sooner than its limit when its rows are big


@dataclass(frozen=True)
class Identifier:
    """A value that finds the person, with the half-open interval [valid_from, valid_to) it was theirs.

    Both ends are aware; None means unbounded on that side. A composite value is a JSON array of its parts.
    """

    kind: str
    value: str = field(repr=False)
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def __post_init__(self) -> None:
        ends = [end for end in (self.valid_from, self.valid_to) if end is not None]
        if any(end.tzinfo is None for end in ends):
            raise ValueError("the interval of an identifier needs a time zone")
        if len(ends) == 2 and ends[0] >= ends[1]:
            raise ValueError("the interval of an identifier ends before it begins")

    @property
    def bounded(self) -> bool:
        return self.valid_from is not None or self.valid_to is not None

    def covers(self, moment: datetime | None) -> bool:
        """Whether a row of that moment is this person's. A row without a moment cannot be shown to be."""
        if moment is None:
            return not self.bounded
        after = self.valid_from is None or moment >= self.valid_from
        return after and (self.valid_to is None or moment < self.valid_to)


@dataclass(frozen=True)
class Page:
    """Rows as the source holds them: one JSON object a line, UTF-8, columns in the source's order.

    Decimals are strings with every digit, binary is `{"type": "binary", "base64": ...}`, moments ISO 8601.
    `cursor` asks for the next page; None means there is none. A page may be empty and still have a cursor.
    A cursor can contain key values: store it, but never log it.
    """

    lines: list[bytes] = field(repr=False)
    cursor: str | None = field(repr=False)


@dataclass(frozen=True)
class Column:
    """A column as the source declares it. `known` is False where its values are carried as text."""

    name: str
    type: str
    known: bool = True


class SourceError(Exception):
    """Something went wrong at a source. `code` is for translation, `detail` for a technician.

    Neither ever contains an identifier, a row, or anything else about a person. `key` is the key of the source in
    connectors.toml that is most likely wrong, where that is known; it does not cross process borders.
    """

    key: tuple[str, ...] = ()

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(f"{code}: {detail}" if detail else code)

    # Exceptions cross process borders in a task queue, and are rebuilt from these arguments.
    def __reduce__(self) -> tuple[type["SourceError"], tuple[str, str]]:
        return type(self), (self.code, self.detail)


class SourceDown(SourceError):
    """Not reachable, too slow or overloaded: worth another try, after `retry_after` seconds if it says so."""

    def __init__(self, code: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, detail)
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type["SourceError"], tuple[str, str, float | None]]:  # type: ignore[override]
        return type(self), (self.code, self.detail, self.retry_after)


class SourceMisconfigured(SourceError):
    """The configuration does not fit the source: somebody has to change one of them."""


class SourceGarbage(SourceError):
    """The source answered something that cannot be understood or trusted."""


class SourceMoved(SourceGarbage):
    """The answers do not fit together: a page again, another page than asked for, a place that is no longer known.

    What was read so far cannot be relied on. Whoever reads begins again, with no cursor.
    """


class SourceRefused(SourceError):
    """The source gives a reason why it may not do this; `reasons` are its words, for the caseworker only."""

    def __init__(self, code: str, detail: str = "", reasons: tuple[str, ...] = ()) -> None:
        super().__init__(code, detail)
        self.reasons = reasons

    def __reduce__(self) -> tuple[type["SourceError"], tuple[str, str, tuple[str, ...]]]:  # type: ignore[override]
        return type(self), (self.code, self.detail, self.reasons)


class Connector(Protocol):
    """Reaches one source. Every method names a collection by its key, and may raise any SourceError.

    A connector is cheap to make, safe to use in any process, and holds no state between calls. Whatever
    changes something can be repeated without doing more; erasing again hits 0 rows.
    """

    def check(self) -> None:
        """Asks the source whether every collection can be read as configured. Raises any SourceError."""

    def describe(self, collection: str) -> tuple[Column, ...]:
        """The columns that a row of this collection has, as far as the source can tell without rows."""

    def count(self, collection: str, identifiers: Sequence[Identifier]) -> int | None:
        """How many rows `read` will find, or None where finding out costs as much as reading."""

    def read(
        self, collection: str, identifiers: Sequence[Identifier], cursor: str | None, limit: int
    ) -> Page:
        """The next at most `limit` rows found by any of the identifiers, each row once, in a stable order.

        Identifiers of a kind the collection does not know are passed over. Rows outside the interval of the
        identifier that finds them are another person's and are never returned.
        """

    def erase(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        dry_run: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        """Deletes or anonymises the rows with these keys, as configured. Returns how many rows it hit.

        With `whose` only rows that one of these identifiers still finds: a key that has passed on to somebody
        else's row is left alone. A source whose keys never pass on may disregard it.
        A dry run changes nothing, returns what would be hit, and raises SourceMisconfigured for a column that
        cannot take what `anonymise` wants to write.
        """

    def outlasting(self, collection: str) -> timedelta | None:
        """For how long earlier versions of the collection, which erasing leaves as they were, are kept at the least.

        By the source's own settings; None where it keeps none that it tells of.
        """

    def remaining(self, collection: str, keys: Sequence[Key]) -> int:
        """Asks the source again: how many of these rows still are there, or are not anonymised."""

    def restrict(
        self,
        collection: str,
        keys: Sequence[Key],
        *,
        restricted: bool,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        """Marks rows as restricted (Art. 18 GDPR), or lifts the mark. Returns how many, asked again, are now so.

        With `whose` as in `erase`. Raises SourceGarbage `not-kept` for rows that are there and do not say so.
        """

    def rectify(
        self,
        collection: str,
        key: Key,
        values: Mapping[str, Scalar],
        *,
        whose: Sequence[Identifier] | None = None,
    ) -> int:
        """Writes corrected values into one row (Art. 16 GDPR). Returns 1 if it has them when it is asked again.

        0 if there is no such row, or with `whose` it is somebody else's by now. What was corrected may be what found
        the row: once written, the key alone tells. Raises SourceGarbage `not-kept` where the row has other values.
        """

    def suppress(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        """Enforces an objection (Art. 21 GDPR) to e.g. `marketing`. Returns how many rows now say so."""

    def unsuppressed(self, collection: str, identifiers: Sequence[Identifier], channel: str) -> int:
        """Asks the source again: how many rows still are open to the channel despite the objection."""


def within_page(found: Iterable[bytes], limit: int) -> tuple[list[bytes], bytes | None]:
    """As many lines as a page takes, and the one after them if there is one."""
    lines, size = list[bytes](), 0
    for line in found:
        if len(lines) == limit or size >= PAGE_BYTES:
            return lines, line
        lines.append(line)
        size += len(line)
    return lines, None


_NO_MOMENT = ("", "infinity", "-infinity")
_DATED = re.compile(r"[0-9]{4}-[0-9]{2}-")
_HOUR_24 = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}.24")


def moment(value: object, zone: tzinfo | None) -> datetime | None:
    """The instant that a value of a row stands for; a naive one is read in the source's `zone`.

    In the hour that the clock shows twice, it is the first showing. A date is its first moment. None, empty,
    PostgreSQL's `infinity` and MySQL's `0000-00-00` are no moment. Raises SourceGarbage.
    """
    if value is None or value in _NO_MOMENT or str(value).startswith("0000-00-00"):
        return None
    read = _parsed(value)
    if read.tzinfo is None:
        if zone is None:
            raise SourceMisconfigured("time-zone-missing", "naive timestamps need `time_zone` on the source")
        read = read.replace(tzinfo=zone, fold=0)
    try:
        return read.astimezone(UTC)
    except OverflowError:
        # Beyond the years that a moment can have: nobody owned anything then.
        return None


def _parsed(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    try:
        # Of digits alone it would make a year: milliseconds since 1970 begin with one.
        if _DATED.match(str(value)):
            return iso_moment(str(value))
    except ValueError:
        pass
    raise SourceGarbage("not-a-moment")


def iso_moment(text: str) -> datetime:
    """A moment as ISO 8601 writes it; ValueError for anything else, and for hour 24, which could mean either day."""
    # Python 3.14 takes it for the next day's first moment, those before refuse it.
    if _HOUR_24.match(text):
        raise ValueError("hour must be in 0..23")
    return datetime.fromisoformat(text)
