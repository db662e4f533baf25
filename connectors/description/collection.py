"""What a collection is, whatever kind of system it lies in: one `[[source.collection]]` of `connectors.toml`."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from connectors.description.parts import Find, Path, Problem, Slug, Strategy, Strict, Text, Yield
from connectors.description.tells import Tells

# What a column without a value in it holds: to mask that would say that something stood there.
EMPTY: tuple[object, ...] = (None, "", [], {})


class Flag(Strict):
    """True for every row, for none, or for those in which a column has a certain value.

    With `when`, only where one of those columns is filled: a hidden number that was not even passed on hides nobody.
    """

    always: bool = False
    column: str | None = None
    in_: tuple[str | int | bool, ...] = Field((), alias="in")
    filled: bool | None = None
    when: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, bool):
            return {"always": value}
        if isinstance(value, dict):
            written = dict(value)
            if isinstance(written.get("when"), str):
                written["when"] = (written["when"],)
            if "equals" in written:
                written["in"] = (written.pop("equals"),)
            return written
        return value

    @model_validator(mode="after")
    def _complete(self) -> "Flag":
        if self.column is not None and not self.in_ and self.filled is None:
            raise ValueError("needs `equals`, `in` or `filled` beside `column`")
        if self.column is None and (self.in_ or self.filled is not None or self.when):
            raise ValueError("needs `column` beside `equals`, `in`, `filled` or `when`")
        return self

    @property
    def possible(self) -> bool:
        """Whether it can be true of any row."""
        return self.always or self.column is not None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column it reads."""
        return (*((self.column,) if self.column else ()), *self.when)

    def of(self, row: Mapping[str, object]) -> bool:
        """Whether it is true of this row, the parsed JSON object of a line."""
        if self.column is None:
            return self.always
        # A column that is not there at all is no empty one: it may be spelled otherwise.
        if self.when and all(name in row and row[name] in EMPTY for name in self.when):
            return False
        value = row.get(self.column)
        if self.filled is not None:
            return (value not in (None, "")) is self.filled
        # Text sources spell values as text: compare what was written, but keep 1 apart from true.
        return any((value == one and type(value) is type(one)) or str(value) == str(one) for one in self.in_)


class Label(Strict):
    """A word for each row: always the same, or what a column says, perhaps translated by `map`."""

    constant: str | None = None
    column: str | None = None
    map: dict[str, str] = {}

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"constant": value} if isinstance(value, str) else value

    def of(self, row: Mapping[str, object]) -> str | None:
        """The word for this row; None where the column is empty."""
        if self.column is None or row.get(self.column) is None:
            return self.constant
        written = str(row[self.column])
        return self.map.get(written, written)


class Claims(Strict):
    """The rows are claims for money. Columns holding dates, and which rows still are unpaid."""

    arose: str
    demanded: str | None = None
    recognised: str | None = None
    paid: str | None = None
    unpaid: Flag = Flag(always=False)

    def columns(self) -> Iterator[str]:
        """Every column named here."""
        for name in (self.arose, self.demanded, self.recognised, self.paid, self.unpaid.column):
            if name is not None:
                yield name


