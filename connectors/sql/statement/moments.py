"""Times on their way into a statement, and what of a time column they are compared with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa

from connectors.contract.base import SourceMisconfigured
from connectors.rows.intervals import date_bound, local_bound
from connectors.sql.statement.fields import Field, Named
from connectors.sql.statement.shape import Shape

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_bound(shape: Shape, field: Field, moment: datetime, zone: tzinfo | None) -> sa.ColumnElement[Any]:
    """An aware bound in the terms of a time column. Raises SourceMisconfigured where the column is none."""
    if shape.dialect == "sqlite":
        return sa.literal((moment - _EPOCH) // timedelta(microseconds=1))
    if field.family == "aware":
        return typed(shape, field, aware(shape, moment))
    if field.family not in ("naive", "date"):
        raise SourceMisconfigured("at-type", f"{field.name} is no date or timestamp")
    if zone is None:
        raise SourceMisconfigured("time-zone-missing", f"{field.name} has no time zone")
    if field.family == "date":
        return sa.literal(date_bound(moment, zone))
    if shape.dialect == "mssql":  # its older type takes no more than milliseconds
        field = replace(field, type="DATETIME2")
    return typed(shape, field, local_bound(moment, zone))


def instant(shape: Shape, field: Field, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """What of a time column is compared with a bound. Oracle's driver knows no zones: both sides are UTC."""
    if shape.dialect == "oracle" and field.family == "aware":
        return sa.func.sys_extract_utc(column)
    return column


def typed(shape: Shape, field: Field, value: Any) -> sa.ColumnElement[Any]:
    """A parameter. Times go with all their digits, which the drivers of some databases leave out."""
    if not isinstance(value, datetime):
        return sa.literal(value)
    if shape.dialect == "clickhousedb":
        text = f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
        return sa.func.toDateTime64(sa.literal(text), sa.literal_column("6"), sa.literal_column("'UTC'"))
    if shape.dialect == "mssql":
        return sa.cast(sa.literal(value.isoformat()), Named(field.type or "DATETIMEOFFSET"))
    if shape.dialect == "oracle" and (field.type != "DATE" or value.microsecond):
        return sa.literal(value, sa.TIMESTAMP())
    return sa.literal(value)


def aware(shape: Shape, moment: datetime) -> datetime:
    """The moment as the driver takes it. Some would leave the zone out, without a word: their sessions speak UTC."""
    zoneless = shape.dialect in ("mysql", "mariadb", "oracle")
    return moment.astimezone(UTC).replace(tzinfo=None) if zoneless else moment
