"""The rows behind a number of the data table: paged, masked, and in full only on the record."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from cases.casework import audit
from cases.casework.operators import register_of_case
from cases.casework.permissions import Permission
from cases.casework.workflow import BLOCKED_BY
from cases.desk.case.panels import may_read_rows
from cases.desk.scope import DeskRequest, find_case, permissions_of, staff
from cases.desk.wording.masked import mask
from cases.identity.people.protection import is_hidden
from cases.models import Case, Run, User
from cases.models.case import Right, Stage
from cases.rows.chunks import Damaged, lines_of
from cases.sealed.vault import KeyDestroyed
from cases.sources.configured import NotConfigured, collection_of
from cases.web.signing_in import second_factor
from connectors.description.collection import Collection

PAGE_SIZE = 50


@dataclass(frozen=True)
class ColumnWords:
    key: str
    words: str


class RowList:
    """The rows of a run as a sequence, so that a page opens only the chunks it lies in."""

    def __init__(self, run: Run) -> None:
        self._chunks = list(run.chunks.filter(secret=False).order_by("number"))
        for chunk in self._chunks:
            chunk.run = run

    def __len__(self) -> int:
        return sum(chunk.rows for chunk in self._chunks)

    def __getitem__(self, span: slice) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        offset = 0
        for chunk in self._chunks:
            start, stop = max(span.start - offset, 0), min(span.stop - offset, chunk.rows)
            if start < stop:
                rows += [json.loads(line) for line in lines_of(chunk)[start:stop]]
            offset += chunk.rows
        return rows

    def line(self, number: int) -> bytes:
        """One row to the byte as it was gathered. Raises IndexError past the last."""
        for chunk in self._chunks:
            if number < chunk.rows:
                return lines_of(chunk)[number]
            number -= chunk.rows
        raise IndexError(number)


def cell(row: Mapping[str, Any], column: str, *, plain: bool, hidden: Callable[[str], bool]) -> str:
    """A value as this page may show it. ``hidden``: columns that no page shows, in full or masked."""
    if hidden(column):
        return gettext("protected")
    return mask(row.get(column), plain=plain)


def columns_of(rows: list[dict[str, Any]], collection: Collection) -> list[ColumnWords]:
    """The columns of these rows in their order, each in the reader's words."""
    keys = dict.fromkeys(key for row in rows for key in row)
    language = get_language() or "en"
    named = collection.columns_text
    return [ColumnWords(key, named[key].get(language) if key in named else key) for key in keys]


def collection_behind(run: Run) -> Collection:
    """The configured collection the rows came from; Http404 once it has left the configuration."""
    try:
        return collection_of(run.case.operator_id, run.source, run.collection)
    except NotConfigured:
        raise Http404 from None


def may_correct_rows(case: Case, collection: Collection, can: frozenset[Permission]) -> bool:
    """Whether this reader writes corrections of such rows down now: the case asks for them, and a row has a key."""
    deciding = case.right == Right.RECTIFICATION and case.stage == Stage.DECISIONS
    return deciding and Permission.WORK_CASES in can and bool(collection.key_columns)


def may_mask_rows(case: Case, can: frozenset[Permission]) -> bool:
    """Whether this reader masks text in such rows by hand now: they are handed over, and nobody answers yet."""
    hands_over = case.right in (Right.ACCESS, Right.PORTABILITY)
    return hands_over and case.stage == Stage.DECISIONS and Permission.WORK_CASES in can


def refuse_others(user: User, run: Run, needed: Permission) -> frozenset[Permission]:
    """PermissionDenied for who may not read the rows of this run or lacks the permission. What else they may."""
    can = permissions_of(user, run.case.operator_id)
    readable = may_read_rows(register_of_case(run.case), run.category, cleared=Permission.SEE_SECRET in can)
    if not (readable and needed in can):
        raise PermissionDenied
    return can


@require_http_methods(["GET", "POST"])
@staff
# Who looked is on the record before the rows are on the screen, or neither is.
@transaction.atomic
def rows(request: DeskRequest, reference: str, pk: int) -> HttpResponseBase:
    """GET shows the rows masked; POST shows the page in full and writes down who looked."""
    case = find_case(request.user, reference)
    run = get_object_or_404(case.runs, pk=pk)
    run.case = case
    can = refuse_others(request.user, run, Permission.READ_CONTENT)
    collection = collection_behind(run)
    shown = request.method == "POST"
    if shown and Permission.WORK_CASES not in can and Permission.APPROVE not in can:
        raise PermissionDenied
    if shown and (elsewhere := second_factor.again(request)):
        return elsewhere
    gathered = RowList(run)
    page: Page[int] = Paginator(range(len(gathered)), PAGE_SIZE).get_page(request.GET.get("page"))
    try:
        found: list[dict[str, Any]] | None = (
            gathered[page.start_index() - 1 : page.end_index()] if gathered else []
        )
    except KeyDestroyed:
        found = None
    except Damaged:
        messages.error(request, BLOCKED_BY["gathered-damaged"])
        found = []
    if shown and found:
        audit.record(
            case, "rows.read", by=request.user, source=run.source, collection=run.collection, page=page.number
        )
    columns, hidden = columns_of(found or [], collection), is_hidden(case, collection)
    context = {
        "case": case,
        "run": run,
        "page": page,
        "columns": columns,
        "cells": [
            [cell(row, one.key, plain=shown or one.key == collection.at, hidden=hidden) for one in columns]
            for row in found or []
        ],
        "shown": shown,
        "gone": found is None,
        "first": page.start_index() - 1,
        "may_correct": may_correct_rows(case, collection, can),
        "may_mask": may_mask_rows(case, can),
        "may_show": Permission.WORK_CASES in can or Permission.APPROVE in can,
        "collection_name": collection.name.get(get_language() or "en"),
    }
    return render(request, "desk/rows.html", context)
