"""Whether a case file got what it expects."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cases.law.casefiles.format import Expect, Expected
from cases.law.casefiles.outcome import Outcome

ABSENT = "absent"


@dataclass(frozen=True)
class Mismatch:
    """One expected value that is not what the law gave."""

    key: str
    expected: Any
    got: Any

    def __str__(self) -> str:
        return f"{self.key}: expected {_shown(self.expected)}, got {_shown(self.got)}"


def mismatches(expect: Expect, found: Outcome, *, is_cleared: bool) -> list[Mismatch]:
    """Every difference. With clearance, a table under `expect.cleared` replaces the one of the same name."""
    wanted = _tables(expect)
    if is_cleared and expect.cleared:
        wanted |= _tables(expect.cleared)
    return [each for name, value in wanted.items() for each in _differences(name, value, found[name])]


def _tables(expect: Expected) -> dict[str, Any]:
    given = expect.model_dump(by_alias=True, exclude_unset=True)
    given.pop("cleared", None)
    return given


def _differences(key: str, wanted: Any, got: Any) -> Iterator[Mismatch]:
    if not isinstance(wanted, Mapping):
        # `true` expects that there is one, whatever it says.
        if wanted != got and not (wanted is True and got):
            yield Mismatch(key, wanted, got)
    elif wanted.get("absent") is True:
        if got is not None:
            yield Mismatch(key, ABSENT, got.get("verdict", "present"))
    elif got is None:
        yield Mismatch(key, ", ".join(f"{name} {_shown(value)}" for name, value in wanted.items()), ABSENT)
    else:
        for name, value in wanted.items():
            yield from _differences(f"{key}.{name}", value, got.get(name))


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
