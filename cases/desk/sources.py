"""The systems an operator's data lie in: how they are, and how identifiers lead from one to the next."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Max, Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.casework import audit
from cases.casework.members.named import seen_by
from cases.casework.operators import register_of
from cases.casework.permissions import Permission, operators_for
from cases.desk.scope import DeskRequest, deny_unless, find_operator, permissions_of, staff
from cases.desk.wording import words
from cases.desk.wording.masked import mask
from cases.law.situation import SECRET_CATEGORIES
from cases.models import Operator, Run, SourceHealth, User
from cases.sources import fit, places
from cases.sources.configured import NotConfigured, bare_connector_of, described, source_of, sources_of
from cases.sources.error_words import remark
from cases.sources.health import check
from connectors.contract.base import Column, SourceError
from connectors.description.apisource import HttpSource
from connectors.description.collection import Collection
from connectors.description.config import Source
from connectors.description.reach import steps
from connectors.description.remarks import Remark
from connectors.description.tomlfile import ConfigError
from connectors.survey import sample

SAMPLE = 20


@dataclass(frozen=True)
class Health:
    """What runs and checks say of a source: runs and failed ones, last heard, the last error of a run, last check."""

    runs: int
    failed: int
    last: object
    error: str
    checked: SourceHealth | None


@dataclass(frozen=True)
class ShownCollection:
    """A collection in words. `columns` is None until the source has been asked for them."""

    collection: Collection
    name: str
    needs: list[str]
    yields: list[str]
    columns: list[tuple[Column, str, str]] | None = None
    remarks: tuple[str, ...] = ()


def _health(operator: str, source: Source, user: User) -> Health:
    runs = Run.objects.filter(seen_by(user, "case__"), case__operator_id=operator, source=source.key)
    counts = runs.aggregate(
        runs=Count("pk"), failed=Count("pk", filter=Q(status="failed")), last=Max("touched_at")
    )
    error = runs.exclude(error="").order_by("-touched_at", "pk").values_list("error", flat=True).first()
    checked = SourceHealth.objects.filter(operator_id=operator, source=source.key).first()
    return Health(counts["runs"], counts["failed"], counts["last"], error or "", checked)


def _collection(
    collection: Collection, columns: list[tuple[Column, str]] | None, noted: list[Remark]
) -> ShownCollection:
    language = words.language()
    texts = collection.columns_text
    named = [
        (column, texts[column.name].get(language) if column.name in texts else "", example)
        for column, example in columns or ()
    ]
    return ShownCollection(
        collection,
        collection.name.get(language),
        needs=[str(words.IDENTIFIERS.get(kind, kind)) for kind in collection.find],
        yields=[str(words.IDENTIFIERS.get(each.kind, each.kind)) for each in collection.yields],
        columns=named if columns is not None else None,
        remarks=tuple(remark(one.code, one.detail) for one in noted if one.collection == collection.key),
    )


@dataclass(frozen=True)
class ShownStep:
    """A step of the search in words: where, found by what, telling what; wave None where nothing leads there."""

    wave: int | None
    source: Source
    source_name: str
    name: str
    by: list[str]
    tells: list[str]


def _graph(sources: tuple[Source, ...]) -> list[ShownStep]:
    language = words.language()
    named = {(one.key, part.key): (one, part) for one in sources for part in one.collection}
    return [
        ShownStep(
            step.wave,
            source := named[step.source, step.collection][0],
            source.name.get(language),
            named[step.source, step.collection][1].name.get(language),
            [str(words.IDENTIFIERS.get(kind, kind)) for kind in step.by],
            [str(words.IDENTIFIERS.get(kind, kind)) for kind in step.tells],
        )
        for step in steps(sources)
    ]


@staff
def sources(request: DeskRequest) -> HttpResponseBase:
    """Every source of the member's operators on one line each."""
    operators = operators_for(request.user, Permission.SEE_SOURCES)
    deny_unless(operators.exists())
    return render(
        request, "desk/sources.html", {"listed": [_listed(operator, request.user) for operator in operators]}
    )


