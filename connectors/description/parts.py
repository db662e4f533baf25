"""The smaller tables that a collection is described with."""

from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.contract.base import Scalar, SourceMisconfigured
from connectors.description.spelling import Written, spelled
from connectors.description.tomlfile import SLUG

Path = tuple[str | int, ...]
Problem = tuple[Path, str]
Slug = Field(pattern=SLUG, max_length=60)


class Strict(BaseModel):
    """A table of the file: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Text(Strict):
    """The same words in the three languages."""

    sv: str = Field(min_length=1)
    da: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def get(self, language: str) -> str:
        """The words in "sv" or "da", or else in English."""
        return {"sv": self.sv, "da": self.da}.get(language, self.en)


class Find(Strict):
    """How an identifier finds rows: equal to a column, to several together, to one of several, or to an element of an
    array. ``either``: to one of several, written as `any_of`."""

    columns: tuple[str, ...] = Field(min_length=1)
    either: bool = False
    array: bool = False
    written: Written = "plain"

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str | list | tuple):
            return {"columns": _columns(value)}
        return _any_of(value) if isinstance(value, dict) and "any_of" in value else _spread(value)

    @property
    def parts(self) -> int:
        """Of how many parts an identifier is that finds rows here."""
        return 1 if self.either else len(self.columns)

    @property
    def ways(self) -> tuple["Find", ...]:
        """One for each column of which any may hold the identifier; or itself."""
        if not self.either:
            return (self,)
        return tuple(self.model_copy(update={"columns": (name,), "either": False}) for name in self.columns)

    def spelled(self, value: str) -> str:
        """The identifier's value as this system writes it; "" where it cannot be in that system."""
        return spelled(value, self.written)

    @model_validator(mode="after")
    def _plain_together(self) -> "Find":
        if self.written != "plain" and self.parts > 1:
            raise ValueError("`written` is for a single column; several together are compared as they stand")
        if self.written == "lower" and self.array:
            raise ValueError('`written = "lower"` is for a column that is no array')
        return self


class Yield(Strict):
    """A row of this collection tells another identifier of the person, theirs from `from` until `to`."""

    kind: str = Slug
    columns: tuple[str, ...] = Field(min_length=1)
    array: bool = False
    from_: str | None = Field(None, alias="from")
    to: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return _spread(value)


class Strategy(Strict):
    """What anonymising writes into a column: nothing, a constant, or a hash only we could make again."""

    kind: Literal["null", "constant", "keyed-hash"]
    constant: str | int | bool | float | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"kind": value}
        return {"kind": "constant", **value} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _complete(self) -> "Strategy":
        if ("constant" in self.model_fields_set) != (self.kind == "constant"):
            raise ValueError('is `"null"`, `"keyed-hash"` or `{ constant = "..." }`')
        return self


class ForChannels(Strict):
    """Something that puts an objection into force, for these channels; a register's purposes name theirs."""

    channels: tuple[Annotated[str, Slug], ...] = Field(("marketing",), min_length=1)


class Setting(ForChannels):
    """Columns, and the values to write into them."""

    set: dict[str, Scalar] = Field(min_length=1)


class Restriction(Strict):
    """What to write into a row to restrict it, and what to lift the restriction."""

    set: dict[str, Scalar] = Field(min_length=1)
    lift: dict[str, Scalar] = {}


S = TypeVar("S", bound=ForChannels)


def for_channel(settings: tuple[S, ...], channel: str) -> S:
    """The first setting that is meant for the channel. Raises SourceMisconfigured where there is none."""
    for setting in settings:
        if channel in setting.channels:
            return setting
    raise SourceMisconfigured("no-suppression", channel)


def zone_problem(name: str) -> str | None:
    """Why a time zone name cannot be used, or None."""
    return None if name in available_timezones() else "is not a time zone such as Europe/Stockholm"


def one_or_more(value: Any) -> Any:
    """A single table may stand where an array of tables can."""
    return (value,) if isinstance(value, dict) else value


def _columns(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, str | list | tuple):
        raise ValueError("`column` is the name of a column, or a list of names")
    return (value,) if isinstance(value, str) else tuple(value)


def _any_of(value: dict[str, Any]) -> Any:
    names = value["any_of"]
    if value.keys() & {"column", "columns", "either"}:
        raise ValueError("has `any_of` beside columns: give one of them")
    if not isinstance(names, list | tuple) or len(names) < 2 or len(set(map(str, names))) < len(names):
        raise ValueError("`any_of` is a list of two columns or more")
    rest = {name: part for name, part in value.items() if name != "any_of"}
    return {**rest, "columns": tuple(names), "either": True}


def _spread(value: Any) -> Any:
    """`column = "a"` and `column = ["a", "b"]` are both ways to write `columns`."""
    if isinstance(value, dict) and "column" in value:
        if "columns" in value:
            raise ValueError("has `column` and `columns`: give one of them")
        rest = {name: part for name, part in value.items() if name != "column"}
        return {**rest, "columns": _columns(value["column"])}
    return value
