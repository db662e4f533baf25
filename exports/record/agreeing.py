"""The record held against answers: approved, handed over, fetched, taken back."""

from collections import Counter
from collections.abc import Iterator

from django.db.models import CharField, Exists, OuterRef
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from cases.casework.record.agreeing import Apart
from cases.models import AuditEntry
from exports.models import Answer, Breach, Download

FETCHED = {f"{part}.fetched": part for part in Download.Part.values}


def apart() -> Iterator[Apart]:
    """Every disagreement between the record and the answers."""
    yield from _approved()
    yield from _delivered()
    yield from _fetched()
    yield from _breaches()


def _told(action: str, **more: OuterRef) -> Exists:
    entries = AuditEntry.objects.filter(
        operator=OuterRef("case__operator"), case=OuterRef("case__reference"), action=action
    )
    return Exists(entries.alias(hashed=KT("data__sha256")).filter(hashed=OuterRef("sha256"), **more))


def _approved() -> Iterator[Apart]:
    approved = Answer.objects.exclude(approved_by=None).select_related("case", "approved_by")
    told = _told("stage.execution", actor=OuterRef("approved_by__username"))
    for answer in approved.exclude(told).order_by("pk"):
        yield _apart(answer, f"is approved by {answer.approved_by}, and no entry says so")


def _delivered() -> Iterator[Apart]:
    delivered = Answer.objects.exclude(delivered_at=None).select_related("case")
    for answer in delivered.exclude(_told("answer.delivered")).order_by("pk"):
        yield _apart(answer, "is handed over, and no entry says so")
    there = Answer.objects.exclude(delivered_at=None).annotate(written=Cast("version", CharField()))
    entries = AuditEntry.objects.filter(action="answer.delivered").alias(
        of=KT("data__version"), hashed=KT("data__sha256")
    )
    matching = there.filter(
        case__reference=OuterRef("case"), written=OuterRef("of"), sha256=OuterRef("hashed")
    )
    for entry in entries.exclude(Exists(matching)).order_by("pk"):
        yield Apart(
            entry.operator, f"entry {entry.number} hands over an answer of {entry.case} that is not there so"
        )


def _fetched() -> Iterator[Apart]:
    """Counted, since one person may fetch an answer twice in a second."""
    rows: Counter[tuple[str, str, int, str]] = Counter(
        Download.objects.values_list(
            "answer__case__operator", "answer__case__reference", "answer__version", "part"
        )
    )
    told = Counter(
        (entry.operator, entry.case, int(entry.data.get("version", 0)), FETCHED[entry.action])
        for entry in AuditEntry.objects.filter(action__in=FETCHED).iterator()
    )
    for key in sorted({*rows, *told}):
        if rows[key] != told[key]:
            operator, case, version, part = key
            fetched = f"{case} version {version}: the {part} was fetched {rows[key]} times by its rows"
            yield Apart(operator, f"{fetched}, {told[key]} times by the record")


def _breaches() -> Iterator[Apart]:
    told = AuditEntry.objects.filter(action="breach.recorded").alias(of=KT("data__breach"))
    of_breach = told.filter(operator=OuterRef("answer__case__operator"), of=Cast(OuterRef("pk"), CharField()))
    breaches = Breach.objects.select_related("answer__case")
    for breach in breaches.exclude(Exists(of_breach)).order_by("pk"):
        yield _apart(breach.answer, "reached the wrong person, and no entry says so")
    kept = set(Breach.objects.values_list("pk", flat=True))
    for entry in told.order_by("pk"):
        if entry.data.get("breach") not in kept:
            yield Apart(entry.operator, f"entry {entry.number} tells of a breach whose record is not there")


def _apart(answer: Answer, what: str) -> Apart:
    return Apart(answer.case.operator_id, f"{answer.case.reference} version {answer.version} {what}")
