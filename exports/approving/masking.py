"""One text of a gathered row, and what of it is masked by hand: marked, typed, or taken from what is suggested."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from cases.assessment.situations import situation_of
from cases.casework import audit, case_clock
from cases.casework.permissions import Permission
from cases.casework.workflow import Refusal
from cases.desk.case.rows import RowList, collection_behind, columns_of, may_mask_rows, refuse_others
from cases.desk.scope import (
    DeskRequest,
    attempt,
    case_action,
    find_case,
    permissions_of,
    recently,
    written_reason,
)
from cases.identity.known import identifiers_of
from cases.identity.people.protection import is_hidden
from cases.models import Case, Run
from cases.sealed.typed import read_file
from cases.sources.configured import collection_of
from connectors.rows.graph import parsed
from exports.answer.read_back.expected import Held, held
from exports.answer.read_back.sentences import needles
from exports.masking import by_hand, spans
from exports.masking.suggested import Suggestion, names_in, suggestions

# Of what the sources know of others: names beyond these are not looked for.
MOST_NAMES = 2000
# Nor in more rows than a page may take the time for. What is not suggested is found when the answer is read back.
MOST_ROWS = 5000
KINDS = {
    "phone": gettext_lazy("telephone number"),
    "mail": gettext_lazy("mail address"),
    "national-id": gettext_lazy("identity number"),
    "address": gettext_lazy("postal address"),
    "name": gettext_lazy("name"),
}


@dataclass(frozen=True)
class Shown:
    """A row's line and the one text of it that the page is about."""

    run: Run
    line: bytes
    column: str
    text: str


@require_http_methods(["GET", "POST"])
@recently
def mask(request: DeskRequest, reference: str, pk: int, number: int) -> HttpResponseBase:
    """GET shows the text in full, on the record; POST masks what was chosen, as the next version."""
    case = find_case(request.user, reference)
    run = get_object_or_404(case.runs, pk=pk)
    run.case = case
    refuse_others(request.user, run, Permission.WORK_CASES)
    line = _line(run, number)
    texts = _texts(run, line)
    column = request.GET.get("column", "")
    column = column if column in texts else max(texts, key=lambda name: len(texts[name]))
    shown = Shown(run, line, column, texts[column])
    if request.method == "POST":
        if attempt(request, lambda: _keep(request, shown)):
            return redirect(f"{reverse('exports:mask', args=[reference, pk, number])}?column={column}")
    else:
        audit.record(
            case, "rows.read", by=request.user, source=run.source, collection=run.collection, row=number
        )
    return render(request, "desk/answer/mask.html", _context(request, shown, number, texts))


def _line(run: Run, number: int) -> bytes:
    try:
        return RowList(run).line(number)
    except IndexError:
        raise Http404 from None


def _texts(run: Run, line: bytes) -> dict[str, str]:
    """The texts of a row, by column; Http404 where it has none."""
    hidden = is_hidden(run.case, collection_behind(run))
    row = parsed(line)
    texts = {
        name: value for name, value in row.items() if isinstance(value, str) and value and not hidden(name)
    }
    if not texts:
        raise Http404
    return texts


def _context(request: DeskRequest, shown: Shown, number: int, texts: dict[str, str]) -> dict[str, Any]:
    run, case = shown.run, shown.run.case
    masked = by_hand.of_run(run)(shown.line).get(shown.column, ())
    versions = case.masked_texts.filter(
        source=run.source,
        collection=run.collection,
        row=by_hand.row_digest(case, shown.line),
        column=shown.column,
    )
    words = {one.key: one.words for one in columns_of([dict(texts)], collection_behind(run))}
    return {
        "case": case,
        "run": run,
        "number": number,
        "column": shown.column,
        "column_words": words[shown.column],
        "others": [(name, words[name]) for name in texts if name != shown.column],
        "text": shown.text,
        "parts": list(spans.parts(shown.text, masked)),
        "masked": [(f"{first}-{end}", shown.text[first:end]) for first, end in masked],
        "suggested": [
            (f"{one.first}-{one.end}", one.text, KINDS[one.kind])
            for one in _suggested(shown)
            if not any(first <= one.first and one.end <= end for first, end in masked)
        ],
        "versions": versions.select_related("by"),
        "writable": may_mask_rows(case, permissions_of(request.user, case.operator_id)),
        "typed": request.POST,
    }


def _suggested(shown: Shown) -> list[Suggestion]:
    case = shown.run.case
    typed = read_file(case)
    theirs = [one.value for one in identifiers_of(case)] + [typed.person, typed.name]
    own = {one for value in theirs for one in needles(value)}
    return suggestions(
        shown.text,
        names=dict.fromkeys(islice(_names(case), MOST_NAMES)),
        own=lambda stretch: own.issuperset(needles(stretch)) and any(needles(stretch)),
    )


def _names(case: Case) -> Iterator[str]:
    """Names of others that the first rows of this case tell, where they are masked by rule or by hand."""
    for row in islice(_held(case), MOST_ROWS):
        yield from names_in(row.masked)


def _held(case: Case) -> Iterator[Held]:
    situation = situation_of(case, case_clock.today(case))
    by_hand_in = set(case.masked_texts.values_list("source", "collection"))
    for run in case.runs.filter(rows__gt=0):
        place = (run.source, run.collection)
        # In the others nothing can be masked: a look at one text need not read them.
        if place in by_hand_in or collection_of(case.operator_id, *place).redact:
            run.case = case
            yield from held(case, run, situation)


def _keep(request: DeskRequest, shown: Shown) -> str:
    kept = by_hand.mask(
        shown.run,
        shown.line,
        column=shown.column,
        text=shown.text,
        spans=_chosen(request, shown.text),
        why=written_reason(request),
        by=request.user,
    )
    if not kept.spans:
        return _("Nothing is masked by hand in this text any more.")
    return _("Masked. The next answer that is prepared has it so.")


def _chosen(request: DeskRequest, text: str) -> list[spans.Span]:
    """What stays, what was ticked, what was marked, and wherever the typed words stand. Refusal where there is none."""
    try:
        ticked = [span for one in request.POST.getlist("stretch") for span in spans.read(one)]
        marked = [spans.as_gathered(text, one) for one in spans.read(request.POST.get("marked", ""))]
    except spans.Outside:
        raise Refusal("span-outside") from None
    typed = []
    for words in filter(None, map(str.strip, request.POST.get("words", "")[:4000].splitlines())):
        found = list(spans.every(text, words))
        if not found:
            raise Refusal("words-not-there")
        typed += found
    return [*ticked, *marked, *typed]


@case_action(Permission.WORK_CASES, section="data")
def drop_lapsed(request: DeskRequest, case: Case) -> str:
    by_hand.drop_lapsed(case, by=request.user)
    return _("Noted: you have looked at the rows and files as they are now.")