@dataclass(frozen=True)
class Listed:
    """An operator's sources with their names and health, how the search goes through them, or what is wrong."""

    operator: Operator
    sources: list[tuple[Source, str, Health]]
    graph: list[ShownStep]
    problem: str = ""


def _listed(operator: Operator, user: User) -> Listed:
    try:
        configured = described(operator.pk)
    except ConfigError as error:
        return Listed(operator, [], [], str(error))
    language = words.language()
    lines = [(each, each.name.get(language), _health(operator.pk, each, user)) for each in configured]
    return Listed(operator, lines, _graph(configured))


def _find_source(operator: str, key: str) -> Source:
    try:
        return source_of(operator, key)
    except NotConfigured:
        raise Http404 from None


@staff
# The place at the source is a lock of this transaction.
@transaction.atomic
def source(request: DeskRequest, operator: str, key: str) -> HttpResponseBase:
    """One source: its collections, what they need and yield, the last runs."""
    found = find_operator(request.user, operator, Permission.SEE_SOURCES)
    configured = _find_source(operator, key)
    # Taken out: a page that is loaded again must not ask the source again.
    tested = request.session.pop(_told(operator, key), None)
    runs = (
        Run.objects.filter(seen_by(request.user, "case__"), case__operator=found, source=key)
        .select_related("case")
        .order_by("-touched_at", "pk")[:20]
    )
    noted = [one for one in fit.remarks(register_of(found), sources_of(operator)) if one.source == key]
    context = {
        "operator": found,
        "source": configured,
        "name": configured.name.get(words.language()),
        "health": _health(operator, configured, request.user),
        "collections": [
            _collection(each, _columns(operator, key, each) if tested else None, noted)
            for each in configured.collection
        ],
        "runs": runs,
        "may_open_cases": Permission.SEE_CASES in permissions_of(request.user, found),
        "graph": [step for step in _graph(sources_of(operator)) if step.source.key == key],
        "tested": tested,
    }
    return render(request, "desk/source.html", context)


def _told(operator: str, key: str) -> str:
    return f"tested:{operator}:{key}"


def _columns(operator: str, key: str, collection: Collection) -> list[tuple[Column, str]] | None:
    """The columns, each with a masked value out of anybody's row; without one where rows may be secret.

    None where the source does not answer, or is being read as much as it may be.
    """
    if not places.claim(operator, key):
        return None
    connector = bare_connector_of(operator, key)
    try:
        columns = connector.describe(collection.key)
        secret = collection.category in SECRET_CATEGORIES
        rows = [] if secret else [json.loads(line) for line in sample(connector, collection.key, SAMPLE)]
    except SourceError:
        return None
    return [(column, _example(rows, column.name)) for column in columns]


def _example(rows: list[dict[str, Any]], column: str) -> str:
    """The first value that is there, masked."""
    return next((mask(row[column]) for row in rows if row.get(column) not in (None, "")), "")


def _well(source: Source) -> str:
    if isinstance(source, HttpSource):
        return _("The source answers. Whether its requests are right shows when it is asked about a person.")
    return _("The source answers, and everything configured is there.")


@require_POST
@staff
# As above: the place at the source is a lock of this transaction.
@transaction.atomic
def test(request: DeskRequest, operator: str, key: str) -> HttpResponseBase:
    """Ask the source whether it can be read as configured; nothing about any person is asked."""
    found = find_operator(request.user, operator, Permission.SEE_SOURCES)
    checked = check(found, _find_source(operator, key).key)
    if checked is None:
        messages.info(
            request, _("All places at the source are taken: it is being read. Try again in a minute.")
        )
        return redirect("desk:source", operator, key)
    # The code alone goes into the record; a detail can repeat what the source said.
    error = checked.error
    audit.record(found, "source.tested", by=request.user, source=key, result=error.partition(":")[0] or "ok")
    if error:
        messages.error(request, words.source_error(error))
    else:
        request.session[_told(operator, key)] = True
        messages.success(request, _well(_find_source(operator, key)))
    return redirect("desk:source", operator, key)
