"""Who asks and whose data it is about, as the case page shows it: never more of an identifier than its mask."""

from dataclasses import dataclass, field
from typing import Any

from cases.casework.bounces.whose import is_rejected
from cases.casework.workflow import ANOTHER
from cases.collection.nowhere import missed
from cases.desk.case.people.numbers import shared_numbers
from cases.desk.case.people.young import departed, young
from cases.desk.wording import words
from cases.identity import claimed, identifiers, known
from cases.identity.authority import awaits_authority
from cases.identity.stepping_up import posted_codes
from cases.identity.stepping_up.levels import proof_level
from cases.identity.stepping_up.waiting import waiting
from cases.identity.tenure import placed
from cases.models import Case, ClaimedIdentifier, Identifier, Paper
from cases.papers import keeping
from cases.request.once_more import asked_again
from cases.sealed.typed import Typed, read_file
from cases.sealed.vault import KeyDestroyed
from cases.sources.configured import NotConfigured


@dataclass(frozen=True)
class Value:
    """An identifier, or a claim to one, as the page may show it: masked; whether it finds rows by their time, and
    whether it has led to no source that keeps such ones."""

    row: Identifier | ClaimedIdentifier
    masked: str
    placed: bool = True
    may_take_back: bool = False
    may_undo: bool = False
    led_nowhere: bool = False
    kind: str = field(init=False)

    @property
    def is_open(self) -> bool:
        return isinstance(self.row, ClaimedIdentifier) and self.row.confirmed_at is None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", self.row.kind)


def person(case: Case) -> dict[str, Any]:
    """What was written and proven, and each identifier that is known or said; nothing once the file's key is gone."""
    written, claims = _written(case), [_claim(row) for row in case.claimed.all()]
    return {
        "written": written,
        "written_to": identifiers.mask(identifiers.EMAIL, written.email) if written and written.email else "",
        "address_rejected": written is not None and is_rejected(case.submission, written.email),
        # How long hashes of them stay can depend on an order.
        "identifiers": _identifiers(case) if written else [],
        "claims": claims,
        "awaits_authority": awaits_authority(case),
        "papers": keeping.held(case.submission, Paper.About.AUTHORITY),
        "originals": keeping.held(case.submission, Paper.About.ORIGINAL),
        "typed_kinds": [(kind, words.IDENTIFIERS[kind]) for kind in identifiers.TYPED_KINDS],
        "unsettled": case.blocked_by == ANOTHER or any(value.may_undo or value.is_open for value in claims),
        "proof": proof_level(case),
        "waiting": waiting(case, words.language()),
        "letter_proves": posted_codes.may_be_posted(case.submission) and posted_codes.proves(case.operator),
        "letter": case.submission.posted_codes.first(),
        "asked_again": asked_again(case) if case.is_closed else None,
        "proofs": case.submission.proofs.all(),
        # All are for the same staff: what was asked together is shut together.
        "siblings": case.submission.cases.exclude(pk=case.pk),
        **young(case),
        **departed(case),
        **shared_numbers(case),
    }


def _claim(row: ClaimedIdentifier) -> Value:
    return Value(
        row,
        known.masked(row),
        may_take_back=claimed.may_take_back(row),
        may_undo=claimed.may_undo(row),
    )


def _identifiers(case: Case) -> list[Value]:
    rows = list(case.identifiers.all())
    try:
        dated, lost = {row.pk for row in placed(case.operator_id, rows)}, missed(case)
    except NotConfigured:  # a fault in the description is told elsewhere on the page
        dated, lost = {row.pk for row in rows}, frozenset[int]()
    return [Value(row, known.masked(row), row.pk in dated, led_nowhere=row.pk in lost) for row in rows]


def _written(case: Case) -> Typed | None:
    """What the person wrote; None once the case file's key is destroyed."""
    try:
        return read_file(case)
    except KeyDestroyed:
        return None
