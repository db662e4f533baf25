"""Stage 3: whose data? From what was proven, sources tell which identifiers are this person's, and since when.

Wave by wave: a collection with `link` may start from a proven mailbox or eID; what its rows yield starts the next
wave, until nothing new turns up. What was only typed is compared with the result; the rest waits for a caseworker.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from cases import audit, identity, vault
from cases.models import Case, ClaimedIdentifier, Identifier, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.operators import connector_of, register_of_case, sources_of
from cases.permissions import Permission, require
from cases.places import place
from cases.situation import is_secret
from cases.workflow import INTERIM, Refusal, advance, at_stage, block, lock, send, take
from connectors import base, graph
from connectors.collection import Collection
from connectors.config import ManualSource, Source

PAGE = 1000
# More identifiers, or links from one to the next, than any person has: a source that yields a whole customer base
# must not be believed.
MOST_IDENTIFIERS = 5000
MOST_WAVES = 20
PROOF = "proof:"


def plain(case: Case, identifier: Identifier | ClaimedIdentifier) -> str:
    return vault.unseal(case, KeyUse.FILE, identifier.sealed).decode()


def masked(identifier: Identifier | ClaimedIdentifier) -> str:
    """The value as it is shown by default; dots alone once the case file's time is over."""
    try:
        return identity.mask(identifier.kind, plain(identifier.case, identifier))
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
    usable = [row for row in case.identifiers.all() if collection is None or may_find(collection, row)]
    opened = vault.opener(case, KeyUse.FILE) if usable else bytes
    return [
        base.Identifier(row.kind, opened(row.sealed).decode(), row.valid_from, row.valid_to) for row in usable
    ]


def is_matched(case: Case) -> bool:
    """Whether a source or a caseworker has tied any identifier to the person."""
    return case.identifiers.exclude(origin__startswith=PROOF).exists()


def match(case_id: int) -> None:
    """Find the person's identifiers and move on to collection. Raises connectors.base.SourceError; safe to repeat."""
    case = Case.objects.select_related("operator", "register").get(pk=case_id)
    if case.stage != Stage.MATCHING:
        return
    for wave in range(1, MOST_WAVES):
        if not case.identifiers.filter(wave__gte=wave - 1).exists():
            break
        _ask_all(case, list(case.identifiers.filter(wave=wave - 1)), wave)
    else:
        raise base.SourceGarbage("too-many-identifiers")
    _finish(case_id)


def _ask_all(case: Case, last: list[Identifier], wave: int) -> None:
    """Ask every collection that can turn the last wave's identifiers into more."""
    for source in sources_of(case.operator_id):
        for collection in () if isinstance(source, ManualSource) else source.collection:
            starters = [one for one in last if may_find(collection, one)]
            if collection.yields and starters:
                _ask(case, source, collection, starters, wave)


def may_find(collection: Collection, identifier: Identifier) -> bool:
    """What was only proven finds rows where the operator says so; what a source or a caseworker tied, everywhere."""
    kinds = collection.link if identifier.origin.startswith(PROOF) else tuple(collection.find)
    return identifier.kind in kinds


def _ask(case: Case, source: Source, collection: Collection, starters: list[Identifier], wave: int) -> None:
    opened = vault.opener(case, KeyUse.FILE)
    known = [
        base.Identifier(one.kind, opened(one.sealed).decode(), one.valid_from, one.valid_to)
        for one in starters
    ]
    connector, cursor, origin = (
        connector_of(case.operator_id, source.key),
        None,
        f"{source.key}/{collection.key}",
    )
    seen = {_mark(one.kind, one.digest, one.valid_from, one.valid_to) for one in _tied(case)}
    while True:
        with place(case.operator_id, source.key):
            page = connector.read(collection.key, known, cursor, PAGE)
        for row in map(graph.parsed, page.lines):
            if is_secret(collection.category, collection.record_kind.of(row) or ""):
                continue  # what only such a row tells would show that there is one
            for told in graph.identifiers_of(collection, row, source.zone):
                _keep(case, told, origin, wave, seen)
        if (cursor := page.cursor) is None:
            return


Mark = tuple[str, str, datetime | None, datetime | None]


def _mark(kind: str, digest: str, valid_from: datetime | None, valid_to: datetime | None) -> Mark:
    return kind, digest, valid_from, valid_to


def _tied(case: Case) -> QuerySet[Identifier]:
    return case.identifiers.exclude(origin__startswith=PROOF)


