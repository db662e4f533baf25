"""What only cleared processes may know, as rows: sealed, and found by a keyed hash of what each is about.

A row is an instance of a model whose own table holds what everybody may know. It is never saved there: the database
refuses it. Everything here raises NotCleared without the key, and Foreign for a row that was changed, moved, or sealed
by another key.
"""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model

from cases.models import Secret
from cases.models.orders import random_id
from cases.models.secrecy import Kind
from cases.sealed import orders_key

M = TypeVar("M", bound=Model)
# Keys that have opened a row in this process.
_FITTING = set[str]()


def keep(kind: Kind, operator: str, about: str, one: Model) -> None:
    """Write the instance down; it gets a number by chance."""
    _require_fitting()
    one.pk = one.pk or random_id()
    row = Secret(pk=one.pk, kind=kind, operator_id=operator, mark=orders_key.mark(kind, operator, about))
    row.sealed = _sealed(row, one)
    row.save(force_insert=True)


@transaction.atomic
def change(one: Model) -> bool:
    """Write it over what is kept under its number. False, and nothing is written, where that is gone."""
    row = Secret.objects.select_for_update().filter(pk=one.pk).first()
    if row is None:
        return False
    row.sealed = _sealed(row, one)
    row.save(update_fields=["sealed"])
    return True


def about(model: type[M], kind: Kind, operator: str, *subjects: str) -> list[M]:
    """What is kept about any of these."""
    marks = [orders_key.mark(kind, operator, each) for each in subjects]
    return _opened(model, Secret.objects.filter(kind=kind, operator=operator, mark__in=marks).order_by("pk"))


def every(model: type[M], kind: Kind, operators: Iterable[str]) -> list[M]:
    """All of a kind at these operators."""
    return _opened(model, Secret.objects.filter(kind=kind, operator__in=list(operators)).order_by("pk"))


def one(model: type[M], kind: Kind, pk: int, *, lock: bool = False) -> M | None:
    """None where it is gone. ``lock``: nobody else changes it before this transaction ends."""
    rows = Secret.objects.select_for_update() if lock else Secret.objects
    return next(iter(_opened(model, rows.filter(kind=kind, pk=pk))), None)


def drop(*ones: Model) -> None:
    """Without a trace."""
    Secret.objects.filter(pk__in=[one.pk for one in ones]).delete()


def check(row: Secret) -> None:
    """Raises NotCleared or Foreign where this process can't read the row."""
    orders_key.unlock(bytes(row.sealed), _place(row))


def _require_fitting() -> None:
    """With another key than the rows were sealed by nothing would be found, and what an order keeps would be erased."""
    orders_key.require()
    if settings.ORDERS_KEY not in _FITTING and (row := Secret.objects.order_by("pk").first()):
        check(row)
        _FITTING.add(settings.ORDERS_KEY)


def _opened(model: type[M], rows: Iterable[Secret]) -> list[M]:
    _require_fitting()
    return [_instance(model, row) for row in rows]


def _instance(model: type[M], row: Secret) -> M:
    said: dict[str, Any] = json.loads(orders_key.unlock(bytes(row.sealed), _place(row)))
    fields = {field.attname: field for field in _fields(model)}
    values = {name: field.to_python(said[name]) for name, field in fields.items() if name in said}
    return model(pk=row.pk, **values)


def _fields(model: type[Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _sealed(row: Secret, one: Model) -> bytes:
    said = {field.attname: field.value_from_object(one) for field in _fields(type(one))}
    return orders_key.lock(json.dumps(said, cls=DjangoJSONEncoder).encode(), _place(row))


def _place(row: Secret) -> str:
    return f"{row.kind}\0{row.operator_id}\0{row.mark}\0{row.pk}"
