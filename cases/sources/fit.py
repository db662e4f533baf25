"""Whether an operator's sources fit its register: categories and channels are those that the register speaks of."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from cases.registers import faces, gateway, ways
from cases.registers.categories import CATEGORIES
from cases.registers.register import Register
from cases.registers.texts import misshapen
from connectors.description.collection import Collection
from connectors.description.config import ManualSource, Source
from connectors.description.parts import ForChannels
from connectors.description.remarks import Remark
from connectors.description.remarks import remarks as about_sources
from connectors.description.tomlfile import Fault, fault_at
from connectors.description.tomllines import Path as Key

NATIONAL_ID, MSISDN = "national_id", "msisdn"


def faults(
    folder: Path,
    register: Register,
    sources: Sequence[Source],
    offered: Iterable[str] = (),
    *,
    texts: bool = False,
) -> Iterator[Fault]:
    """Every category and channel in `folder/connectors.toml` that the register does not have, with its line.

    And every text in `register.toml` that a letter could not print as a sentence, every category there that nobody
    without an electronic identity can have; every face in `identity.toml` that proves a number which finds nobody; and
    text messages (``texts``) where no source tells a number to send them to.

    A channel nobody stops would turn an objection into a task by hand, and nobody would know that a source could.
    """
    together = {(told.kind, len(told.columns)) for source in sources for part in source.collection
                for told in part.yields}  # fmt: skip
    for number, source in enumerate(sources):
        for index, collection in enumerate(source.collection):
            for key, reason in (*_unfit(register, collection), *_apart(collection, together)):
                place = ("source", number, "collection", index, *key)
                yield fault_at(folder / "connectors.toml", place, reason)
    for path, reason in misshapen(register):
        yield fault_at(folder / "register.toml", path, reason)
    yield from ways.unfit(folder, register)
    yield from faces.unfit(folder, register, offered, linked=_finds_by_number(sources))
    if texts:
        yield from gateway.unfit(folder, tied=_tells_numbers(sources))


def _tells_numbers(sources: Sequence[Source]) -> bool:
    return any(
        told.kind == MSISDN for source in sources for part in source.collection for told in part.yields
    )


def _finds_by_number(sources: Sequence[Source]) -> bool:
    return any(
        NATIONAL_ID in collection.link and NATIONAL_ID in {told.kind for told in collection.yields}
        for source in sources
        if not isinstance(source, ManualSource)
        for collection in source.collection
    )


def remarks(register: Register, sources: Sequence[Source]) -> Iterator[Remark]:
    """What is allowed and seldom meant, as far as the sources and the register's categories tell."""
    of_others = {key for key, category in register.categories.items() if category.of_others}
    return about_sources(sources, of_others)


def _unfit(register: Register, collection: Collection) -> Iterator[tuple[Key, str]]:
    if collection.category not in register.categories:
        yield ("category",), _no_category(register, collection.category)
    known = register.channels()
    suppress: Iterable[ForChannels] = getattr(collection, "suppress", ())
    for position, setting in enumerate(suppress):
        for channel in setting.channels:
            if channel not in known:
                yield ("suppress", position, "channels"), _no_channel(known, channel)


def _apart(collection: Collection, together: set[tuple[str, int]]) -> Iterator[tuple[Key, str]]:
    """Several columns in `find` are one identifier of several parts: somebody tells such a one, and nobody another."""
    for kind, find in collection.find.items():
        told = {parts for other, parts in together if other == kind} | (
            {1} if kind in collection.link else set()
        )
        if find.parts > 1 and (kind, find.parts) not in together:
            yield (
                ("find", kind),
                (
                    f"names {find.parts} columns, which are compared together with an identifier of as many "
                    f"parts; no `yields` tells a `{kind}` of {find.parts} columns. If either may hold it, "
                    "say `any_of`"
                ),
            )
        elif other := sorted(told - {find.parts}):
            yield (
                ("find", kind),
                (
                    f"names {find.parts} column(s), and a `{kind}` of {other[0]} is told or proven too, which "
                    "finds nobody here: give one of the two another kind"
                ),
            )


def _no_category(register: Register, category: str) -> str:
    if category in CATEGORIES:
        return f"`{category}` is not in register.toml: add it there, with the purposes it serves"
    return f"`{category}` is not a data category{_near(category, register.categories)}"


def _no_channel(known: Iterable[str], channel: str) -> str:
    return f"`{channel}` is not the channel of any purpose in register.toml{_near(channel, known)}"


def _near(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, sorted(known), n=1)
    return f"; did you mean `{near[0]}`?" if near else ""
