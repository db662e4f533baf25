"""The people and operators the law is tried on."""

from datetime import date

from cases.law.situation import Controller, Right, Situation, Subject, SubjectKind
from cases.registers.settings import Period, Settings

TELE2 = Controller("tele2-se", "SE", ("SE",))
TELENOR_SE = Controller("telenor-se", "SE", ("SE",))
HEKTOR = Controller("hektor-se", "SE", ("SE",))
TELENOR_DK = Controller("telenor-dk", "DK", ("DK",))
TELIA = Controller("telia-finance-dk", "DK", ("SE", "DK"))
OPERATORS = (TELE2, TELENOR_SE, HEKTOR, TELENOR_DK, TELIA)

LOGGED_2026 = Settings(
    general_logging_mandates=(Period(first=date(2026, 1, 1), last=date(2026, 12, 31), law="an order"),)
)
ALWAYS_LOGGED = Settings(general_logging_mandate=True)


def day(text: str) -> date:
    return date.fromisoformat(text)


def situation(
    controller: Controller = TELE2,
    right: Right = Right.ERASURE,
    *,
    received: str = "2026-11-02",
    decided: str = "2026-12-02",
    kind: SubjectKind = SubjectKind.CONSUMER,
    contract_end: str | None = "2026-08-31",
    **more: object,
) -> Situation:
    """A former consumer customer of Tele2 who asks for erasure, unless said otherwise."""
    subject = Subject(kind, day(contract_end) if contract_end else None)
    return Situation(controller, right, day(received), day(decided), subject, **more)  # type: ignore[arg-type]
