"""Why something is so, as a code and its parameters; the sentences are in `reasons.toml`, in three
languages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import RootModel

from cases.texts import Language, Text
from connectors import tomlfile

Value = str | int | date | Text


class _Table(RootModel[dict[str, dict[str, Text]]]):
    pass


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


def _written(value: Value, language: Language, day: Callable[[date], str]) -> str:
    if isinstance(value, date):
        return day(value)
    return value.get(language) if isinstance(value, Text) else str(value)
