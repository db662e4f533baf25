"""Stage 3: whose data? From what was proven, sources tell which identifiers are this person's, and since when.

Wave by wave: a collection with `link` may start from a proven mailbox or eID; what its rows yield starts the next
wave, until nothing new turns up. What was only typed is compared with the result; the rest waits for a caseworker.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, compress, islice

from django.db import transaction
from django.db.models import Max, QuerySet

from cases.casework import audit
from cases.casework.dispatch import send
from cases.casework.operators import register_of_case
from cases.casework.workflow import ANOTHER, INTERIM, advance, block, take
from cases.identity import identifiers
from cases.identity.authority import awaits_authority, is_askers, proof_is_persons, wait_for_authority
from cases.identity.claimed import confirm_linked, leave_open, open_claims
from cases.identity.failed_search import note_search_failure
from cases.identity.identifiers import EMAIL
from cases.identity.known import (
    CASEWORKER,
    PROOF,
    TIED,
    _opened,
    is_another,
    is_contradicted,
    is_matched,
    learned_since,
    may_find,
    search_anew,
)  # fmt: skip
from cases.identity.people.child import awaits_hearing, wait_for_hearing
from cases.identity.people.colleagues import close_to_colleagues
from cases.identity.people.protection import protect
from cases.identity.tenure import believed, during, tells_when
from cases.models import Case, Identifier
from cases.models.case import Marked, Right, Stage
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sources.configured import connector_of, sources_of
from cases.sources.ordinary_view import split
from cases.sources.places import place
from connectors.contract import base
from connectors.description.collection import Collection
from connectors.description.config import ManualSource, Source
from connectors.rows import graph

PAGE = 1000
# More identifiers, or links from one to the next, than any person has: a source that yields a whole customer base
# must not be believed.
MOST_IDENTIFIERS = 5000
MOST_WAVES = 20
# Each identifier that is tied, with its interval, and who told it first.
Seen = dict[tuple[str, str, datetime | None, datetime | None], str]


def match(case_id: int) -> None:
    """Find the person's identifiers and move on to collection. Raises SourceError; safe to repeat."""
    # Not locked: sources may take minutes. What this wrote is looked at under the lock in `_finish`.
    case = Case.objects.select_related("operator", "register", "submission").get(pk=case_id)
    if case.stage != Stage.MATCHING:
        return
    if awaits_authority(case):
        wait_for_authority(case_id)
        return
    begun_with = _seeds(case)
    for wave in range(1, MOST_WAVES):
        if not case.identifiers.filter(wave__gte=wave - 1).exists():
            break
        last = case.identifiers.filter(wave=wave - 1)
        # A mailbox comes after what is one person's alone, which tells whether it leads to the same one.
        _ask_all(case, list(last.exclude(kind=EMAIL)), wave)
        _ask_all(case, list(last.filter(kind=EMAIL)), wave)
    else:
        raise base.SourceGarbage("too-many-identifiers")
    close_to_colleagues(case)
    _finish(case_id, begun_with)


def _ask_all(case: Case, last: list[Identifier], wave: int) -> None:
    """Ask every collection that can turn the last wave's identifiers into more."""
    for source in sources_of(case.operator_id):
        for collection in () if isinstance(source, ManualSource) else source.collection:
            starters = [one for one in last if may_find(collection, one)]
            if collection.yields and starters:
                try:
                    _ask(case, source, collection, starters, wave)
                except base.SourceError as error:
                    note_search_failure(case.pk, source.key, collection.key, error)
                    raise


def _ask(case: Case, source: Source, collection: Collection, starters: list[Identifier], wave: int) -> None:
    """Keep what the rows of these identifiers tell; identifiers that were the person's at one time go together."""
    origin = f"{source.key}/{collection.key}"
    seen = _seen(case)
    for alike in _alike(believed(case.operator_id, collection, starters)):
        rows: Iterable[list[base.Identifier]] = _told(case, source, collection, alike)
        # What a mailbox finds is judged as a whole: all its rows at once, and no more than anybody has.
        if alike[0].kind == EMAIL:
            rows = _one_persons(case, list(islice(rows, MOST_IDENTIFIERS)), alike[0], seen)
        for told in chain.from_iterable(rows):
            if (limited := during(collection, told, alike[0])) is not None:
                _keep(case, limited, origin, wave, seen)


def _alike(starters: list[Identifier]) -> list[list[Identifier]]:
    """Those with one interval together; each mailbox by itself."""
    found: dict[tuple[object, ...], list[Identifier]] = {}
    for one in starters:
        mailbox = one.pk if one.kind == EMAIL else None
        found.setdefault((mailbox, one.valid_from, one.valid_to), []).append(one)
    return list(found.values())


def _told(
    case: Case, source: Source, collection: Collection, starters: list[Identifier]
) -> Iterator[list[base.Identifier]]:
    """What each row tells that these identifiers find."""
    connector = connector_of(case.operator_id, source.key)
    known, cursor = _opened(case, starters), None
    while True:
        with place(case.operator_id, source.key):
            page = connector.read(collection.key, known, cursor, PAGE)
        # What only a hidden row tells would show that there is one.
        for row in map(graph.parsed, split(case, source.key, collection, page.lines)[0]):
            if collection.protected.of(row) and not case.protected_by:
                protect(case, Marked.SOURCE, by=audit.SYSTEM)
            if told := list(graph.identifiers_of(collection, row, source.zone)):
                yield told
        if (cursor := page.cursor) is None:
            return