def _keep(case: Case, told: base.Identifier, origin: str, wave: int, seen: set[Mark]) -> None:
    try:
        value = identity.normalise(told.kind, told.value, register_of_case(case).country)
    except identity.NotAnIdentifier:
        value = told.value
    digest = vault.digest(case.operator_id, told.kind, value)
    mark = _mark(told.kind, digest, told.valid_from, told.valid_to)
    if mark in seen:
        return
    if len(seen) >= MOST_IDENTIFIERS:
        raise base.SourceGarbage("too-many-identifiers", origin)
    seen.add(mark)
    row, created = Identifier.objects.get_or_create(
        case=case,
        kind=told.kind,
        digest=digest,
        valid_from=told.valid_from,
        valid_to=told.valid_to,
        defaults={"sealed": vault.seal(case, KeyUse.FILE, value.encode()), "origin": origin, "wave": wave},
    )
    if not created and row.origin.startswith(PROOF):
        row.origin, row.wave = origin, wave
        row.save(update_fields=["origin", "wave"])


def learn(case: Case, told: Iterable[base.Identifier], origin: str) -> bool:
    """Keep what rows told outside the search, as a wave of its own. Whether any of it is new."""
    seen = {_mark(one.kind, one.digest, one.valid_from, one.valid_to) for one in _tied(case)}
    before, last = len(seen), case.identifiers.aggregate(last=Max("wave"))["last"] or 0
    for one in told:
        _keep(case, one, origin, last + 1, seen)
    return len(seen) > before


@transaction.atomic
def _finish(case_id: int) -> None:
    case = take(case_id, Stage.MATCHING)
    if case is None:
        return
    linked = set(case.identifiers.values_list("kind", "digest"))
    for claimed in case.claimed.filter(confirmed_at=None, rejected_at=None):
        if (claimed.kind, claimed.digest) in linked:
            claimed.confirmed_at = timezone.now()
            claimed.save(update_fields=["confirmed_at"])
    matched = is_matched(case)
    if not matched and open_claims(case):
        block(case, "claims-to-check")
        return
    if matched and case.right in INTERIM:
        transaction.on_commit(lambda: send("cases.tasks.take_interim_measure", case.pk))
    advance(case, Stage.COLLECTION, by=audit.SYSTEM, identifiers=case.identifiers.count(), matched=matched)


def open_claims(case: Case) -> list[ClaimedIdentifier]:
    """Typed identifiers that no source links to the person and no caseworker has judged."""
    return list(case.claimed.filter(confirmed_at=None, rejected_at=None))


@transaction.atomic
def confirm_claimed(claimed: ClaimedIdentifier, *, by: User) -> None:
    """A caseworker has checked that a typed identifier is the person's: match again with it."""
    case = _judge_claimed(claimed, by)
    claimed.confirmed_at = timezone.now()
    claimed.save(update_fields=["confirmed_at"])
    Identifier.objects.get_or_create(
        case=case,
        kind=claimed.kind,
        digest=claimed.digest,
        valid_from=None,
        valid_to=None,
        defaults={"sealed": claimed.sealed, "origin": "caseworker", "wave": 0},
    )
    audit.record(case, "identifier.confirmed", by=by, kind=claimed.kind, digest=claimed.digest)
    _again(case, by)


@transaction.atomic
def reject_claimed(claimed: ClaimedIdentifier, *, by: User) -> None:
    """A caseworker could not tie a typed identifier to the person: it is not used."""
    case = _judge_claimed(claimed, by)
    claimed.rejected_at = timezone.now()
    claimed.save(update_fields=["rejected_at"])
    audit.record(case, "identifier.rejected", by=by, kind=claimed.kind, digest=claimed.digest)
    if case.stage == Stage.MATCHING:
        _again(case, by)


def _judge_claimed(claimed: ClaimedIdentifier, by: User) -> Case:
    case = lock(claimed.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.MATCHING, Stage.COLLECTION, Stage.HOLDS, Stage.DECISIONS)
    claimed.refresh_from_db()
    if claimed.confirmed_at or claimed.rejected_at:
        raise Refusal("already-decided")
    return case


def _again(case: Case, by: User) -> None:
    """Everything is gathered anew; the files of what was gathered go when the case's data go."""
    case.runs.all().delete()
    if case.stage == Stage.MATCHING:
        block(case, "")
        transaction.on_commit(lambda: send("cases.tasks.match", case.pk))
    else:
        advance(case, Stage.MATCHING, by=by)
