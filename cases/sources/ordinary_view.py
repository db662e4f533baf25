"""Which rows of a source the ordinary view of a case has at all.

Where a secret rule can touch rows, it lacks those of a secret kind, those that are past their ordinary period, and
those that an earlier erasure said are gone: if such a row is still there, an order may be why. It is the same with an
order and without one, so that nothing that is found again tells of it (docs/adr).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import blake2b

from django.db.models import QuerySet
from django.utils import timezone

from cases.casework.operators import register_of_case
from cases.casework.secrecy import guarded, undecided
from cases.law.holds import is_past
from cases.law.situation import Row, controller_of, is_secret
from cases.models import Case, Run, SaidErased
from cases.sealed import vault
from cases.sources.configured import collection_of, source_of
from cases.sources.local_days import local_days
from connectors.contract.base import Key, SourceMisconfigured
from connectors.description.collection import Collection
from connectors.rows.graph import key_of, parsed

_KEY, _DAY = 8, 4  # bytes of a row's hash: of its key, and of its key and day
Gone = tuple[Key, date | None]


def split(
    case: Case, source: str, collection: Collection, lines: Sequence[bytes]
) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """The lines everybody may see, and those only cleared officers may know of. Raises SourceError."""
    if collection.category not in guarded(case.operator_id):
        return lines, []
    hides = _hiding(case, source, collection, lines)
    hidden = [hides(line) for line in lines]
    return (
        [line for line, is_hidden in zip(lines, hidden, strict=True) if not is_hidden],
        [line for line, is_hidden in zip(lines, hidden, strict=True) if is_hidden],
    )


def _hiding(
    case: Case, source: str, collection: Collection, lines: Sequence[bytes]
) -> Callable[[bytes], bool]:
    day_of, at = local_days(case, source), collection.at or ""
    keys = [row_key(collection, parsed(line), line) for line in lines]
    past, said = _past(case), _said_erased(case, source, collection, keys)

    def hides(line: bytes) -> bool:
        row = parsed(line)
        kind, day = collection.record_kind.of(row) or "", day_of(row.get(at))
        if is_secret(collection.category, kind):
            return True
        if past(Row(collection.category, kind, day, claim=collection.claim.of(row))):
            return True
        return said.has(row_key(collection, row, line), day)

    return hides


def _past(case: Case) -> Callable[[Row], bool]:
    register = register_of_case(case)
    controller = controller_of(register)
    return lru_cache(maxsize=None)(lambda row: is_past(row, controller, register.settings, case.received_on))


def row_key(collection: Collection, row: dict[str, object], line: bytes) -> Key:
    """The row's key; where a collection has none, all that it says."""
    return key_of(collection, row) if collection.key_columns else (line.decode(),)


@dataclass(frozen=True)
class _Said:
    """What earlier erasures said is gone. ``loose``: by the key alone, where a row's day is read otherwise by now."""

    hash_of: Callable[[Key, date | None], bytes]
    exact: frozenset[bytes]
    loose: frozenset[bytes]

    def has(self, key: Key, day: date | None) -> bool:
        if not self.exact and not self.loose:
            return False
        found = self.hash_of(key, day)
        return found in self.exact or found[:_KEY] in self.loose


def _said_erased(case: Case, source: str, collection: Collection, keys: Sequence[Key]) -> _Said:
    """What was said of these keys, to whomever: a row that tells of two people is found again by the other one."""
    _refuse_other_keys(case, source, collection)
    told_by, hash_of = _told_by(case, source, collection), _hasher(case, source, collection.key)
    asked = _by_key(hash_of(key, None) for key in keys)
    known = frozenset(asked.values())
    exact, loose = set[bytes](), set[bytes]()
    for one in _noted(case, source, collection.key).filter(keys__overlap=list(asked)).iterator():
        said = (each for each in _apart(one) if each[:_KEY] in known)
        if one.told_by == told_by:
            exact.update(said)
        else:
            loose.update(each[:_KEY] for each in said)
    return _Said(hash_of, frozenset(exact), frozenset(loose))


def _refuse_other_keys(case: Case, source: str, collection: Collection) -> None:
    """Where this person's rows were said to be gone by other key columns, nobody could tell them any more."""
    theirs = Case.objects.filter(
        operator=case.operator_id, identifiers__digest__in=case.identifiers.values("digest")
    )
    noted = _noted(case, source, collection.key).filter(case__in=theirs)
    if noted.exclude(told_by__0=list(collection.key_columns)).exists():
        raise SourceMisconfigured("key-columns-changed", f"{source}/{collection.key}")


def _noted(case: Case, source: str, collection: str) -> QuerySet[SaidErased]:
    return SaidErased.objects.filter(case__operator=case.operator_id, source=source, collection=collection)


def _by_key(hashes: Iterable[bytes]) -> dict[int, bytes]:
    """The part of each hash that is of the key, by the number under which the database finds it."""
    return {int.from_bytes(each[:_KEY], signed=True): each[:_KEY] for each in hashes}


def _told_by(case: Case, source: str, collection: Collection) -> list[object]:
    zone = source_of(case.operator_id, source).zone
    return [list(collection.key_columns), collection.at, str(zone or register_of_case(case).time_zone)]


def _apart(one: SaidErased) -> Iterator[bytes]:
    packed = bytes(one.hashes)
    return (packed[at : at + _KEY + _DAY] for at in range(0, len(packed), _KEY + _DAY))


def _hasher(case: Case, source: str, collection: str) -> Callable[[Key, date | None], bytes]:
    """Keyed, so that nobody without the operator's key can ask whether a row was erased."""
    secret = bytes.fromhex(vault.digest(case.operator_id, "said-erased", f"{source}/{collection}"))

    def hash_of(key: Key, day: date | None) -> bytes:
        written = repr(key).encode()
        with_day = blake2b(written + str(day).encode(), key=secret, digest_size=_DAY)
        return blake2b(written, key=secret, digest_size=_KEY).digest() + with_day.digest()

    return hash_of


def note_said_erased(case: Case, source: str, collection: str, part: str, rows: Iterable[Gone]) -> None:
    """Remember rows that go as far as everybody knows, whatever holds them, in the caller's transaction.

    ``part`` names the page or schedule they go with: the same again replaces it. Nothing where no secret can touch.
    """
    described = collection_of(case.operator_id, source, collection)
    # Where two officers still have to agree as well: if they do, it was said before.
    if described.category not in guarded(case.operator_id) | undecided(case.operator_id):
        return
    hash_of = _hasher(case, source, collection)
    hashes = [hash_of(key, day) for key, day in rows]
    if hashes:
        told_by = _told_by(case, source, described)
        SaidErased.objects.update_or_create(
            case=case,
            source=source,
            collection=collection,
            part=part,
            defaults={
                "told_by": told_by,
                "hashes": b"".join(hashes),
                "keys": sorted(_by_key(hashes)),
                "at": timezone.now(),
            },
        )


def still_there(run: Run, keys: Sequence[Key]) -> Sequence[Key]:
    """Those of a run's rows that nothing has said are gone since they were gathered: only they may be counted.

    Since it began: what was said while it was reading it may have read before.
    """
    since = _noted(run.case, run.source, run.collection).filter(at__gt=run.started_at or timezone.now())
    hash_of = _hasher(run.case, run.source, run.collection)
    hashed = [hash_of(key, None)[:_KEY] for key in keys]
    found = since.filter(keys__overlap=list(_by_key(hashed))).iterator()
    gone = {each[:_KEY] for one in found for each in _apart(one)}
    return [key for key, each in zip(keys, hashed, strict=True) if each not in gone]
