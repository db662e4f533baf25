"""The words a decision is made in."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cases.law.reasons import Reason


class Ruling(StrEnum):
    """The words of the case files."""

    GIVE = "give"
    REDACT = "redact"
    DESCRIBE = "describe"
    WITHHOLD = "withhold"
    DELAY = "delay"
    NONE = "none"
    ERASE = "erase"
    KEEP = "keep"
    GONE = "gone"
    OTHERS = "others"  # somebody else's than the asker's
    PORT = "port"
    NOT_PORTABLE = "not-portable"
    STOP = "stop"
    CONTINUE = "continue"
    REVIEW = "review"


class Confirms(StrEnum):
    """Who confirms a decision that a person has to look at."""

    CASEWORKER = "caseworker"
    LAWYER = "lawyer"
    CLEARED = "cleared"


# The reviews whose sentence names a lawyer; any other is a caseworker's.
_CONFIRMED_BY = {
    "review.delay": Confirms.LAWYER,
    "review.proceeding": Confirms.LAWYER,
    "review.logging": Confirms.CLEARED,
    "review.neutral": Confirms.CLEARED,
    "review.other-user-logged": Confirms.CLEARED,
    "review.user-unknown-logged": Confirms.CLEARED,
    "review.no-account-logged": Confirms.CLEARED,
}


def who_confirms(review: str) -> Confirms:
    """``review``: the code of the reason to look; empty where there is none."""
    return _CONFIRMED_BY.get(review, Confirms.CASEWORKER)


class Override(StrEnum):
    """Who may decide otherwise than proposed."""

    CASEWORKER = "caseworker"
    LEGAL_OFFICER = "legal-officer"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Verdict:
    """What is to happen. `until`: last day kept; `from_`: first day it may be given; `rule`: a hold rule's
    id, or CONTRACT. With `review` it is a proposal that a person must confirm, for the reason given."""

    verdict: Ruling
    why: Reason
    until: date | None = None
    from_: date | None = None
    rule: str | None = None
    review: Reason | None = None


# Outcomes of a category that are no verdict on a row.
PARTLY, REVIEW, NOT_PROVEN, LEFT_OUT = "partly", "review", "not-proven", "left-out"
