"""Stage 3: whose data? From what was proven, sources tell which identifiers are this person's, and since when.

Wave by wave: a collection with `link` may start from a proven mailbox or eID; what its rows yield starts the next
wave, until nothing new turns up. What was only typed is compared with the result; the rest waits for a caseworker.
"""

from django.db import transaction
from django.utils import timezone

from cases import audit, identity, vault
from cases.models import Case, ClaimedIdentifier, Identifier, User
from cases.models.case import Stage
from cases.models.keys import KeyUse
from cases.operators import connector_of, register_of_case, sources_of
from cases.permissions import Permission, require
from cases.workflow import INTERIM, Refusal, advance, at_stage, block, lock, send
from connectors import base, graph
from connectors.collection import Collection
from connectors.config import Source

PAGE = 1000
# More identifiers than any person has: a source that yields a whole customer base must not be believed.
MOST_IDENTIFIERS = 5000


def plain(case: Case, identifier: Identifier | ClaimedIdentifier) -> str:
    return vault.unseal(case, KeyUse.FILE, identifier.sealed).decode()


def masked(identifier: Identifier | ClaimedIdentifier) -> str:
    """The value as it is shown by default."""
    return identity.mask(identifier.kind, plain(identifier.case, identifier))


@transaction.atomic
def reveal(identifier: Identifier | ClaimedIdentifier, *, by: User) -> str:
    """The value in full, for a reader whose name goes into the record."""
    require(by, identifier.case.operator, Permission.WORK_CASES)
    audit.record(identifier.case, "identifier.read", by=by, kind=identifier.kind, digest=identifier.digest)
    return plain(identifier.case, identifier)


def identifiers_of(case: Case) -> list[base.Identifier]:
    """What seeds the case's collection, as connectors want it."""
    return [
        base.Identifier(row.kind, plain(case, row), row.valid_from, row.valid_to)
        for row in case.identifiers.all()
    ]


def match(case_id: int) -> None:
    """Find the person's identifiers and move on to collection. Raises connectors.base.SourceError; safe to repeat."""
    case = Case.objects.select_related("operator", "register").get(pk=case_id)
    if case.stage != Stage.MATCHING:
        return
    for wave in range(1, 12):
        if not _wave(case, wave):
            break
    _finish(case_id)


def _wave(case: Case, wave: int) -> bool:
    """Ask every collection that can turn the last wave's identifiers into more. Whether anything was new."""
    last = list(case.identifiers.filter(wave=wave - 1))
    found_new = False
    for source in sources_of(case.operator_id):
        for collection in source.collection:
            starters = [one for one in last if _may_start(collection, one)]
            if collection.yields and starters:
                found_new |= _ask(case, source, collection, starters, wave)
    return found_new


def _may_start(collection: Collection, identifier: Identifier) -> bool:
    kinds = collection.link if identifier.origin.startswith("proof:") else tuple(collection.find)
    return identifier.kind in kinds


def _ask(case: Case, source: Source, collection: Collection, starters: list[Identifier], wave: int) -> bool:
    known = [base.Identifier(one.kind, plain(case, one), one.valid_from, one.valid_to) for one in starters]
    connector, cursor, found_new = connector_of(case.operator_id, source.key), None, False
    while True:
        page = connector.read(collection.key, known, cursor, PAGE)
        for line in page.lines:
            for told in graph.identifiers_of(collection, graph.parsed(line), source.zone):
                found_new |= _keep(case, told, f"{source.key}/{collection.key}", wave)
        if (cursor := page.cursor) is None:
            return found_new


def _keep(case: Case, told: base.Identifier, origin: str, wave: int) -> bool:
    try:
        value = identity.normalise(told.kind, told.value, register_of_case(case).country)
    except identity.NotAnIdentifier:
        value = told.value
    if case.identifiers.count() >= MOST_IDENTIFIERS:
        raise base.SourceGarbage("too-many-identifiers", origin)
    _row, created = Identifier.objects.get_or_create(
        case=case,
        kind=told.kind,
        digest=vault.digest(case.operator_id, told.kind, value),
        valid_from=told.valid_from,
        valid_to=told.valid_to,
        defaults={"sealed": vault.seal(case, KeyUse.FILE, value.encode()), "origin": origin, "wave": wave},
    )
    return created


@transaction.atomic
def _finish(case_id: int) -> None:
    case = lock(case_id)
    if case.stage != Stage.MATCHING:
        return
    linked = set(case.identifiers.values_list("kind", "digest"))
    for claimed in case.claimed.filter(confirmed_at=None, rejected_at=None):
        if (claimed.kind, claimed.digest) in linked:
            claimed.confirmed_at = timezone.now()
            claimed.save(update_fields=["confirmed_at"])
    matched = case.identifiers.exclude(origin__startswith="proof:").exists()
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
    case.runs.all().delete()
    if case.stage == Stage.MATCHING:
        block(case, "")
        transaction.on_commit(lambda: send("cases.tasks.match", case.pk))
    else:
        advance(case, Stage.MATCHING, by=by)
