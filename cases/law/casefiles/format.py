"""The shape of a case file. Each part checks itself; what one part says about another is in `problems`."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StrictInt, StrictStr

from cases.law.situation import Right, SubjectKind
from cases.registers.categories import CATEGORIES
from cases.registers.settings import MonthDay
from cases.registers.texts import Frozen
from connectors.description import tomllines

KINDS: dict[str, frozenset[str]] = {
    "contact": frozenset({"", "prepaid-registration"}),
    "retained": frozenset({"telephony", "location", "internet", "equipment"}),
    "disclosures": frozenset({"", "authority"}),
    "kyc": frozenset({"", "identity", "transaction", "investigation"}),
}
DANISH_KINDS: dict[str, frozenset[str]] = {"retained": frozenset({"targeted"})}
FIRST, LAST = date(1950, 1, 1), date(2200, 12, 31)

Problem = tuple[tomllines.Path, str]


def _plain_date(value: Any) -> Any:
    # To isinstance a date with a time of day would do.
    if type(value) is not date:
        raise ValueError("is not a date such as 2026-11-02, without quotes")
    if not FIRST <= value <= LAST:
        raise ValueError(f"is not a date between {FIRST} and {LAST}")
    return value


def _known_category(value: Any) -> Any:
    if value not in CATEGORIES:
        raise ValueError(f"unknown category; known are {', '.join(CATEGORIES)}")
    return value


Day = Annotated[date, BeforeValidator(_plain_date)]
Category = Annotated[StrictStr, BeforeValidator(_known_category)]
Ids = Annotated[tuple[StrictStr, ...], Field(min_length=1)]


class SubjectPart(Frozen):
    kind: SubjectKind
    contract_end: Day | None = None


class PausePart(Frozen):
    from_: Day = Field(alias="from")
    to: Day | None = None


class ExtensionPart(Frozen):
    noticed: Day
    reason: Annotated[StrictStr, Field(min_length=1)]


class SettingsPart(Frozen):
    financial_year_end: MonthDay | None = None
    general_logging_mandate: StrictBool | None = None
    pause_ask_working_days: Annotated[StrictInt, Field(ge=0, le=20)] | None = None
    retained_access: Literal["describe", "give", "country"] | None = None


class ClaimPart(Frozen):
    arose: Day
    demanded: Day | None = None
    recognised: Day | None = None
    paid: Day | None = None


class PreservationPart(Frozen):
    rule: Literal["SE-LEK-ORDER", "DK-HASTE"]
    decided: Day
    # At most ninety days, and ninety more for special reasons (RB 27:16).
    days: Annotated[StrictInt, Field(ge=1, le=90)]
    extended: Annotated[StrictInt, Field(ge=0, le=90)] = 0
    covers: Ids


class NoticePart(Frozen):
    rule: Literal["SE-IPRED-NOTICE"]
    handed_over: Day
    notice_sent: Day | None = None
    covers: Ids


class PendingPart(Frozen):
    rule: Literal["SE-IPRED-PENDING"]
    served: Day
    ended: Day | None = None
    covers: Ids


OrderPart = Annotated[PreservationPart | NoticePart | PendingPart, Field(discriminator="rule")]


class RecordPart(Frozen):
    id: Annotated[StrictStr, Field(min_length=1)]
    category: Category
    kind: StrictStr = ""
    at: Day | None = None
    claim: StrictBool = False
    hidden_number: StrictBool = False
    other_person: StrictBool = False


class ExpectedVerdict(Frozen):
    verdict: StrictStr | None = None
    until: Day | None = None
    from_: Day | None = Field(default=None, alias="from")
    rule: StrictStr | None = None
    why: StrictStr | None = None
    review: StrictStr | StrictBool | None = None
    absent: Literal[True] | None = None


class ExpectedOrder(Frozen):
    notice_from: Day | None = None
    notice_to: Day | None = None
    until: Day | None = None
    absent: Literal[True] | None = None


class Expected(Frozen):
    due: Day | None = None
    extended_due: Day | None = None
    record: dict[str, ExpectedVerdict] | None = None
    purpose: dict[str, ExpectedVerdict] | None = None
    order: dict[str, ExpectedOrder] | None = None


class Expect(Expected):
    cleared: Expected | None = None


class CaseFile(Frozen):
    """One file, its parts each correct by themselves. `problems` are those that can be seen without a register."""

    operator: StrictStr
    right: Right
    received: Day
    decided: Day | None = None
    subject: SubjectPart
    pause: tuple[PausePart, ...] = ()
    extension: ExtensionPart | None = None
    settings: SettingsPart = SettingsPart()
    claim: tuple[ClaimPart, ...] = ()
    order: tuple[OrderPart, ...] = ()
    record: tuple[RecordPart, ...] = ()
    expect: Expect | None = None

    def problems(self) -> Iterator[Problem]:
        """What the parts say about each other, as (key path, reason)."""
        if self.decided and self.decided < self.received:
            yield ("decided",), "lies before `received`"
        yield from _records(self.record)
        ids = {record.id for record in self.record}
        for index, order in enumerate(self.order):
            for place, covered in enumerate(order.covers):
                if covered not in ids:
                    yield ("order", index, "covers", place), f"unknown record `{covered}`"


def _records(records: tuple[RecordPart, ...]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, record in enumerate(records):
        if record.id in seen:
            yield ("record", index, "id"), f"`{record.id}` is used twice"
        seen.add(record.id)
        everywhere = KINDS.get(record.category, frozenset({""}))
        if record.kind not in everywhere | DANISH_KINDS.get(record.category, frozenset()):
            known = ", ".join(f"`{kind}`" for kind in sorted(everywhere))
            yield (
                ("record", index, "kind"),
                f"unknown kind `{record.kind}` of {record.category}; known: {known}",
            )