class Collection(Strict):
    """One table, endpoint or file set, mapped to one data category."""

    key: str = Slug
    category: str = Slug
    name: Text
    key_columns: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    columns_text: dict[str, Text] = {}
    # What values of a column mean, in plain words: `codes.status.pd = { sv = "betald", ... }`.
    codes: dict[str, dict[str, Text]] = {}
    tells: Tells = Tells()
    find: dict[str, Find] = {}
    at: str | None = None
    interval: Literal[True, False, "now"] | None = None
    yields: tuple[Yield, ...] = ()
    link: tuple[str, ...] = ()
    record_kind: Label = Label()
    claim: Flag = Flag()
    claims: Claims | None = None
    # The column with the contract's last day; empty while the contract runs.
    contract_end: str | None = None
    hidden_number: Flag = Flag()
    other_person: Flag = Flag()
    # The rows tell of numbers that somebody else than the account holder uses.
    other_user: Flag = Flag()
    # The person's identity is protected by law, as these rows tell; the columns that tell where they live.
    protected: Flag = Flag()
    address: tuple[str, ...] = ()
    # Columns that tell of somebody else: masked in rows with `hidden_number` or `other_person` when given.
    redact: tuple[str, ...] = ()
    # The rows tell that data went to a recipient: the column that names it (or an array of names), and the column
    # with what the recipient knows the person by.
    recipient: str | None = None
    recipient_reference: str | None = None
    # The column that names whom the person was asked about, such as a credit bureau: it got the question.
    asked: str | None = None
    on_erase: Literal["delete", "anonymise", "none"] = "none"
    anonymise: dict[str, Strategy] = {}

    @field_validator("key_columns", "columns", "redact", "address")
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("names a column twice")
        return value

    @property
    def marks_of_others(self) -> tuple[str, ...]:
        """Those of `hidden_number` and `other_person` that can be true of a row."""
        return tuple(part for part in ("hidden_number", "other_person") if getattr(self, part).possible)

    @property
    def folder_column(self) -> str | None:
        """The column that only tells in which folder of files a row lay, and is no data; none where there is none."""
        return None

    @property
    def keeps_versions(self) -> bool:
        """Whether what is erased stays in earlier versions of the collection until these are removed."""
        return False

    def named_columns(self) -> Iterator[tuple[Path, str]]:
        """Every column that has to be in a row for this configuration to work, with the key that names it."""
        yield from ((("key_columns", index), name) for index, name in enumerate(self.key_columns))
        for index, found in enumerate(self.yields):
            for name in (*found.columns, found.from_, found.to):
                if name is not None:
                    yield ("yields", index), name
        for part in ("claim", "hidden_number", "other_person", "other_user", "protected"):
            yield from (((part,), name) for name in getattr(self, part).columns)
        if self.record_kind.column is not None:
            yield ("record_kind",), self.record_kind.column
        for part in ("at", "contract_end", "recipient", "recipient_reference", "asked"):
            if (name := getattr(self, part)) is not None:
                yield (part,), name
        yield from ((("redact", index), name) for index, name in enumerate(self.redact))
        yield from ((("address", index), name) for index, name in enumerate(self.address))
        yield from ((("claims",), name) for name in (self.claims.columns() if self.claims else ()))
        yield from ((("anonymise", name), name) for name in self.anonymise)
        yield from ((("tells",), name) for name in self.tells.columns)
        yield from ((("codes", name), name) for name in self.codes)

    def problems(self) -> Iterator[Problem]:
        """What is wrong across the keys of this collection."""
        if self.interval is True and self.at is None:
            yield ("interval",), "needs `at`, the column that says when a row happened"
        if self.on_erase == "anonymise" and not self.anonymise:
            yield ("on_erase",), "needs `anonymise`, saying what to write into which column"
        if self.anonymise and self.on_erase != "anonymise":
            yield ("anonymise",), 'is done with `on_erase = "anonymise"` alone'
        if self.on_erase != "none" and not self.key_columns:
            yield ("on_erase",), "needs `key_columns`: rows without a key cannot be told apart"
        if self.recipient_reference and not self.recipient:
            yield ("recipient_reference",), "needs `recipient`, the column that names who got the data"
        for mark in () if self.redact else self.marks_of_others:
            yield (mark,), "needs `redact`: the columns that are masked in such rows before they are given"
        for mark in self.marks_of_others:
            if (when := getattr(self, mark).when) and (left := sorted(set(self.redact) - set(when))):
                yield (
                    (mark, "when"),
                    f"leaves out `{left[0]}`: such a row would be given with that column in clear",
                )
        for name in sorted(self.anonymise.keys() & set(self.key_columns)):
            yield ("anonymise", name), "is a key column; the row could not be found again"
        if self.tells.call is not None and self.tells.kind is None:
            yield ("tells", "call"), "needs `kind`, the column in which it stands"
        if self.columns:
            for path, name in self.named_columns():
                if name not in self.columns:
                    yield path, f"`{name}` is not among `columns`"
        for kind in sorted(set(self.link) - self.find.keys()):
            yield ("link",), f"`{kind}` is not among the kinds in `find`"
