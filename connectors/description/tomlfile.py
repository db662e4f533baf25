"""Reading the files an operator writes: every complaint names file, line and key."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast, get_args, runtime_checkable

from pydantic import BaseModel, ValidationError

from connectors.description import tomllines

M = TypeVar("M", bound=BaseModel)
Problem = tuple[tomllines.Path, str]
SLUG = r"^[a-z0-9][a-z0-9_-]*$"
MAIL = r"^[^@\s]+@[^@\s]+$"
_PATTERNS = {
    SLUG: "must be written in small letters, digits, - and _, beginning with a letter or digit",
    MAIL: "must be a mail address",
}


@runtime_checkable
class Checked(Protocol):
    """A model with rules across its parts; each problem names the key it is about and what is wrong there."""

    def problems(self) -> Iterable[Problem]: ...


@dataclass(frozen=True)
class Fault:
    """One thing to correct: `line` counts from 1, `key` is written like `purposes[3].bases`."""

    file: str
    line: int
    key: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}"
        told = f"{where}: {self.key}: {self.reason}" if self.key else f"{where}: {self.reason}"
        # A quoted key or value may hold line breaks; a complaint is one line.
        return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in told)


class ConfigError(ValueError):
    """A file that cannot be used. Reads as its first fault; `errors` has all of them, in the file's order."""

    def __init__(self, file: str, line: int, key: str, reason: str, more: tuple[Fault, ...] = ()) -> None:
        self.file, self.line, self.key, self.reason = file, line, key, reason
        self.errors = (Fault(file, line, key, reason), *more)
        super().__init__(str(self.errors[0]))


