"""What a column holds: by its declared type, or by what the driver says of a column of a query."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.types import TypeEngine, UserDefinedType

Family = Literal[
    "aware", "naive", "date", "clock", "integer", "decimal", "float", "binary", "text", "label", "json", "array",
    "other",
]  # fmt: skip


class Named(UserDefinedType[Any]):
    """A type by the name the server itself gives it."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        return self.name


@dataclass(frozen=True)
class Field:
    """A column: its name, the server's name for its type, and what kind of values those are.

    `loose` columns call texts equal that are not: å and a, or with and without blanks at the end. A "label" is a
    text that is sorted in an order of its own, a "clock" MySQL's time of day, which may be more than one, or less.
    """

    name: str
    type: str
    family: Family
    known: bool = True
    loose: bool = False


# In this order: to SQLAlchemy a Float is a Numeric, and an Enum a String.
_FAMILIES: tuple[tuple[type[TypeEngine[Any]], Family], ...] = (
    (sa.Date, "date"), (sa.Integer, "integer"), (mysql.BIT, "integer"), (sa.Float, "float"),
    (sa.Numeric, "decimal"), (sa.types._Binary, "binary"), (sa.JSON, "json"), (sa.ARRAY, "array"),
    (mysql.SET, "label"), (sa.Enum, "label"), (sa.String, "text"), (mysql.YEAR, "integer"), (mysql.TIME, "clock"),
)  # fmt: skip
# Databases whose texts have a collation that may be loose; elsewhere = means equal.
_LOOSE = frozenset({"mysql", "mariadb", "mssql", "sqlite"})


def reflected(name: str, type_: TypeEngine[Any], dialect: str) -> Field:
    """A column of a table, from the type that SQLAlchemy gives it."""
    if isinstance(type_, sa.types.NullType):
        return Field(name, "unknown", "other", known=False)
    family = _instant(_family(type_), dialect)
    return Field(name, str(type_), family, loose=_is_loose(family, dialect))


def _family(type_: TypeEngine[Any]) -> Family:
    # The session speaks UTC, in which MySQL then writes its TIMESTAMP: an instant, not a local time.
    if isinstance(type_, mysql.TIMESTAMP):
        return "aware"
    if isinstance(type_, sa.DateTime):
        return "aware" if _zoned(type_) else "naive"
    return next((family for kind, family in _FAMILIES if isinstance(type_, kind)), "other")


def _instant(family: Family, dialect: str) -> Family:
    """ClickHouse keeps every time as an instant; its driver tells it in UTC."""
    return "aware" if family == "naive" and dialect == "clickhousedb" else family


def _zoned(type_: sa.DateTime) -> bool:
    named = type(type_).__name__.upper()
    return bool(type_.timezone or getattr(type_, "local_timezone", False)) or named in _ZONED


_ZONED = frozenset({"DATETIMEOFFSET", "TIMESTAMP_TZ", "TIMESTAMP_LTZ"})


def _is_loose(family: Family, dialect: str) -> bool:
    return family in ("text", "label", "other") and dialect in _LOOSE


# What drivers call their types, in the order to be looked for.
_SPELLED: tuple[tuple[str, Family], ...] = (
    (r"with (local )?time zone|timestamp_l?tz|datetimeoffset", "aware"),
    (r"timestamp|datetime|db_type_date", "naive"), (r"^(nullable\()?date", "date"),
    (r"interval|point", "other"), (r"int", "integer"), (r"float|double|real", "float"),
    (r"decimal|numeric|number|fixed", "decimal"), (r"raw|binary|bytes|blob", "binary"),
    (r"json|variant|object", "json"), (r"array", "array"), (r"char|clob|text|str", "text"),
)  # fmt: skip
_SNOWFLAKE = ("fixed", "real", "text", "date", "timestamp", "variant", "timestamp_ltz", "timestamp_tz",
              "timestamp_ntz", "object", "array", "binary", "time", "boolean")  # fmt: skip
# By the numbers that MySQL's protocol has for types.
_MYSQL: dict[int, Family] = {
    0: "decimal", 1: "integer", 2: "integer", 3: "integer", 4: "float", 5: "float", 7: "aware", 8: "integer",
    9: "integer", 10: "date", 11: "clock", 12: "naive", 13: "integer", 15: "text", 16: "integer", 245: "json",
    246: "decimal", 247: "label", 248: "label", 249: "text", 250: "text", 251: "text", 252: "text", 253: "text",
    254: "text",
}  # fmt: skip
_MYSQL_BINARY = 63  # the character set of what is none
_MYSQL_LABEL = 256 | 2048  # flags of ENUM and SET


def described(name: str, code: Any, dialect: str, packet: Any = None) -> Field:
    """A column of a query. `code` is what the driver calls its type, `packet` what MySQL's says beyond that."""
    family: Family = "other"
    if dialect in ("mysql", "mariadb") and isinstance(code, int):
        family = _MYSQL.get(code, "other")
        if family == "text" and getattr(packet, "flags", 0) & _MYSQL_LABEL:
            family = "label"
        elif family == "text" and getattr(packet, "charsetnr", None) == _MYSQL_BINARY:
            family = "binary"
    elif dialect == "snowflake" and isinstance(code, int) and code < len(_SNOWFLAKE):
        family = _spelled(_SNOWFLAKE[code])
    elif code is not None:
        word = str(getattr(code, "name", None) or getattr(code, "__name__", None) or code)
        family = _instant(_spelled(word), dialect)
    return Field(name, "", family, loose=_is_loose(family, dialect))


def _spelled(word: str) -> Family:
    return next((family for part, family in _SPELLED if re.search(part, word.lower())), "other")
