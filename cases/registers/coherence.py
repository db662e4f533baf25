"""The rules across the parts of a register: everything named is there, and nothing is there unused."""

import difflib
from collections import Counter
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from cases.registers import ways
from cases.registers.categories import CATEGORIES

if TYPE_CHECKING:
    from cases.registers.content import RegisterContent
    from cases.registers.processing import Purpose

_PART = "a category of this purpose"
Problem = tuple[tuple[str | int, ...], str]


def problems(register: "RegisterContent") -> Iterator[Problem]:
    """Every place where a register contradicts itself, as (key path, reason)."""
    yield from _header(register)
    yield from _categories(register)
    yield from ways.problems(register)
    for index, purpose in enumerate(register.purposes):
        yield from _purpose(register, ("purposes", index), purpose)
    yield from _recipients(register)
    yield from _transfers(register)
    yield from _set_by_operator(register)


def _header(register: "RegisterContent") -> Iterator[Problem]:
    for key in ("calendars", "languages"):
        yield from _repeated((key,), getattr(register, key))
    if register.country not in register.calendars:
        yield ("calendars",), f"lacks the operator's own country, {register.country}"
    yield from _repeated(("purposes",), [purpose.code for purpose in register.purposes], "code")


def _repeated(path: tuple[str | int, ...], values: Collection[str], field: str = "") -> Iterator[Problem]:
    seen: Counter[str] = Counter()
    for index, value in enumerate(values):
        seen[value] += 1
        if seen[value] == 2:
            yield (*path, index, *([field] if field else [])), f"`{value}` is there twice"


def _categories(register: "RegisterContent") -> Iterator[Problem]:
    yield from _known(("categories",), register.categories, CATEGORIES, "a data category", keys=True)
    used = {category for purpose in register.purposes for category in purpose.categories}
    sourced = {category for source in register.sources.values() for category in source.categories}
    for category in register.categories:
        # An unknown key has had its complaint above.
        if category in CATEGORIES and category not in used:
            yield ("categories", category), "no purpose uses this category"
        if category in CATEGORIES and category not in sourced:
            yield ("categories", category), "no source says where this category comes from"
    for key, source in register.sources.items():
        path = ("sources", key, "categories")
        yield from _known(path, source.categories, register.categories, "a category of this register")


def _purpose(
    register: "RegisterContent", path: tuple[str | int, ...], purpose: "Purpose"
) -> Iterator[Problem]:
    own = "a category of this register"
    yield from _known((*path, "categories"), purpose.categories, register.categories, own)
    yield from _known((*path, "sources"), purpose.sources, register.sources, "a source of this register")
    yield from _known(
        (*path, "recipients"), purpose.recipients, register.recipients, "a recipient of this register"
    )
    yield from _known((*path, "consent_for"), purpose.consent_for, purpose.categories, _PART)
    for index, basis in enumerate(purpose.bases):
        yield from _known((*path, "bases", index, "covers"), basis.covers, purpose.categories, _PART)
    if not purpose.stated and any(basis.kind != "none-stated" for basis in purpose.bases):
        yield (*path, "bases"), "a purpose the policy does not name can only be none-stated; record the basis"


def _recipients(register: "RegisterContent") -> Iterator[Problem]:
    named = {key for purpose in register.purposes for key in purpose.recipients}
    for key, recipient in register.recipients.items():
        path = ("recipients", key)
        if key not in named:
            yield path, "no purpose names this recipient"
        if recipient.same_as is not None:
            companies = [other for other, entry in register.recipients.items() if entry.same_as is None]
            if recipient.same_as not in companies:
                yield (*path, "same_as"), f"`{recipient.same_as}` is not another company's entry"
        yield from _known(
            (*path, "receives"), recipient.receives, register.categories, "a category of this register"
        )


def _transfers(register: "RegisterContent") -> Iterator[Problem]:
    for path, transfers in (
        (("transfers",), register.transfers),
        (("set_by_operator", "transfers"), register.set_by_operator.transfers),
    ):
        for index, transfer in enumerate(transfers):
            where = (*path, index, "recipients")
            yield from _known(where, transfer.recipients, register.recipients, "a recipient of this register")


def _set_by_operator(register: "RegisterContent") -> Iterator[Problem]:
    own, base = register.set_by_operator, ("set_by_operator",)
    codes = [purpose.code for purpose in register.purposes]
    silent = [purpose.code for purpose in register.purposes if purpose.rests_on("none-stated")]
    open_retention = [key for key, entry in register.categories.items() if entry.retention is None]
    yield from _known(
        (*base, "retention"), own.retention, open_retention, "a category without a period", keys=True
    )
    yield from _known((*base, "bases"), own.bases, silent, "a purpose without a stated basis", keys=True)
    yield from _known((*base, "automated"), own.automated, codes, "a purpose of this register", keys=True)
    groups = [*_by_operator(register)]
    yield from _known((*base, "names"), own.names, groups, "a recipient or source to be named", keys=True)
    for code, bases in own.bases.items():
        for index, basis in enumerate(bases):
            purpose = next((each for each in register.purposes if each.code == code), None)
            covered = purpose.categories if purpose else ()
            yield from _known((*base, "bases", code, index, "covers"), basis.covers, covered, _PART)
            if basis.kind == "none-stated":
                yield (*base, "bases", code, index, "kind"), "a recorded basis must be one of Article 6"


def _by_operator(register: "RegisterContent") -> Iterator[str]:
    for entries in (register.recipients, register.sources):
        yield from (key for key, entry in entries.items() if entry.naming == "by-operator")


def _known(
    path: tuple[str | int, ...],
    values: Collection[str],
    known: Collection[str],
    what: str,
    *,
    keys: bool = False,
) -> Iterator[Problem]:
    for index, value in enumerate(values):
        if value not in known:
            near = difflib.get_close_matches(value, list(known), n=1)
            guess = f"; did you mean `{near[0]}`?" if near else ""
            yield (*path, value if keys else index), f"`{value}` is not {what}{guess}"
