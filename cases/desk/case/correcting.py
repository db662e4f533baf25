"""Corrections (Article 16): which value of which gathered row is wrong, and what it should be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.casework import audit
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission
from cases.desk.case.panels import may_read_rows
from cases.desk.case.rows import RowList, cell, collection_behind, columns_of, may_correct_rows
from cases.desk.forms import CorrectionForm
from cases.desk.scope import DeskRequest, attempt, case_action, find_case, permissions_of, recently
from cases.desk.wording import words
from cases.execution.amendments import corrections
from cases.identity.people.protection import is_hidden
from cases.models import Case, Run
from cases.models.case import Right
from cases.rows.chunks import Damaged
from cases.sealed.vault import KeyDestroyed
from cases.sources.configured import collection_of, names_of
from connectors.description.collection import Collection
from connectors.rows.graph import key_of


@dataclass(frozen=True)
class ShownCorrection:
    """A correction as the case page shows it: where, and the values masked."""

    pk: int
    category: str
    column: str
    collection: str
    old: str
    new: str
    reason: str


def corrected(case: Case, can: frozenset[Permission]) -> dict[str, Any]:
    """What the case page shows: the corrections so far, and the collections in whose rows this reader can choose."""
    if case.right != Right.RECTIFICATION:
        return {}
    correctable = [
        (run, names_of(case.operator_id, run.source, run.collection, words.language())[1])
        for run in case.runs.filter(rows__gt=0)
        if _rows_can_be_named(case, run, can)
    ]
    return {"corrections": _all(case), "correctable": correctable}


def _rows_can_be_named(case: Case, run: Run, can: frozenset[Permission]) -> bool:
    run.case = case
    try:
        collection = collection_behind(run)
    except Http404:
        return False
    readable = may_read_rows(register_of_case(case), run.category, cleared=Permission.SEE_SECRET in can)
    return readable and may_correct_rows(case, collection, can)


def _all(case: Case) -> list[ShownCorrection]:
    try:
        return [_shown(case, one) for one in corrections.read(case)]
    except KeyDestroyed:
        # The case file's time is over; what was corrected ended with its key.
        return []


def _shown(case: Case, one: corrections.Corrected) -> ShownCorrection:
    collection, language = collection_of(case.operator_id, one.source, one.collection), words.language()
    text = collection.columns_text.get(one.column)
    hidden = is_hidden(case, collection)
    return ShownCorrection(
        one.pk,
        one.category,
        text.get(language) if text else one.column,
        collection.name.get(language),
        cell({one.column: one.old}, one.column, plain=False, hidden=hidden),
        cell({one.column: one.new}, one.column, plain=False, hidden=hidden),
        one.reason,
    )


@require_http_methods(["GET", "POST"])
@recently
def correct(request: DeskRequest, reference: str, pk: int, number: int) -> HttpResponseBase:
    """One gathered row in full, on the record, and the form that says which value is wrong."""
    case = find_case(request.user, reference)
    can = permissions_of(request.user, case.operator_id)
    run = get_object_or_404(case.runs, pk=pk)
    run.case = case
    collection = collection_behind(run)
    readable = may_read_rows(register_of_case(case), run.category, cleared=Permission.SEE_SECRET in can)
    if not (readable and may_correct_rows(case, collection, can)):
        raise PermissionDenied
    row = _row(run, number)
    form = CorrectionForm(
        request.POST or None, columns=_choices(row, collection, is_hidden(case, collection))
    )
    if form.is_valid() and attempt(request, lambda: _propose(request, run, collection, row, form)):
        return redirect(f"{case.get_absolute_url()}#corrections")
    # A POST comes from the page that this put on the record.
    if request.method == "GET":
        _look(request, run, number)
    context = {
        "case": case,
        "run": run,
        "form": form,
        "collection_name": collection.name.get(words.language()),
    }
    return render(request, "desk/correct.html", context, status=422 if form.errors else 200)


def _row(run: Run, number: int) -> dict[str, Any]:
    try:
        found = RowList(run)[number : number + 1]
    except (KeyDestroyed, Damaged):
        raise Http404 from None
    if not found:
        raise Http404
    return found[0]


def _choices(
    row: dict[str, Any], collection: Collection, hidden: Callable[[str], bool]
) -> list[tuple[str, str]]:
    """Every column but the key's, with the value that stands there."""
    # The key finds the row at the source: corrected, it would name another one.
    columns = [each for each in columns_of([row], collection) if each.key not in collection.key_columns]
    return [
        (each.key, f"{each.words}: {cell(row, each.key, plain=True, hidden=hidden) or '–'}")
        for each in columns
    ]


@transaction.atomic
def _look(request: DeskRequest, run: Run, number: int) -> None:
    audit.record(
        run.case, "rows.read", by=request.user, source=run.source, collection=run.collection, row=number + 1
    )


def _propose(
    request: DeskRequest, run: Run, collection: Collection, row: dict[str, Any], form: CorrectionForm
) -> str:
    typed = form.cleaned_data
    corrections.propose(
        run,
        key=key_of(collection, row),
        column=typed["column"],
        new=typed["new"],
        outcome=typed["outcome"],
        reason=typed["reason"],
        by=request.user,
    )
    return _("Written down. Nothing is changed at the source before the answer is approved.")


@case_action(Permission.WORK_CASES, section="corrections")
def remove(request: DeskRequest, case: Case, pk: int) -> str:
    corrections.remove(get_object_or_404(case.corrections, pk=pk), by=request.user)
    return _("Taken back.")


@case_action(Permission.WORK_CASES, section="corrections")
def settle(request: DeskRequest, case: Case) -> str:
    corrections.settle(case, by=request.user)
    return _("Every category is decided by its corrections. The answer can be prepared.")
