"""A package with everything in it, written in memory: an answer of which each form has the same rows."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import orjson

from exports.letter import content
from exports.letter.facts import CaseFacts, CategoryFacts, CollectionFacts, FindingFacts
from exports.package.layout import DataFile
from exports.package.manifest import PackageFacts
from exports.package.register import register_of
from exports.package.zipped import write

STEM = "invoices-crm-invoices"
ROWS: list[dict[str, Any]] = [
    {
        "invoice_no": f"00{10_000 + n}",
        "sim": 89460112345678901000 + n,
        "paid_at": f"2026-{n % 12 + 1:02}-28T14:05:00+01:00",
        "amount": str(Decimal("299.05") + n),
        "status": "pd" if n % 5 else "op",
    }
    for n in range(40)
]
COLUMNS = {"invoice_no": "Fakturanummer", "sim": "SIM-kort", "paid_at": "Betald", "amount": "Belopp"}
CODES = {"status": {"pd": "betald", "op": "obetald"}}


def invoices(rows: list[dict[str, Any]] | None = None, **more: Any) -> DataFile:
    lines = [dumped(row) for row in (ROWS if rows is None else rows)]
    about: dict[str, Any] = {"columns": COLUMNS, "codes": CODES, "time_zone": "Europe/Stockholm", **more}
    return DataFile(stem=STEM, name="Fakturor", source_name="CRM", rows=lambda: lines, **about)


def dumped(row: dict[str, Any]) -> bytes:
    sim = row.get("sim")
    return (
        orjson.dumps({**row, "sim": 0}).replace(b'"sim":0', b'"sim":%d' % sim) if sim else orjson.dumps(row)
    )


def packed(
    case: Callable[..., CaseFacts],
    *,
    letter: Callable[[Any], bytes] = lambda _document: b"%PDF-1.7",
    **more: Any,
) -> ZipFile:
    """The package of `ROWS`, with a letter that prints them. ``letter``: how its document becomes a PDF."""
    printed = CollectionFacts(
        source="crm", collection="invoices", source_name="CRM", name="Fakturor", rows=len(ROWS), inline=tuple(ROWS),
        columns=COLUMNS, codes=CODES,
    )  # fmt: skip
    found = CategoryFacts(
        key="invoices", collections=(printed,), findings=(FindingFacts(verdict="give", rows=len(ROWS)),)
    )
    facts = case(categories=(found,), recipients_actual=("tele2-sverige", "Nobody we know"))
    document = content.answer(replace(facts, files_sha256="0" * 64))
    about = PackageFacts(
        reference="24-7KQ-19", operator="Tele2", right="access", language="sv", dated=date(2026, 12, 14)
    )
    write(
        out := io.BytesIO(),
        about,
        letter=lambda _files: letter(document),
        document=lambda: document,
        register=register_of(facts),
        **{"data": [invoices()], **more},
    )
    return ZipFile(out)
