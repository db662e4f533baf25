"""How somebody shows who they are without an electronic identity: whoever has none keeps their rights (Art. 12(2)).

A register names its ways once, each with the level that it proves; a category may have them all, or those it names.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from cases.registers.categories import CategoryEntry, Proof, WayKind
from cases.registers.texts import Frozen, Text
from connectors.description.tomlfile import Fault, fault_at

if TYPE_CHECKING:
    from cases.registers.content import RegisterContent

Problem = tuple[tuple[str | int, ...], str]
# Weakest first (Regulation (EU) No 910/2014, Article 8).
STRENGTH: tuple[Proof, ...] = get_args(Proof)


class Way(Frozen):
    """One way: the level it `proves`, and what the person does, in words of theirs."""

    proves: Proof
    text: Text


def proves(level: Proof, needed: Proof) -> bool:
    """Whether one level of proof is as strong as another."""
    return STRENGTH.index(level) >= STRENGTH.index(needed)


def problems(register: "RegisterContent") -> Iterator[Problem]:
    """Ways that a category names and that do not lead to it."""
    for key, entry in register.categories.items():
        for index, kind in enumerate(entry.ways):
            place = ("categories", key, "ways", index)
            if kind not in register.ways:
                yield place, f"`{kind}` is not described: write [ways.{kind}]"
            elif not proves(register.ways[kind].proves, entry.proof):
                yield (
                    place,
                    f"`{kind}` proves {register.ways[kind].proves}, and the category asks {entry.proof}",
                )


def unfit(folder: Path, register: "RegisterContent") -> Iterator[Fault]:
    """Categories that ask more than a mailed code and can be had by nobody without an electronic identity.

    Apart from `problems`: a register that a case was decided under is read as it was, and can't be mended.
    """
    for key, entry in register.categories.items():
        if entry.proof != "low" and not register.ways_to(key):
            reason = (
                f"asks {entry.proof}, and nobody without an electronic identity can show that much: "
                f'describe a way that proves it, such as [ways.shop] with proves = "{entry.proof}"'
            )
            yield fault_at(folder / "register.toml", ("categories", key), reason)


def leading_to(ways: dict[WayKind, Way], entry: CategoryEntry) -> tuple[tuple[WayKind, Way], ...]:
    """The ways that are strong enough for a category, of those it names if it names any."""
    named = entry.ways or tuple(ways)
    return tuple(
        (kind, way) for kind, way in ways.items() if kind in named and proves(way.proves, entry.proof)
    )
