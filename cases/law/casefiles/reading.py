"""From a case file and the operator's register to the types the law works on."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases.law.casefiles.format import (  # fmt: skip
    DANISH_KINDS,
    CaseFile,
    NoticePart,
    OrderPart,
    PreservationPart,
    Problem,
    RecordPart,
)
from cases.law.clock import ClockError, Deadline, Extension, Pause, deadline
from cases.law.situation import (  # fmt: skip
    Claim,
    ClearedSituation,
    IpredNotice,
    IpredPending,
    OpenOrder,
    Preservation,
    Record,
    Right,
    SecretRecord,
    Situation,
    Subject,
    controller_of,
    is_secret,
)
from cases.registers.register import Register, load_register
from cases.registers.settings import Settings
from connectors.description import tomlfile, tomllines

NOT_EXTENDABLE = frozenset({Right.MARKETING_OBJECTION, Right.CONSENT_WITHDRAWAL})
CLOCK_PROBLEMS = {
    "pause-before-receipt": ("from", "starts before `received`"),
    "pause-backwards": ("to", "lies before `from`"),
    "extension-forbidden": ("noticed", "this right cannot be extended"),
    "extension-before-receipt": ("noticed", "lies before `received`"),
    "extension-late": ("noticed", "lies after the due date"),
}


@dataclass(frozen=True)
class PolicyCase:
    """A case file with its register, and what the law may know of it without clearance."""

    file: CaseFile
    register: Register
    clock: Deadline
    situation: Situation


def read(path: Path, operators: Path) -> PolicyCase:
    """Reads a case file against the registers in the folder `operators`. Raises tomlfile.ConfigError."""
    file = _load(path)
    known = sorted(found.parent.name for found in operators.glob("*/register.toml"))
    if file.operator not in known:
        raise _fault(path, ("operator",), f"unknown operator `{file.operator}`; known: {', '.join(known)}")
    register = load_register(operators / file.operator)
    for problem in _foreign_kinds(file.record, register):
        raise _fault(path, *problem)
    settings = _settings(file, register)
    try:
        clock = _clock(file, register, settings)
    except ClockError as error:
        raise _fault(path, *_clock_problem(error)) from None
    if clock.due is None and file.decided is None:
        raise _fault(path, ("decided",), "is missing, and an open pause leaves no due date to take instead")
    return PolicyCase(file, register, clock, _situation(file, register, settings, clock))


def _load(path: Path) -> CaseFile:
    """Names the key also where the text is not TOML at all, as a date that no calendar has."""
    try:
        return tomlfile.load(path, CaseFile)
    except tomlfile.ConfigError as error:
        if error.key or not error.reason.startswith("not TOML"):
            raise
        line = path.read_text().splitlines()[error.line - 1 : error.line]
        key = re.match(r"\s*([\w.-]+)\s*=", "".join(line))
        raise tomlfile.ConfigError(error.file, error.line, key[1] if key else "", error.reason) from None


def records(case: PolicyCase) -> dict[str, Record]:
    """The records that may be known without clearance, by id."""
    ordinary = {name: order for name, order in _named(case.file.order) if not _is_secret_order(order)}
    return {part.id: Record(*_signature(part, ordinary)) for part in case.file.record if not _is_secret(part)}


def cleared_records(case: PolicyCase) -> dict[str, Record | SecretRecord]:
    """Every record, by id."""
    orders = dict(_named(case.file.order))
    return {
        part.id: (SecretRecord if _is_secret(part) else Record)(*_signature(part, orders))
        for part in case.file.record
    }


def cleared(case: PolicyCase) -> ClearedSituation:
    """The situation with the secret orders beside it."""
    secret = (
        Preservation(name, part.rule, part.decided, part.days, part.extended)
        for name, part in _named(case.file.order)
        if isinstance(part, PreservationPart)
    )
    return ClearedSituation(case.situation, tuple(secret))


def _situation(file: CaseFile, register: Register, settings: Settings, clock: Deadline) -> Situation:
    return Situation(
        controller=controller_of(register),
        right=file.right,
        received=file.received,
        decided=file.decided or clock.earliest,
        subject=Subject(file.subject.kind, file.subject.contract_end),
        claims=tuple(Claim(part.arose, part.demanded, part.recognised, part.paid) for part in file.claim),
        orders=tuple(_open_orders(file.order)),
        settings=settings,
    )


def _open_orders(parts: Iterable[OrderPart]) -> Iterator[OpenOrder]:
    for name, part in _named(parts):
        if isinstance(part, NoticePart):
            yield IpredNotice(name, part.handed_over, part.notice_sent)
        elif not isinstance(part, PreservationPart):
            yield IpredPending(name, part.served, part.ended)


def _named(parts: Iterable[OrderPart]) -> Iterator[tuple[str, OrderPart]]:
    return ((f"order-{number}", part) for number, part in enumerate(parts, 1))


def _signature(part: RecordPart, orders: dict[str, OrderPart]) -> tuple[Any, ...]:
    covering = frozenset(name for name, order in orders.items() if part.id in order.covers)
    return (part.category, part.kind, part.at, part.claim, part.hidden_number, part.other_person, covering)


def _is_secret(part: RecordPart) -> bool:
    return is_secret(part.category, part.kind)


def _is_secret_order(part: OrderPart) -> bool:
    return isinstance(part, PreservationPart)


def _settings(file: CaseFile, register: Register) -> Settings:
    given = file.settings.model_dump(exclude_none=True)
    if "general_logging_mandate" in given:
        # What the file says holds for every day: the register's dated orders must not say otherwise beside it.
        given["general_logging_mandates"] = ()
    return register.settings.model_copy(update=given)


def _clock(file: CaseFile, register: Register, settings: Settings) -> Deadline:
    return deadline(
        file.received,
        register.calendars,
        [Pause(part.from_, part.to) for part in file.pause],
        Extension(file.extension.noticed) if file.extension else None,
        ask_limit=settings.pause_ask_working_days,
        extendable=file.right not in NOT_EXTENDABLE,
    )


def _clock_problem(error: ClockError) -> Problem:
    key, why = CLOCK_PROBLEMS[error.code]
    return (("pause", error.index, key) if error.key == "pause" else (error.key, key)), why


def _foreign_kinds(parts: Iterable[RecordPart], register: Register) -> Iterator[Problem]:
    for index, part in enumerate(parts):
        if register.country != "DK" and part.kind in DANISH_KINDS.get(part.category, ()):
            yield ("record", index, "kind"), f"`{part.kind}` exists in Denmark only"


def _fault(path: Path, key: tomllines.Path, why: str) -> tomlfile.ConfigError:
    """The error at the key's own line, or at its table's where the key is missing."""
    places = tomllines.lines(path.read_text())
    written = next(key[:length] for length in range(len(key), -1, -1) if key[:length] in places)
    return tomlfile.ConfigError(tomlfile.shown(path), places[written], tomlfile.dotted(key), why)
