"""The keys of a backup, put to the cases that are there. What was destroyed in one of the dumps stays destroyed."""

from collections.abc import Iterator
from pathlib import Path

import pyrage
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from cases.models import Case, Chunk, Restriction, ScheduledErasure, Secret, WrappedKey
from cases.models.keys import KeyUse
from cases.sealed import orders_key, secrets
from cases.sealed.vault import unseal_for_operator
from dsar.restore.script import COPY, Cursor, Unfit, copy, opened
from exports.models import Answer

LOST = ""
TABLE = WrappedKey._meta.db_table
BACKED_UP = b"CREATE TEMPORARY TABLE backed_up_key (LIKE cases_wrappedkey) ON COMMIT DROP"
# Both dumps were taken from a desk at work: neither has just what belongs to the other.
FITTING = b"""
INSERT INTO cases_wrappedkey (case_id, use, public, wrapped, created_at, destroyed_at)
    SELECT case_id, use, public, wrapped, created_at, destroyed_at FROM backed_up_key
    WHERE case_id IN (SELECT id FROM cases_case)
ON CONFLICT (case_id, use) DO UPDATE
    SET public = excluded.public, wrapped = excluded.wrapped, destroyed_at = excluded.destroyed_at
    WHERE cases_wrappedkey.public = '' OR cases_wrappedkey.destroyed_at IS NULL AND excluded.destroyed_at IS NOT NULL
"""
UNKNOWN = b"""
SELECT DISTINCT case_id FROM backed_up_key WHERE case_id NOT IN (SELECT id FROM cases_case) ORDER BY case_id
"""


def load(cursor: Cursor, path: Path) -> list[int]:
    """Load what fits; returns the ids of the cases that the desk's dump does not know. Raises Unfit."""
    cursor.execute(BACKED_UP)
    with opened(path) as lines:
        found = False
        for line in lines:
            if (rows := COPY.fullmatch(line)) and rows["table"] == TABLE.encode():
                copy(cursor, b"COPY backed_up_key (" + rows["columns"] + b") FROM stdin", lines)
                found = True
    if not found:
        raise Unfit(f"{path} holds no keys; it takes a dump of the table {TABLE}")
    cursor.execute(FITTING)
    cursor.execute(UNKNOWN)
    return [case for (case,) in cursor]


def check_master_key() -> None:
    """Raises Unfit where this desk's master key does not open what was loaded."""
    newest = WrappedKey.objects.exclude(wrapped=None).order_by("-created_at").first()
    if newest is None or newest.wrapped is None:
        return
    try:
        unseal_for_operator(newest.wrapped)
    except pyrage.DecryptError:
        raise Unfit("DSAR_MASTER_KEY does not open these keys; give the desk the one it had") from None


def check_orders_key() -> None:
    """Raises Unfit where what is known of secret orders was loaded, and this process can't read it."""
    one = Secret.objects.order_by("pk").first()
    if one is None:
        return
    try:
        secrets.check(one)
    except (orders_key.NotCleared, orders_key.Foreign):
        raise Unfit(
            "DSAR_ORDERS_KEY is not given, or does not open what is sealed; give the desk the one it had"
        ) from None


def note_lost() -> list[str]:
    """Note as destroyed every key that something is sealed under and that is in no dump; the cases' references.

    Or the desk would make a new one over what only the lost one opens. It has no public half: a dump that has the key
    may still bring it.
    """
    for use, cases in _sealed():
        without = cases.exclude(Exists(WrappedKey.objects.filter(case=OuterRef("pk"), use=use)))
        WrappedKey.objects.bulk_create(
            WrappedKey(case=case, use=use, public=LOST, destroyed_at=timezone.now())
            for case in without.only("pk").iterator()
        )
    lost = (cases.filter(keys__use=use, keys__public=LOST) for use, cases in _sealed())
    return sorted({reference for cases in lost for reference in cases.values_list("reference", flat=True)})


def _sealed() -> Iterator[tuple[KeyUse, QuerySet[Case]]]:
    """The cases in which something is sealed, by the use of its key."""
    of_case = {"case": OuterRef("pk")}
    chunks = Chunk.objects.filter(run__case=OuterRef("pk"))
    packages = Answer.objects.filter(**of_case).exclude(name="")
    scheduled = ScheduledErasure.objects.filter(**of_case, erased_at=None)
    restricted = Restriction.objects.filter(**of_case, lifted_at=None)
    yield KeyUse.FILE, Case.objects.exclude(file_sealed=b"")
    yield KeyUse.COLLECTED, Case.objects.filter(Exists(chunks))
    yield KeyUse.PACKAGE, Case.objects.filter(Exists(packages))
    yield KeyUse.SCHEDULE, Case.objects.filter(Exists(scheduled) | Exists(restricted))
