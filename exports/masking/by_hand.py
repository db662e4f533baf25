"""Stretches of text in a row that a caseworker masks: kept by version, applied where the row is given."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, lock
from cases.models import Case, Run, User
from cases.models.case import Stage
from cases.rows import chunks
from cases.sealed import leftovers, vault
from exports.letter.values import MASK
from exports.masking import files
from exports.masking.spans import Outside, Span, Spans, covered, merged
from exports.models import CutFile, MaskedText

# The stretches of a row, by column.
OfRow = Mapping[str, Spans]


def row_digest(case: Case, line: bytes) -> str:
    """By which a row is known again, as long as it is gathered to the byte as it was."""
    return vault.digest(case.operator_id, f"masked-row:{case.pk}", line.decode())


def stretches(text: str, spans: Spans) -> list[str]:
    """What stands under each mask."""
    return [text[first:end] for first, end in spans]


@transaction.atomic
def mask(
    run: Run, line: bytes, *, column: str, text: str, spans: Iterable[Span], why: str, by: User
) -> MaskedText:
    """Mask these stretches of a row's text, and no others, from the next answer on. With none, all is taken back."""
    case = lock(run.case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DECISIONS)
    if not why.strip():
        raise Refusal("reason-needed")
    of = {"source": run.source, "collection": run.collection, "row": row_digest(case, line), "column": column}
    latest = case.masked_texts.filter(**of).first()
    try:
        marked = merged(spans, len(text))
    except Outside:
        raise Refusal("span-outside") from None
    kept = MaskedText.objects.create(
        case=case, **of, number=latest.number + 1 if latest else 1, spans=marked, why=why.strip(), by=by
    )
    audit.record(
        case,
        "text.marked",
        by=by,
        source=run.source,
        collection=run.collection,
        column=column,
        spans=len(marked),
    )
    return kept


def newest(case: Case) -> Iterator[MaskedText]:
    """The version that counts of each masked text that has any stretch left."""
    of_one = ("source", "collection", "row", "column")
    for one in case.masked_texts.order_by(*of_one, "-number").distinct(*of_one):
        if one.spans:
            yield one


def nothing(_line: bytes) -> OfRow:
    """The stretches of every line of a run in which nothing is masked by hand."""
    return {}


def of_run(run: Run) -> Callable[[bytes], OfRow]:
    """The stretches of each line of this run, `nothing` where none has any: lines are not even hashed then."""
    by_row: dict[str, dict[str, Spans]] = defaultdict(dict)
    for one in newest(run.case):
        if (one.source, one.collection) == (run.source, run.collection):
            by_row[one.row][one.column] = tuple((first, end) for first, end in one.spans)
    if not by_row:
        return nothing
    return lambda line: by_row.get(row_digest(run.case, line), {})


class Lapsed(ValueError):
    """Something was masked or cut by hand in what is no longer there. Its text is the code of what says so."""

    def __init__(self) -> None:
        super().__init__("masks-lapsed: ")


def look_for_rows(case: Case) -> None:
    """Whether the rows that were masked by hand are still there, kept with each. Reads every row: a worker's.

    Raises Lapsed where one is gone, or a file that was cut.
    """
    masked = {one: (one.source, one.collection, one.row) for one in newest(case)}
    missing = set(masked.values())
    looked_in = {(source, collection) for source, collection, _row in missing}
    for run in case.runs.all():
        if (run.source, run.collection) in looked_in:
            run.case = case
            missing.difference_update(
                (run.source, run.collection, row_digest(case, line)) for line in chunks.lines(run)
            )
    now = timezone.now()
    for one, row in masked.items():
        one.missing_at = now if row in missing else None
        one.save(update_fields=["missing_at"])
    if lapsed(case):
        raise Lapsed


def lapsed(case: Case) -> list[MaskedText | CutFile]:
    """What was masked in rows, and cut of files, that are no longer there: somebody has to look at the new ones.

    As a worker found it last; what was gathered anew since then is still to be looked through.
    """
    since = {(run.source, run.collection): run.finished_at for run in case.runs.all()}
    return [*(one for one in newest(case) if _is_missing(one, since)), *files.lost(case)]


def _is_missing(one: MaskedText, since: Mapping[tuple[str, str], datetime | None]) -> bool:
    gathered = since.get((one.source, one.collection))
    return one.missing_at is not None and (gathered is None or gathered <= one.missing_at)


@transaction.atomic
def drop_lapsed(case: Case, *, by: User) -> int:
    """Somebody has looked at rows and files as they are now: what was masked in those of before no longer counts."""
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DECISIONS)
    gone = lapsed(case)
    for one in gone:
        if isinstance(one, CutFile):
            one.delete()
            leftovers.note(one.name)
            continue
        MaskedText.objects.create(
            case=case, source=one.source, collection=one.collection, row=one.row, column=one.column,
            number=one.number + 1, spans=[], why=one.why, by=by,
        )  # fmt: skip
    if gone:
        audit.record(case, "text.marked", by=by, dropped=len(gone))
    return len(gone)


def covered_row(row: Mapping[str, object], of_row: OfRow) -> dict[str, object]:
    """The row with its stretches masked; a column that is no text, or masked whole already, stays."""
    return {name: _covered(value, of_row.get(name, ())) for name, value in row.items()}


def _covered(value: object, spans: Sequence[Span]) -> object:
    return covered(value, tuple(spans)) if isinstance(value, str) and value != MASK and spans else value
