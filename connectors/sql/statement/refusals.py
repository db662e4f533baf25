"""Which rule of the database a change would break, and its name: never the value, which the message quotes as well."""

import re

# SQLSTATE, or the number or name the database has for it: MySQL and MariaDB, Oracle, SQL Server, SQLite.
_CODES: dict[str, tuple[str, ...]] = {
    "constraint": ("23001", "1217", "1451", "ORA-02292", "SQLITE_CONSTRAINT_FOREIGNKEY"),
    "no-parent": ("1216", "1452", "ORA-02291"),
    "not-null": ("23502", "1048", "ORA-01400", "ORA-01407", "515", "SQLITE_CONSTRAINT_NOTNULL"),
    "unique": (
        "23505", "23P01", "1062", "1586", "ORA-00001", "2601", "2627", "SQLITE_CONSTRAINT_UNIQUE",
        "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_ROWID",
    ),
    "too-short": ("22001", "1406", "ORA-12899", "2628", "8152"),
    "value": ("1264", "1265", "1292", "1366", "1411", "ORA-01438", "SQLITE_CONSTRAINT_DATATYPE"),
    "rule": (
        "23514", "44000", "P0001", "1369", "1644", "3819", "4025", "ORA-01402", "ORA-02290", "50000",
        "SQLITE_CONSTRAINT_CHECK", "SQLITE_CONSTRAINT_TRIGGER",
    ),
    "generated": ("428C9", "1906", "3105", "ORA-54017", "271", "8102"),
    "not-changeable": ("55000", "1288", "1348", "ORA-01732", "ORA-01733", "ORA-01779", "4405", "4406"),
}  # fmt: skip
_OURS = {code: ours for ours, codes in _CODES.items() for code in codes}
_NAMES = (
    re.compile(r"CONSTRAINT `([^`]+)`"),  # MySQL, MariaDB
    re.compile(r"Check constraint '([^']+)' is violated"),
    re.compile(r"for key '([^']+)'\W*$"),
    re.compile(r"Column '([^']+)' cannot be null"),
    re.compile(r"for column (?:`[^`]+`\.)*['`]([^'`]+)['`] at row \d+\W*$"),
    re.compile(r"generated column ['\"]([^'\"]+)['\"] in table"),
    re.compile(r"^Column '([^']+)' is not updatable"),
    re.compile(r"^(?:UNIQUE|NOT NULL|CHECK) constraint failed: (.+)$", re.DOTALL),  # SQLite
    re.compile(r'^cannot UPDATE generated column "(.+)"$'),
    re.compile(r"constraint \(([\w$#.]+)\) violated"),  # Oracle
    re.compile(r'^ORA-(?:01407|12899)[^"]*("[^"]+"(?:\."[^"]+")*)'),
    re.compile(r"""(?:constraint|unique index) ["']([^"']+)["']"""),  # SQL Server
    re.compile(r"into column '([^']+)', table"),
)


def ours(error: BaseException | None, code: str) -> str | None:
    """The contract's code for a rule that the change would break; None where it is something else."""
    if code == "23503":
        return "constraint" if _is_referred_to(error) else "no-parent"
    if code == "547":  # SQL Server has one number for three things
        said = str(error)
        return "constraint" if "REFERENCE" in said else "no-parent" if "FOREIGN KEY" in said else "rule"
    if code == "SQLITE_ERROR" and str(error).startswith("cannot UPDATE generated column"):
        return "generated"
    return _OURS.get(code)


def name(error: BaseException | None) -> str:
    """The constraint, index or column that the database names; empty where it names none."""
    told = getattr(error, "diag", None)
    if told is not None:
        column = (told.schema_name, told.table_name, told.column_name)
        return str(told.constraint_name or ("" if None in column else ".".join(map(str, column))))
    said = _message(error)
    return next((found[1] for pattern in _NAMES if (found := pattern.search(said))), "")


def _is_referred_to(error: BaseException | None) -> bool:
    """PostgreSQL has one code for both ends of a foreign key.

    Its detail ends with the other table; where that is the table with the key, it is its rows that are in the way.
    """
    told = getattr(error, "diag", None)
    detail, table = str(getattr(told, "message_detail", "")), str(getattr(told, "table_name", ""))
    return re.search(rf"(?<!\w){re.escape(table)}(?!\w)", detail.rpartition(")")[2]) is not None


def _message(error: BaseException | None) -> str:
    said = error.args[-1] if error is not None and error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
