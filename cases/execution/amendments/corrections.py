"""What is to be corrected (Article 16): written down by a caseworker from the person's own words, value by value."""

import json
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from cases.assessment.deciding import NOT_GATHERED
from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, at_stage, lock
from cases.identity.identifier_words import sentence
from cases.identity.identifiers import NotAnIdentifier, refuse_unseen
from cases.models import Case, Correction, Decision, Run, User
from cases.models.case import Right, Stage
from cases.models.keys import KeyUse
from cases.rows.signatures import rows
from cases.sealed import vault
from cases.sources.configured import collection_of
from connectors.contract.base import Key, Scalar
from connectors.rows.graph import key_of
from connectors.rows.jsonline import exactly

GRANTED, REFUSED = Correction.Outcome.GRANTED, Correction.Outcome.REFUSED
# Said by the desk itself, so in the reader's language.
ASKED = gettext_noop("Decided value by value.")
NOT_ASKED = gettext_noop("Nothing in it was asked to be corrected.")
YES, NO = frozenset({"true", "yes", "ja", "1"}), frozenset({"false", "no", "nej", "0"})


@dataclass(frozen=True)
class Corrected:
    """A correction with its values unsealed. ``reason``: why it is refused; empty where it is granted."""

    pk: int
    source: str
    collection: str
    category: str
    column: str
    key: Key = field(repr=False)
    old: str = field(repr=False)
    new: str = field(repr=False)
    value: Scalar = field(repr=False)
    reason: str = ""


def column_name(case: Case, one: Corrected | Correction) -> str:
    """The column in plain words of the case's language, and where it stands."""
    collection = collection_of(case.operator_id, one.source, one.collection)
    text = collection.columns_text.get(one.column)
    return f"{text.get(case.language) if text else one.column} ({collection.name.get(case.language)})"


def read(case: Case) -> list[Corrected]:
    """Every correction of the case. A category that is refused as a whole refuses those in it."""
    refused = {one.subject: one.reason for one in case.decisions.filter(outcome=REFUSED)}
    # Where there is nothing to open the key may have ended already, and is not asked for.
    open_file = vault.opener(case, KeyUse.FILE) if case.corrections.exists() else bytes
    return [_read(one, json.loads(open_file(one.sealed)), refused) for one in case.corrections.all()]


def _read(one: Correction, values: dict[str, object], refused: dict[str, str]) -> Corrected:
    reason = one.reason if one.outcome == REFUSED else refused.get(one.category, "")
    key: Key = tuple(values["key"])  # type: ignore[arg-type]
    value: Scalar = values["new"]  # type: ignore[assignment]
    return Corrected(
        one.pk, one.source, one.collection, one.category, one.column, key, _shown(values["old"]), _shown(value),
        value, reason,
    )  # fmt: skip


def corrected(case: Case) -> list[Corrected]:
    """Those that are granted."""
    return [one for one in read(case) if not one.reason]


def _shown(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@transaction.atomic
def propose(
    run: Run, *, key: Key, column: str, new: str, by: User, outcome: str = GRANTED, reason: str = ""
) -> Correction:
    """Write down that this value of this row should be another; refused ones with the reason the letter gives.

    The same value again replaces what was written. Refusal row-unknown, value-unreadable, not-an-identifier or
    reason-needed.
    """
    case = _locked(run.case_id, by)
    if outcome == REFUSED and not reason.strip():
        raise Refusal("reason-needed")
    row = _row(run, key)
    if column not in row or column in collection_of(case.operator_id, run.source, run.collection).key_columns:
        raise Refusal("row-unknown")
    if column in _identifying(run):
        _refuse_unseen(new)
    values = {"key": key, "old": row[column], "new": _like(row[column], new.strip())}
    correction, _created = Correction.objects.update_or_create(
        case=case,
        source=run.source,
        collection=run.collection,
        row_digest=vault.digest(case.operator_id, f"row:{run.source}/{run.collection}", _written(key)),
        column=column,
        defaults={
            "category": run.category,
            "sealed": vault.seal(case, KeyUse.FILE, exactly(values)),
            "outcome": outcome,
            "reason": reason.strip() if outcome == REFUSED else "",
            "proposed_by": by,
        },
    )
    audit.record(
        case, "correction.proposed", by=by, source=run.source, collection=run.collection, column=column,
        outcome=outcome,
    )  # fmt: skip
    return correction


def _identifying(run: Run) -> set[str]:
    """The columns that find people, or tell what finds them."""
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    finding = {column for find in collection.find.values() for column in find.columns}
    return finding | {column for told in collection.yields for column in told.columns}


def _refuse_unseen(new: str) -> None:
    """What is written into a source with such a character would find nobody there any more."""
    try:
        refuse_unseen(new)
    except NotAnIdentifier as problem:
        raise Refusal("not-an-identifier", what=sentence(problem)) from None


@transaction.atomic
def remove(correction: Correction, *, by: User) -> None:
    """Take a correction back before it is decided."""
    case = _locked(correction.case_id, by)
    case.corrections.filter(pk=correction.pk).delete()
    audit.record(
        case, "correction.removed", by=by, source=correction.source, collection=correction.collection,
        column=correction.column,
    )  # fmt: skip


@transaction.atomic
def settle(case: Case, *, by: User) -> None:
    """Decide every category by its corrections: granted, refused, or not asked for. Refusal without any."""
    case = _locked(case.pk, by)
    if not case.corrections.exists():
        raise Refusal("corrections-none")
    granted = set(case.corrections.filter(outcome=GRANTED).values_list("category", flat=True))
    asked = set(case.corrections.values_list("category", flat=True))
    for decision in case.decisions.exclude(proposed__in=NOT_GATHERED):
        decision.outcome = GRANTED if decision.subject in granted else REFUSED
        decision.reason = ASKED
        if decision.subject not in asked:
            decision.outcome, decision.reason = "none", NOT_ASKED
        decision.status = Decision.Status.OVERRIDDEN
        decision.decided_by, decision.decided_at = by, timezone.now()
        decision.save()
    audit.record(case, "correction.settled", by=by, granted=sorted(granted), asked=sorted(asked))


def _locked(case_id: int, by: User) -> Case:
    case = lock(case_id)
    require(by, case.operator, Permission.WORK_CASES)
    at_stage(case, Stage.DECISIONS)
    if case.right != Right.RECTIFICATION:
        raise Refusal("outcome-unknown", outcome=case.get_right_display())
    return case


def _row(run: Run, key: Key) -> dict[str, object]:
    collection = collection_of(run.case.operator_id, run.source, run.collection)
    if collection.key_columns:
        for row in rows(run):
            if key_of(collection, row) == tuple(key):
                return row
    raise Refusal("row-unknown")


def _written(key: Key) -> str:
    return exactly(list(key)).decode()


def _like(old: object, new: str) -> Scalar:
    """What was typed, as the kind of value that stands there now; nothing typed is no value."""
    if new == "":
        return None
    # Before the numbers, of which a bool is one to Python.
    if isinstance(old, bool):
        if new.casefold() not in YES | NO:
            raise Refusal("value-unreadable")
        return new.casefold() in YES
    try:
        return type(old)(new) if isinstance(old, int | float) else new
    except ValueError:
        raise Refusal("value-unreadable") from None
