"""The keys of a backup, put to the cases that are there. What was destroyed in one of the dumps stays destroyed."""

from pathlib import Path

import pyrage
from django.db.models import Exists, OuterRef, QuerySet

from cases.models import Case, Chunk, Restriction, ScheduledErasure, WrappedKey
from cases.models.keys import KeyUse
from cases.sealed.vault import unseal_for_operator
from dsar.restore.script import COPY, Cursor, Unfit, copy, opened
from exports.models import Answer

TABLE = WrappedKey._meta.db_table
BACKED_UP = b"CREATE TEMPORARY TABLE backed_up_key (LIKE cases_wrappedkey) ON COMMIT DROP"
# Both dumps were taken from a desk at work: neither has just what belongs to the other.
FITTING = b"""
INSERT INTO cases_wrappedkey (case_id, use, public, wrapped, created_at, destroyed_at)
    SELECT case_id, use, public, wrapped, created_at, destroyed_at FROM backed_up_key
    WHERE case_id IN (SELECT id FROM cases_case)
ON CONFLICT (case_id, use) DO UPDATE SET wrapped = NULL, destroyed_at = excluded.destroyed_at
    WHERE excluded.destroyed_at IS NOT NULL AND cases_wrappedkey.destroyed_at IS NULL
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


def locked() -> list[str]:
    """References of the cases in which something is sealed under a key that is in no dump."""
    chunks = Chunk.objects.filter(run__case=OuterRef("pk"))
    packages = Answer.objects.filter(case=OuterRef("pk")).exclude(name="")
    # Through the open manager: what is kept under a secret order alone is not to show here.
    kept = ScheduledErasure.objects.filter(case=OuterRef("pk"), erased_at=None)
    restricted = Restriction.objects.filter(case=OuterRef("pk"), lifted_at=None)
    sealed = {
        KeyUse.FILE: Case.objects.exclude(file_sealed=b""),
        KeyUse.COLLECTED: Case.objects.filter(Exists(chunks)),
        KeyUse.PACKAGE: Case.objects.filter(Exists(packages)),
        KeyUse.SCHEDULE: Case.objects.filter(Exists(kept) | Exists(restricted)),
    }
    return sorted({reference for use, cases in sealed.items() for reference in _without(use, cases)})


def _without(use: KeyUse, cases: QuerySet[Case]) -> QuerySet[Case, str]:
    key = WrappedKey.objects.filter(case=OuterRef("pk"), use=use)
    return cases.exclude(Exists(key)).values_list("reference", flat=True)