def _one_persons(
    case: Case, rows: list[list[base.Identifier]], mailbox: Identifier, seen: Seen
) -> list[list[base.Identifier]]:
    """The rows that a mailbox finds, if all name one person, and none but whom other sources name.

    A mailbox that leads to several customers may be shared: whose the others are, a caseworker has to say.
    """
    own = mailbox.kind, mailbox.digest
    named = [{_named(case, told)[:2] for told in row} - {own} for row in rows]
    telling, tied = [names for names in named if names], {mark[:2] for mark in seen} - {own}
    alone = bool(telling) and bool(set.intersection(*telling))
    kinds = {kind for kind, _ in tied}
    kept = [
        not names or bool(names & tied) or (alone and kinds.isdisjoint(kind for kind, _ in names))
        for names in named
    ]
    for told in (told for row, keep in zip(rows, kept, strict=True) if not keep for told in row):
        if (found := _named(case, told))[:2] != own:
            leave_open(case, *found)
    return list(compress(rows, kept))


def _tied(case: Case) -> QuerySet[Identifier]:
    return case.identifiers.filter(TIED)


def _seen(case: Case) -> Seen:
    return {(one.kind, one.digest, one.valid_from, one.valid_to): one.told_by for one in _tied(case)}


def _named(case: Case, told: base.Identifier) -> tuple[str, str, str]:
    """The kind, the keyed hash and the value as the desk writes it; a customer number as its system writes it."""
    try:
        value = identifiers.normalise(told.kind, told.value, register_of_case(case).country)
    except identifiers.NotAnIdentifier:
        value = told.value
    kept = told.value.strip() if told.kind == identifiers.CUSTOMER_NO else value
    return told.kind, vault.digest(case.operator_id, told.kind, value), kept


def _keep(case: Case, told: base.Identifier, origin: str, wave: int, seen: Seen) -> None:
    kind, digest, value = _named(case, told)
    mark = kind, digest, told.valid_from, told.valid_to
    if is_askers(case, kind, digest):
        return
    if mark in seen and not _says_more(case.operator_id, kind, origin, seen[mark]):
        return
    if len(seen) >= MOST_IDENTIFIERS:
        raise base.SourceGarbage("too-many-identifiers", origin)
    earlier, seen[mark] = seen.get(mark, PROOF), origin
    row, created = Identifier.objects.get_or_create(
        case=case,
        kind=kind,
        digest=digest,
        valid_from=told.valid_from,
        valid_to=told.valid_to,
        defaults={"sealed": vault.seal(case, KeyUse.FILE, value.encode()), "origin": origin, "wave": wave},
    )
    if not created and row.tied_by != CASEWORKER and (not row.is_tied or row.told_by == earlier):
        row.tied_by, row.wave = origin, wave
        row.save(update_fields=["tied_by", "wave"])


def _says_more(operator: str, kind: str, origin: str, earlier: str) -> bool:
    """Whether this source tells since when, and the one that told it first does not."""
    telling = tells_when(operator)
    return (origin, kind) in telling and (earlier, kind) not in telling


def learn(case: Case, told: Iterable[base.Identifier], origin: str) -> bool:
    """Keep what rows told outside the search, as a wave of its own. Whether any of it is new."""
    seen = _seen(case)
    before, last = len(seen), case.identifiers.aggregate(last=Max("wave"))["last"] or 0
    for one in told:
        _keep(case, one, origin, last + 1, seen)
    return len(seen) > before


def _seeds(case: Case) -> set[int]:
    return set(case.identifiers.filter(wave=0).values_list("pk", flat=True))


@transaction.atomic
def _finish(case_id: int, begun_with: set[int]) -> None:
    case = take(case_id, Stage.MATCHING)
    if case is None:
        return
    # Proven or confirmed while the sources were asked: what was found without it may be somebody else's.
    if _seeds(case) - begun_with:
        search_anew(case, by=audit.SYSTEM)
        return
    confirm_linked(case)
    matched = is_matched(case)
    if not matched and not proof_is_persons(case):
        block(case, "person-to-confirm")
        return
    if matched and is_contradicted(case):
        block(case, ANOTHER)
        return
    if matched and is_another(case):
        block(case, "number-to-confirm")
        return
    if not matched and open_claims(case):
        block(case, "claims-to-check")
        return
    if awaits_hearing(case):
        wait_for_hearing(case)
        return
    if matched and case.right in INTERIM | {Right.OBJECTION}:
        _measure_again(case)
        transaction.on_commit(lambda: send("cases.tasks.take_interim_measure", case.pk))
    advance(case, Stage.COLLECTION, by=audit.SYSTEM, identifiers=case.identifiers.count(), matched=matched)


def _measure_again(case: Case) -> None:
    """What was stopped or limited before more of the person became known holds for the rest from another day on."""
    if learned_since(case, case.interim_at):
        case.interim_at = None
        case.save(update_fields=["interim_at"])
