"""schema.json: what is in the package's JSON files, as JSON Schema: a schema a file, a property a column.

What every package has alike stands in `exports/package/schemas`, this file's own shape as well.
"""

from collections.abc import Mapping, Sequence

import orjson

from exports.package.layout import Table

VERSION = 1
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, object]


def of_rows(tables: Sequence[Table], language: str, reference: str) -> bytes:
    """The file: ``$defs`` has the schema of each `data/*.json` by its name without ending."""
    content: Json = {
        "$schema": DIALECT,
        "$id": f"{reference}/schema.json",
        "version": VERSION,
        "language": language,
        "$defs": {table.file.stem: _array(table) for table in tables},
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n"


def _array(table: Table) -> Json:
    layout, file = table.layout, table.file
    columns = {
        column: _column(file.columns.get(column, ""), file.codes.get(column, {}), column in layout.moments)
        for column in layout.columns
    }
    return {
        "title": file.name,
        "description": file.source_name,
        "type": "array",
        "minItems": table.rows,
        "maxItems": table.rows,
        "items": {"type": "object", "properties": columns, "additionalProperties": False},
    }


def _column(title: str, codes: Mapping[str, str], is_moment: bool) -> Json:
    about: Json = {"title": " ".join(title.split())} if title else {}
    if codes:
        # A value that nobody explained may come: the codes tell, and do not bind.
        about["anyOf"] = [*({"const": code, "title": said} for code, said in codes.items()), {}]
    if is_moment:
        # Said, not bound: a text may stand among the times.
        about["examples"] = ["2026-01-31T14:05:00+01:00"]
    return about
