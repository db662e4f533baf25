"""Which blocks a letter must have: the right that was asked by what became of it. The law of letters, as data.

Articles 12(3)-(5), 13-15 and 19 GDPR. A pair that is not here is a letter that must not be written: a marketing
objection or a withdrawal is never refused (Articles 7(3), 21(3)).
"""

from enum import StrEnum
from typing import Final


class Block(StrEnum):
    """A part of a letter. B1 to B17 as lawyers number them; the others belong to single rights."""

    CONTROLLER = "B1"
    REQUEST = "B2"
    DECISION = "B3"
    REASONS = "B4"
    KEPT_UNTIL = "B5"
    COMPLAINT = "B6"
    COURT = "B7"
    INFORMATION = "B8"
    COPY = "B9"
    RECIPIENTS = "B10"
    RESERVATION = "B11"
    FREE = "B12"
    EXTENSION = "B13"
    IDENTITY = "B14"
    CONSEQUENCE = "B15"
    LEFT_OPEN = "B16"
    LIFTING = "B17"
    SEARCHED = "searched"
    FORWARDED = "forwarded"
    FORMAT = "format"
    POINTER = "pointer"
    STATEMENT = "statement"
    SCOPE = "scope"
    SERVICE = "service"
    EARLIER = "earlier"
    MEANWHILE = "meanwhile"
    REVIEW = "review"
    RECEIPT = "receipt"
    FOUND = "found"
    HAND_OVER = "hand-over"
    STOP_LIST = "stop-list"
    SEAL = "seal"
    DECEASED = "deceased"


B = Block

# The reservation is in every letter, or its absence would tell that nothing is held back.
ALWAYS: Final = frozenset({B.CONTROLLER, B.REQUEST, B.RESERVATION})
IN_ANSWERS: Final = ALWAYS | {B.DECISION, B.COMPLAINT, B.COURT, B.SEAL}

ANSWERS: Final[dict[tuple[str, str], frozenset[Block]]] = {
    ("access", "granted"): frozenset({B.INFORMATION, B.COPY, B.FREE}),
    ("access", "partly"): frozenset({B.INFORMATION, B.COPY, B.FREE, B.REASONS}),
    ("access", "refused"): frozenset({B.REASONS}),
    ("rectification", "granted"): frozenset({B.RECIPIENTS}),
    ("rectification", "partly"): frozenset({B.REASONS, B.RECIPIENTS, B.STATEMENT}),
    ("rectification", "refused"): frozenset({B.REASONS, B.STATEMENT}),
    ("erasure", "granted"): frozenset({B.RECIPIENTS}),
    ("erasure", "partly"): frozenset({B.REASONS, B.KEPT_UNTIL, B.RECIPIENTS}),
    ("erasure", "refused"): frozenset({B.REASONS, B.KEPT_UNTIL}),
    ("restriction", "granted"): frozenset({B.SCOPE, B.LIFTING, B.RECIPIENTS}),
    ("restriction", "partly"): frozenset({B.SCOPE, B.LIFTING, B.RECIPIENTS, B.REASONS}),
    ("restriction", "refused"): frozenset({B.REASONS}),
    ("portability", "granted"): frozenset({B.FORMAT, B.FREE}),
    ("portability", "partly"): frozenset({B.FORMAT, B.FREE, B.REASONS, B.POINTER}),
    ("portability", "refused"): frozenset({B.REASONS, B.POINTER}),
    ("objection", "granted"): frozenset({B.RECIPIENTS}),
    ("objection", "partly"): frozenset({B.REASONS, B.CONSEQUENCE, B.RECIPIENTS}),
    ("objection", "refused"): frozenset({B.REASONS, B.CONSEQUENCE}),
    ("marketing-objection", "granted"): frozenset({B.SERVICE, B.RECIPIENTS, B.LEFT_OPEN}),
    ("consent-withdrawal", "granted"): frozenset({B.EARLIER, B.RECIPIENTS, B.LEFT_OPEN}),
    ("automated-decision", "granted"): frozenset({B.REVIEW}),
    ("automated-decision", "partly"): frozenset({B.REVIEW, B.REASONS}),
    ("automated-decision", "refused"): frozenset({B.REVIEW, B.REASONS}),
}
RIGHTS: Final = tuple(dict.fromkeys(right for right, _ in ANSWERS))

NOTHING_HELD: Final = frozenset({B.SEARCHED})
FORWARDED: Final = frozenset({B.FORWARDED})
ABUSE: Final = frozenset({B.REASONS})
NEVER_EXTENDED: Final = frozenset({"marketing-objection", "consent-withdrawal"})

ORDER: Final = (
    B.REQUEST, B.DECISION, B.MEANWHILE, B.FORWARDED, B.SCOPE, B.REVIEW, B.REASONS, B.KEPT_UNTIL, B.STOP_LIST,
    B.CONSEQUENCE, B.STATEMENT, B.LIFTING, B.EARLIER, B.SERVICE, B.SEARCHED, B.FORMAT, B.COPY, B.POINTER,
    B.RECIPIENTS, B.LEFT_OPEN, B.FREE, B.COMPLAINT, B.COURT, B.RESERVATION, B.CONTROLLER, B.FOUND, B.INFORMATION,
    B.SEAL,
)  # fmt: skip


class LetterProblem(ValueError):
    """A letter that must not go out: it may not be written at all, or lacks what the law requires in it.

    ``code``: `no-such-letter`, `block-missing`, `undecided`, `not-covered`, `not-done`, `no-checksum`,
    `secret-rule` or `never-extended`; ``about`` says which.
    """

    def __init__(self, code: str, about: str) -> None:
        super().__init__(f"{code}: {about}")
        self.code = code
        self.about = about


def required(right: str, outcome: str, *, abuse: bool = False) -> frozenset[Block]:
    """The blocks an answer must have. Raises LetterProblem where no such answer may be given."""
    if abuse and outcome == "refused":
        return IN_ANSWERS | ABUSE
    if outcome == "nothing-held":
        return IN_ANSWERS | NOTHING_HELD
    if outcome == "forwarded":
        return IN_ANSWERS | FORWARDED
    if (right, outcome) not in ANSWERS:
        raise LetterProblem("no-such-letter", f"{right}, {outcome}")
    return IN_ANSWERS | ANSWERS[right, outcome]