def load(path: Path, model: type[M]) -> M:
    """Reads `path` as `model`. Raises ConfigError, also when the file cannot be read."""
    name = shown(path)
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise ConfigError(name, 1, "", f"is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise ConfigError(name, 1, "", f"cannot be read: {error.strerror}") from None
    return parse(text, name, model)


def parse(text: str, name: str, model: type[M]) -> M:
    """Reads TOML content that is already in memory; `name` stands for the file in what ConfigError says."""
    # What is read never changes (frozen), and every load of an operator reads its files again.
    return cast(M, _parsed(text, name, model))


@lru_cache(maxsize=32)
def _parsed(text: str, name: str, model: type[BaseModel]) -> BaseModel:
    if text.startswith("\ufeff"):
        raise ConfigError(name, 1, "", "begins with a byte order mark: save it as UTF-8 without one")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(text, name, str(error)) from None
    except RecursionError:
        raise ConfigError(name, 1, "", "is nested too deeply") from None
    try:
        loaded = model.model_validate(content)
    except ValidationError as error:
        raise _refused(text, name, _problems(error, model)) from None
    if isinstance(loaded, Checked) and (found := list(loaded.problems())):
        raise _refused(text, name, found)
    return loaded


def shown(path: Path) -> str:
    """The path as a person at the prompt would type it: relative to the working directory where it can be."""
    here, path = Path.cwd(), path.absolute()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def dotted(path: Iterable[str | int]) -> str:
    """A key path in writing: `("purposes", 3, "bases")` is `purposes[3].bases`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _not_toml(text: str, name: str, message: str) -> ConfigError:
    place = re.search(r" \(at line (\d+), column \d+\)", message)
    line = int(place[1]) if place else text.count("\n") + 1
    reason = re.sub(r" \(at .*\)$", "", message)
    return ConfigError(name, line, "", f"not TOML: {reason[:1].lower()}{reason[1:]}")


def fault_at(path: Path, key: tomllines.Path, reason: str) -> Fault:
    """A complaint about a key of a file that could be read, found elsewhere."""
    text, name = path.read_bytes().decode(), shown(path)
    return _refused(text, name, [(key, reason)]).errors[0]


def _refused(text: str, name: str, problems: list[Problem]) -> ConfigError:
    places = tomllines.lines(text)
    faults = sorted(
        (
            Fault(name, _line(places, path), dotted(path), reason)
            for path, reason in ((_written(places, path), reason) for path, reason in problems)
        ),
        key=lambda fault: fault.line,
    )
    first, *more = faults
    return ConfigError(first.file, first.line, first.key, first.reason, tuple(more))


def _written(places: dict[tomllines.Path, int], path: tomllines.Path) -> tomllines.Path:
    """The path without the names of union members, which pydantic puts between and the file does not have."""
    kept: tomllines.Path = ()
    there: tomllines.Path = ()  # without the numbers of tables that stand alone where several might
    for position, part in enumerate(path):
        found = (*there, part) in places
        if found:
            there = (*there, part)
        numbered = isinstance(part, int)
        if found or (path[position - 1] in kept if numbered else position == len(path) - 1):
            kept = (*kept, part)
    return kept


def _line(places: dict[tomllines.Path, int], path: tomllines.Path) -> int:
    """The key's own line, or for a key that is missing the line of the table it is missing from."""
    while path not in places:
        path = path[:-1]
    return places[path]


def _problems(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    details = _together(error.errors())
    inner = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    known = {field.alias or name for each in _models(model) for name, field in each.model_fields.items()}
    guesses = {
        each["loc"]: _near(each["loc"][-1], known) for each in details if each["type"] == "extra_forbidden"
    }
    misspelled = {(*path[:-1], guess) for path, guess in guesses.items()}
    # `column` has been made `columns` before anything is checked.
    misspelled |= {(*path, "columns") for *path, guess in misspelled if guess == "column"}
    return [
        (_place(each), _reason(each, guesses.get(each["loc"])))
        for each in details
        # a list whose entries were all refused is not also too short; a misspelled key is not also missing
        if not (each["type"] == "too_short" and each["loc"] in inner)
        and not (each["type"] == "missing" and each["loc"] in misspelled)
    ]


_PLAIN = {"str": "a text", "int": "a number", "float": "a number", "bool": "true or false"}


def _together(details: Iterable[Any]) -> list[Any]:
    """What is none of several plain values is one mistake, of which pydantic speaks once for each of them."""
    told: dict[tomllines.Path, list[Any]] = {}
    for each in details:
        loc = each["loc"]
        told.setdefault(loc[:-1] if loc and loc[-1] in _PLAIN else loc, []).append(each)
    return [
        each
        for loc, group in told.items()
        for each in ([{**group[0], "type": "no_plain", "loc": loc}] if len(group) > 1 else group)
    ]


def _place(detail: Any) -> tomllines.Path:
    """A table that is no kind of what it should be has its fault at the key that says which kind."""
    tag = detail["ctx"]["discriminator"].strip("'") if detail["type"].startswith("union_tag") else None
    return (*detail["loc"], tag) if tag else tuple(detail["loc"])


def _near(word: str | int, known: set[str]) -> str | None:
    """The key that was probably meant; none where the word is itself a key, of another table."""
    if word in known:
        return None
    return next(iter(difflib.get_close_matches(str(word), sorted(known), n=1, cutoff=0.75)), None)


def _reason(detail: Any, guess: str | None) -> str:
    match detail["type"]:
        case "missing" | "union_tag_not_found":
            return "is missing"
        case "extra_forbidden":
            return f"unknown key; did you mean `{guess}`?" if guess else "unknown key"
        case "union_tag_invalid":
            return f"is not one of {detail['ctx']['expected_tags']}"
        case "value_error":
            return str(detail["ctx"]["error"])
        case "no_plain":
            return "is a text, a number, true or false"
        case "string_type":
            return "is a text: write it in quotes"
        case "model_type" | "dict_type" | "model_attributes_type":
            return "is a table: write it in braces, { key = value }"
        case "too_short" | "string_too_short" if not detail["ctx"].get("actual_length"):
            return "is empty"
        case "tuple_type":
            return 'is a list: write it in brackets, ["..."]'
        case "string_pattern_mismatch":
            return _PATTERNS.get(detail["ctx"]["pattern"], f"does not look like {detail['ctx']['pattern']}")
    reason = str(detail["msg"])
    return reason[:1].lower() + reason[1:]


def _models(annotation: Any, seen: frozenset[Any] = frozenset()) -> frozenset[type[BaseModel]]:
    """Every model reachable through the fields of `annotation`."""
    if annotation in seen:
        return frozenset()
    seen |= {annotation}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = [field.annotation for field in annotation.model_fields.values()]
        return frozenset({annotation}).union(*(_models(each, seen) for each in inner))
    return frozenset().union(*(_models(each, seen) for each in get_args(annotation)))
