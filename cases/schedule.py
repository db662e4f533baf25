"""What must be kept now goes by itself the day after its last day.

The keys of kept rows, each with the signature its hold was judged by, lie sealed under the case's schedule key, which
outlives everything else of the case. Nothing else of the rows is kept here.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date

import orjson
from django.db import transaction
from django.utils import timezone

from cases import audit, vault
from cases.chunks import lines
from cases.clock import date_of_receipt
from cases.clockwork import today
from cases.decisions import judge_cleared
from cases.evidence import cleared_situation_of, orders_on, reader
from cases.models import Case, Run, ScheduledErasure
from cases.models.keys import KeyUse
from cases.operators import collection_of, connector_of, register_of_case
from cases.situation import Record
from connectors.base import Key, SourceError
from connectors.graph import key_of, parsed

BATCH = 5000
CONTRACT = "CONTRACT"


def write(case: Case, run: Run) -> None:
    """Seal the keys of the run's kept rows and note when which of them go. Safe to repeat."""
    collection = collection_of(case.operator_id, run.source, run.collection)
    if collection.on_erase == "none":
        return
    kept = run.findings.filter(view="open", verdict="keep").exclude(rule=CONTRACT)
    if not kept.exists():
        return
    name = f"cases/{case.pk}/schedule/{run.pk}"
    counts = _write_keys(case, run, name)
    for (rule, until), rows in counts.items():
        ScheduledErasure.objects.get_or_create(
            case=case,
            source=run.source,
            collection=run.collection,
            rule=rule,
            until=until,
            defaults={"name": name, "rows": rows},
        )


def _write_keys(case: Case, run: Run, name: str) -> Counter[tuple[str, date | None]]:
    collection = collection_of(case.operator_id, run.source, run.collection)
    read, situation = reader(run, orders_on(case)), cleared_situation_of(case, today(case))
    counts: Counter[tuple[str, date | None]] = Counter()
    verdicts: dict[Record, tuple[str, str, date | None]] = {}
    with vault.sealed_file(case, KeyUse.SCHEDULE, name) as file:
        for row in map(parsed, lines(run)):
            record = read(row)
            if record not in verdicts:
                found = judge_cleared(record, situation)
                verdicts[record] = (found.verdict, found.rule or "", found.until)
            verdict, rule, until = verdicts[record]
            if verdict == "keep" and rule != CONTRACT:
                counts[rule, until] += 1
                file.write(orjson.dumps([until, key_of(collection, row), *_written(record)]) + b"\n")
    return counts


def _written(record: Record) -> list[object]:
    flags = [record.claim, record.hidden_number, record.other_person]
    return [record.category, record.kind, record.at, *flags, sorted(record.orders)]


def _read(case: Case, name: str, until: date | None) -> Iterator[tuple[Key, Record]]:
    wanted = until.isoformat() if until else None
    for line in _lines(vault.unsealed_stream(case, KeyUse.SCHEDULE, name)):
        last, key, category, kind, at, claim, hidden, other, orders = orjson.loads(line)
        if last == wanted:
            day = date.fromisoformat(at) if at else None
            yield tuple(key), Record(category, kind, day, claim, hidden, other, frozenset(orders))


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from whole


def erase_due(on: date | None = None) -> int:
    """Erase everything whose last day lies before ``on`` (default: each operator's local today). Returns rows."""
    waiting = ScheduledErasure.objects.filter(erased_at=None, until__isnull=False).select_related(
        "case__register"
    )
    return sum(_erase_if_due(one, on) for one in waiting.order_by("until"))


def _erase_if_due(one: ScheduledErasure, on: date | None) -> int:
    day = on or date_of_receipt(timezone.now(), register_of_case(one.case).time_zone)
    assert one.until is not None
    if one.until >= day:
        return 0
    try:
        return _erase(one, day)
    except SourceError as error:
        ScheduledErasure.objects.filter(pk=one.pk).update(error=str(error)[:300])
        return 0


@transaction.atomic
def _erase(one: ScheduledErasure, day: date) -> int:
    locked = (
        ScheduledErasure.objects.select_for_update(skip_locked=True).filter(pk=one.pk, erased_at=None).first()
    )
    if locked is None:
        return 0
    case, connector = one.case, connector_of(one.case.operator_id, one.source)
    situation = cleared_situation_of(case, day)
    keys = [
        key
        for key, record in _read(case, one.name, one.until)
        if judge_cleared(record, situation).verdict != "keep"
    ]
    for start in range(0, len(keys), BATCH):
        connector.erase(one.collection, keys[start : start + BATCH], dry_run=False)
    left = sum(
        connector.remaining(one.collection, keys[at : at + BATCH]) for at in range(0, len(keys), BATCH)
    )
    if left:
        raise SourceError("still-there", f"{left} rows")
    locked.erased_at, locked.erased, locked.error = timezone.now(), len(keys), ""
    locked.save()
    audit.record(
        case,
        "rows.erased-on-schedule",
        by=audit.SYSTEM,
        source=one.source,
        collection=one.collection,
        rule=one.rule,
        rows=len(keys),
    )
    return len(keys)
