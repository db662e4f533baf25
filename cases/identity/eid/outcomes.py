"""How an attempt with electronic identity ends."""

from dataclasses import dataclass, field
from enum import StrEnum

from cases.models.proof import Level


class Outcome(StrEnum):
    PROVEN = "proven"
    CANCELLED = "cancelled"
    AWAY = "away"
    NO_NUMBER = "no-number"
    TOO_LOW = "too-low"
    ANOTHER = "another"
    DIFFERS = "differs"
    # An answer that does not hold: signed by somebody else, meant for somebody else, too old.
    UNTRUSTED = "untrusted"
    # An answer to nothing that this browser asked, or to what it asked too long ago.
    STALE = "stale"


class NotShown(Exception):
    """Nothing was shown. `why` is for the log: a code, never what the broker told."""

    def __init__(self, outcome: Outcome, why: str = "") -> None:
        super().__init__(why or outcome)
        self.outcome, self.why = outcome, why


@dataclass(frozen=True)
class Shown:
    """What a broker vouches for: the number in its one way of writing, at this level."""

    face: str
    issuer: str
    level: Level
    number: str = field(repr=False)
