"""The systems an operator's data lie in: how they are, and how identifiers lead from one to the next."""

from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Max, Q
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import audit
from cases.models import Operator, Run
from cases.operators import connector_of, source_of, sources_of
from cases.permissions import Permission, operators_for
from cases.views.desk import words
from cases.views.desk.scope import DeskRequest, deny_unless, find_operator, staff
from connectors.base import Column, SourceError
from connectors.collection import Collection
from connectors.config import Source
from connectors.tomlfile import ConfigError


@dataclass(frozen=True)
class Health:
    """What the last runs say of a source: finished and failed ones, the last moment it was heard, its last error."""

    runs: int
    failed: int
    last: object
    error: str


@dataclass(frozen=True)
class ShownCollection:
    """A collection in words. `columns` is None until the source has been asked for them."""

    collection: Collection
    name: str
    needs: list[str]
    yields: list[str]
    columns: list[tuple[Column, str]] | None = None


def _health(operator: str, source: Source) -> Health:
    runs = Run.objects.filter(case__operator_id=operator, source=source.key)
    counts = runs.aggregate(
        runs=Count("pk"), failed=Count("pk", filter=Q(status="failed")), last=Max("touched_at")
    )
    error = runs.exclude(error="").order_by("-touched_at").values_list("error", flat=True).first()
    return Health(counts["runs"], counts["failed"], counts["last"], error or "")


def _collection(collection: Collection, columns: tuple[Column, ...] | None) -> ShownCollection:
    language = words.language()
    texts = collection.columns_text
    named = [(each, texts[each.name].get(language) if each.name in texts else "") for each in columns or ()]
    return ShownCollection(
        collection,
        collection.name.get(language),
        needs=[str(words.IDENTIFIERS.get(kind, kind)) for kind in collection.find],
        yields=[str(words.IDENTIFIERS.get(each.kind, each.kind)) for each in collection.yields],
        columns=named if columns is not None else None,
    )


@staff
def sources(request: DeskRequest) -> HttpResponseBase:
    """Every source of the member's operators on one line each."""
    operators = operators_for(request.user, Permission.SEE_SOURCES)
    deny_unless(operators.exists())
    return render(request, "desk/sources.html", {"listed": [_listed(operator) for operator in operators]})


def _listed(operator: Operator) -> tuple[Operator, list[tuple[Source, str, Health]], str]:
    """An operator's sources, or what is wrong with the file that describes them."""
    try:
        configured = sources_of(operator.pk)
    except ConfigError as error:
        return operator, [], str(error)
    language = words.language()
    return operator, [(each, each.name.get(language), _health(operator.pk, each)) for each in configured], ""


def _find_source(operator: str, key: str) -> Source:
    try:
        return source_of(operator, key)
    except (StopIteration, ConfigError):
        raise Http404 from None


@staff
def source(request: DeskRequest, operator: str, key: str) -> HttpResponseBase:
    """One source: its collections, what they need and yield, the last runs."""
    found = find_operator(request.user, operator, Permission.SEE_SOURCES)
    configured = _find_source(operator, key)
    tested = request.session.pop(_told(operator, key), None)
    runs = (
        Run.objects.filter(case__operator=found, source=key)
        .select_related("case")
        .order_by("-touched_at")[:20]
    )
    context = {
        "operator": found,
        "source": configured,
        "name": configured.name.get(words.language()),
        "health": _health(operator, configured),
        "collections": [
            _collection(each, _columns(operator, key, each) if tested else None)
            for each in configured.collection
        ],
        "runs": runs,
    }
    return render(request, "desk/source.html", context)


def _told(operator: str, key: str) -> str:
    return f"tested:{operator}:{key}"


def _columns(operator: str, key: str, collection: Collection) -> tuple[Column, ...] | None:
    try:
        return connector_of(operator, key).describe(collection.key)
    except SourceError:
        return None


@require_POST
@staff
@transaction.atomic
def test(request: DeskRequest, operator: str, key: str) -> HttpResponseBase:
    """Ask the source whether it can be read as configured; nothing about any person is asked."""
    found = find_operator(request.user, operator, Permission.SEE_SOURCES)
    configured = _find_source(operator, key)
    error = _check(operator, configured.key)
    audit.record(found, "source.tested", by=request.user, source=key, result=error.code if error else "ok")
    if error:
        messages.error(request, words.source_error(str(error)))
    else:
        request.session[_told(operator, key)] = True
        messages.success(request, _("The source answers, and everything configured is there."))
    return redirect("desk:source", operator, key)


def _check(operator: str, key: str) -> SourceError | None:
    try:
        connector_of(operator, key).check()
    except SourceError as error:
        return error
    return None
