"""Why something is so, as a code and its parameters; the sentences are in `reasons.toml`, in three
languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import RootModel

from cases.registers.texts import Language, Text
from connectors.description import tomlfile

Value = str | int | date | Text


class _Table(RootModel[dict[str, dict[str, Text]]]):
    pass


# Read when the process starts: a sentence missing in one language stops that, and no letter (docs/adr/0024).
SENTENCES: dict[str, Text] = {
    f"{part}.{name}": text
    for part, texts in tomlfile.load(Path(__file__).with_suffix(".toml"), _Table).root.items()
    for name, text in texts.items()
}


@dataclass(frozen=True)
class Reason:
    """A code of SENTENCES with the values for its placeholders."""

    code: str
    params: tuple[tuple[str, Value], ...] = ()

    def get(self, name: str) -> Value:
        """The parameter called `name`; KeyError if there is none."""
        return dict(self.params)[name]


@dataclass(frozen=True)
class Step(Reason):
    """One step of a computation of dates, and the date it led to."""

    day: date | None = None


def reason(code: str, **params: Value) -> Reason:
    """A Reason with its parameters by name."""
    return Reason(code, tuple(params.items()))


def say(why: Reason, language: Language = "en", day: Callable[[date], str] = date.isoformat) -> str:
    """The sentence in `language`; `day` writes dates as the reader is used to."""
    values = {name: _written(value, language, day) for name, value in why.params}
    if isinstance(why, Step) and why.day is not None:
        values["date"] = day(why.day)
    return SENTENCES[why.code].get(language).format(**values)


def stored(why: Reason | None) -> dict[str, Any]:
    """A reason as JSON, to be said later in any reader's language; {} for none."""
    return {} if why is None else {"code": why.code} | {name: _kept(value) for name, value in why.params}


def _kept(value: Value) -> Any:
    if isinstance(value, Text):
        return value.model_dump()
    return {"date": value.isoformat()} if isinstance(value, date) else value


def restored(kept: Mapping[str, Any]) -> Reason | None:
    """The reason `stored` made JSON of; None for {}."""
    if not kept:
        return None
    params = ((name, _value(value)) for name, value in kept.items() if name != "code")
    return Reason(kept["code"], tuple(params))


def _value(kept: Any) -> Value:
    if not isinstance(kept, dict):
        value: Value = kept
        return value
    return date.fromisoformat(kept["date"]) if "date" in kept else Text(**kept)


def _written(value: Value, language: Language, day: Callable[[date], str]) -> str:
    if isinstance(value, date):
        return day(value)
    return value.get(language) if isinstance(value, Text) else str(value)
