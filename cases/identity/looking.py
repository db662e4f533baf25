"""What the sources know by what was typed: for whoever checks an authority, or whose an identifier is.

Nothing of it is kept; that somebody looked stands in the record. It begins with what was typed and goes one step: the
card that a customer number leads to, the number's subscriptions. Nothing that the asker has proven is asked with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cases.casework import audit
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, lock
from cases.identity import identifiers
from cases.identity.authority import awaits_authority, is_askers, proof_is_persons
from cases.identity.claimed import JUDGED_AT
from cases.identity.known import plain
from cases.models import Case, ClaimedIdentifier, User
from cases.models.case import Stage
from cases.sealed import vault
from cases.sources.configured import connector_of, sources_of
from cases.sources.ordinary_view import split
from cases.sources.places import place
from connectors.contract import base
from connectors.description.collection import Collection
from connectors.description.config import ManualSource, Source
from connectors.rows import graph

FEW = 20  # rows of one collection


@dataclass(frozen=True)
class Told:
    """An identifier that a row tells, masked.

    Whether it was typed as well, whether it is tied to the person already, and whether it is an asker's for another.
    """

    kind: str
    masked: str
    since: datetime | None
    until: datetime | None
    typed: bool
    persons: bool
    askers: bool


@dataclass(frozen=True)
class Seen:
    """What one collection says to one typed identifier. ``error``: the code of why it could not be asked."""

    source: str
    collection: str
    claim: ClaimedIdentifier
    told: tuple[Told, ...] = ()
    rows: int = 0
    more: bool = False
    error: str = ""


def look(case: Case, *, by: User) -> list[Seen]:
    """Ask every source that finds people by what was typed. PermissionDenied without WORK_CASES."""
    claims = _begin(case, by)
    return [seen for claim in claims for seen in _seen(case, claim)]


def look_at(claim: ClaimedIdentifier, *, by: User) -> list[Seen]:
    """Ask the sources about one identifier that may be the person's, before somebody says whether it is.

    Refusal wrong-stage once everything is decided, and authority-first where whoever asks may not do so yet.
    """
    with transaction.atomic():
        case = lock(claim.case_id)
        require(by, case.operator, Permission.WORK_CASES)
        at_stage(case, *JUDGED_AT)
        if awaits_authority(case):
            raise Refusal("authority-first")
        audit.record(case, "identifier.looked", by=by, kind=claim.kind, digest=claim.digest)
    claim.case = case
    return list(_seen(case, claim))


@transaction.atomic
def _begin(case: Case, by: User) -> list[ClaimedIdentifier]:
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.MATCHING)
    if proof_is_persons(case):
        raise Refusal("asks-for-themselves")
    claims = [
        claim
        for claim in case.claimed.filter(rejected_at=None)
        if not is_askers(case, claim.kind, claim.digest)
    ]
    audit.record(case, "authority.looked", by=by, asked_with=len(claims))
    return claims


def _seen(case: Case, claim: ClaimedIdentifier) -> Iterator[Seen]:
    for source in sources_of(case.operator_id):
        for collection in () if isinstance(source, ManualSource) else source.collection:
            if collection.yields and claim.kind in collection.find:
                try:
                    yield _ask(case, claim, source, collection)
                except base.SourceError as error:
                    yield Seen(source.key, collection.key, claim, error=str(error))


def _ask(case: Case, claim: ClaimedIdentifier, source: Source, collection: Collection) -> Seen:
    value = base.Identifier(claim.kind, plain(case, claim), None, None)
    with place(case.operator_id, source.key):
        page = connector_of(case.operator_id, source.key).read(collection.key, [value], None, FEW)
    # What only a hidden row tells would show that there is one.
    rows = [graph.parsed(line) for line in split(case, source.key, collection, page.lines)[0]]
    typed = set(case.claimed.values_list("kind", "digest"))
    told = dict.fromkeys(
        _told(case, one, typed) for row in rows for one in graph.identifiers_of(collection, row, source.zone)
    )
    return Seen(source.key, collection.key, claim, tuple(told), len(rows), more=page.cursor is not None)


def _told(case: Case, one: base.Identifier, typed: set[tuple[str, str]]) -> Told:
    try:
        value = identifiers.normalise(one.kind, one.value, register_of_case(case).country)
    except identifiers.NotAnIdentifier:
        value = one.value
    digest = vault.digest(case.operator_id, one.kind, value)
    return Told(
        one.kind,
        identifiers.mask(one.kind, value),
        one.valid_from,
        one.valid_to,
        typed=(one.kind, digest) in typed,
        persons=case.identifiers.filter(kind=one.kind, digest=digest).exists(),
        askers=is_askers(case, one.kind, digest),
    )
