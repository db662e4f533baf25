"""The identifiers that are known to be the person's: opened, shown masked, and which of them find rows where."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import advance, block, kick
from cases.identity import identifiers
from cases.identity.identifiers import EMAIL, NATIONAL_ID
from cases.identity.tenure import believed
from cases.models import Case, ClaimedIdentifier, Identifier, Submission, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.models.proof import Level
from cases.sealed import vault
from connectors.contract import base
from connectors.description.collection import Collection

PROOF = "proof:"
CASEWORKER = "caseworker"
# What the search begins with, each time anew.
SEEDS = Q(origin__startswith=PROOF) | Q(origin=CASEWORKER)
TIED = ~Q(origin__startswith=PROOF) | ~Q(tied_by="")
TOLD_BY_SOURCE = Q(origin__contains="/") | Q(tied_by__contains="/")
SAID_BY_CASEWORKER = Q(origin=CASEWORKER) | Q(tied_by=CASEWORKER)


def plain(case: Case, identifier: Identifier | ClaimedIdentifier) -> str:
    return vault.unseal(case, KeyUse.FILE, identifier.sealed).decode()


def masked(identifier: Identifier | ClaimedIdentifier) -> str:
    """The value as it is shown by default; dots alone once the case file's time is over."""
    try:
        return identifiers.mask(identifier.kind, plain(identifier.case, identifier))
    except vault.KeyDestroyed:
        return "••••"


@transaction.atomic
def reveal(identifier: Identifier | ClaimedIdentifier, *, by: User) -> str:
    """The value in full, for a reader whose name goes into the record."""
    require(by, identifier.case.operator, Permission.WORK_CASES)
    audit.record(identifier.case, "identifier.read", by=by, kind=identifier.kind, digest=identifier.digest)
    return plain(identifier.case, identifier)


def identifiers_of(case: Case, collection: Collection | None = None) -> list[base.Identifier]:
    """What is known to be the person's, as connectors want it; for a collection, what may find rows in it."""
    usable = list(case.identifiers.all())
    if collection is not None:
        gathering = [
            row for row in usable if may_find(collection, row) and not _in_doubt(case, collection, row)
        ]
        usable = believed(case.operator_id, collection, gathering)
    return _opened(case, usable)


def _opened(case: Case, rows: list[Identifier]) -> list[base.Identifier]:
    opened = vault.opener(case, KeyUse.FILE) if rows else bytes
    return [
        base.Identifier(row.kind, opened(row.sealed).decode(), row.valid_from, row.valid_to) for row in rows
    ]


def _in_doubt(case: Case, collection: Collection, identifier: Identifier) -> bool:
    """Whether this is a mailbox that leads here to somebody of whom nobody has said that it is the person.

    Their rows are gathered by what is tied to the person, not by the mailbox.
    """
    kinds = [told.kind for told in collection.yields]
    return identifier.kind == EMAIL and case.claimed.filter(confirmed_at=None, kind__in=kinds).exists()


def is_matched(case: Case) -> bool:
    """Whether a source or a caseworker has tied any identifier to the person."""
    return case.identifiers.filter(TIED).exists()


def known_by(case: Case) -> frozenset[int]:
    """The identifiers there are now, to tell later whether more came."""
    return frozenset(case.identifiers.values_list("pk", flat=True))


def learned_since(case: Case, moment: datetime | None) -> bool:
    """Whether more of the person is known than was at that moment, so that what was done then did not reach it."""
    return moment is not None and case.identifiers.filter(added_at__gt=moment).exists()


def is_another(case: Case) -> bool:
    """Whether a national number was proven that is not known to be that of whoever was found.

    A mailbox, or what somebody typed and a caseworker confirmed, may find others.
    """
    shown = _shown(case)
    if not shown or _is_vouched_for(case.submission):
        return False
    tied = case.identifiers.filter(TIED, kind=NATIONAL_ID)
    return sources_know_another(case, shown) or not tied.filter(digest__in=shown).exists()


def is_contradicted(case: Case) -> bool:
    """Whether the sources know whoever was found by another national number than the one that was proven.

    No caseworker's word on an identifier ties the two: a number that has changed is vouched for by two people.
    """
    shown = _shown(case)
    return bool(shown) and sources_know_another(case, shown) and not _is_vouched_for(case.submission)


def sources_know_another(case: Case, shown: Iterable[str]) -> bool:
    """Whether sources tell a national number that is none of these, given as keyed hashes.

    They may know one person by two, but not where a caseworker's word has led them to the other.
    """
    shown = set(shown)
    told = case.identifiers.filter(TOLD_BY_SOURCE, kind=NATIONAL_ID)
    numbers = set(told.values_list("digest", flat=True))
    led = case.identifiers.filter(SAID_BY_CASEWORKER).exists()
    return bool(numbers - shown) and (led or not numbers & shown)


def _shown(case: Case) -> set[str]:
    """The national numbers that whoever asks for themselves has proven, as keyed hashes."""
    if case.for_other:
        return set()
    return set(case.submission.proofs.exclude(number_digest="").values_list("number_digest", flat=True))


def _is_vouched_for(submission: Submission) -> bool:
    """Whether two people have vouched for whoever asks, after the last number was shown."""
    last = submission.proofs.exclude(number_digest="").latest("at")
    vouched = submission.proofs.filter(level=Level.HIGH, at__gt=last.at)
    return vouched.exclude(second=None).exists()


def search_anew(case: Case, *, by: audit.Actor) -> None:
    """Search and gather anew from what is proven or confirmed: what a mailbox has found may be somebody else's."""
    case.runs.all().delete()
    case.identifiers.exclude(SEEDS).delete()
    case.identifiers.filter(tied_by__contains="/").update(tied_by="")
    case.identifiers.update(wave=0)
    if case.stage == Stage.MATCHING:
        block(case, "")
        kick(case)
    else:
        advance(case, Stage.MATCHING, by=by)


def may_find(collection: Collection, identifier: Identifier) -> bool:
    """What was only proven finds rows where the operator says so; what a source or a caseworker tied, everywhere."""
    kinds = tuple(collection.find) if identifier.is_tied else collection.link
    return identifier.kind in kinds
