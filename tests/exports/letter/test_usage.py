"""Sums of many rows in one pass, and what the overview makes of them."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from connectors.description.tells import Tells
from exports.letter import content
from exports.letter.content import CaseFacts, CategoryFacts, CollectionFacts
from exports.letter.document import Chart, Table
from exports.letter.usage import PLACES, Tally, Usage
from exports.letter.values import MASK
from exports.package.data import few_rows
from tests.exports.letter.letter_cases import give

Case = Callable[..., CaseFacts]
TELLS = Tells(
    until="ended", kind="kind", call="call", megabytes="mb", price="price", currency="SEK", place="cell"
)


def row(n: int, **more: object) -> dict[str, object]:
    at = f"2026-0{n % 3 + 1}-0{n % 7 + 1}T22:30:00Z"
    ended = at.replace("30:00", "40:30")
    return {
        "at": at,
        "ended": ended,
        "kind": "call",
        "mb": None,
        "price": "0.50",
        "cell": f"C{n % 9}",
        **more,
    }


def summed(*rows: dict[str, object], tells: Tells = TELLS) -> Usage:
    tally = Tally("at", tells, "Europe/Stockholm")
    for each in rows:
        tally.see(each)
    usage = tally.usage()
    assert usage is not None
    return usage


def test_rows_add_up_by_month_hour_and_weekday_in_the_operators_time() -> None:
    call, data = row(0), row(0, kind="data", mb="12.5", ended="2026-01-02T09:00:00Z")
    usage = summed(call, data)
    [month] = usage.months
    assert (month.first, month.rows, month.spent) == (date(2026, 1, 1), 2, Decimal(1))
    assert (month.minutes, month.megabytes) == (Decimal("10.5"), Decimal("12.5"))
    assert [hour for hour, n in enumerate(usage.week[3]) if n] == [23]
    assert (sum(map(sum, usage.week)), sum(usage.week[3])) == (1, 1)
    assert usage.currency == "SEK"


def test_a_place_that_is_masked_is_none() -> None:
    usage = summed(row(0), row(1, cell=MASK), row(2, cell=MASK))
    assert (usage.places, usage.elsewhere) == ((("C0", 1),), 0)


def test_what_is_masked_or_no_number_counts_for_nothing() -> None:
    odd = (
        row(0, price="•••"),
        row(0, price=None),
        row(0, price="NaN"),
        row(0, price="1e999999"),
        row(0, price="-1e9999999"),
        row(0, price=True),
        row(0, at="soon"),
    )
    assert summed(row(0), *odd).months[0].spent == Decimal("0.50")


def test_memory_does_not_grow_with_the_rows() -> None:
    """What comes when the places to count apart are full is counted with all others."""
    late = [row(0, cell="late") for _ in range(3)]
    usage = summed(*(row(0, cell=f"C{n}") for n in range(PLACES)), row(0, cell="C0"), *late)
    assert usage.places[0] == ("C0", 2)
    assert "late" not in dict(usage.places)
    assert usage.elsewhere + sum(rows for _place, rows in usage.places) == PLACES + 4


def test_money_in_two_currencies_has_none_named() -> None:
    tells = Tells(price="price", currency="currency")
    assert summed(row(0, currency="SEK"), row(1, currency="DKK"), tells=tells).currency == ""
    assert summed(row(0, currency="SEK"), tells=tells).currency == "SEK"


def test_rows_to_print_and_sums_come_from_one_pass() -> None:
    passes = []

    def lines(count: int) -> Iterator[bytes]:
        passes.append(count)
        yield from (json.dumps(row(n)).encode() for n in range(count))

    tally = Tally("at", TELLS, "UTC")
    assert few_rows(lines(500), see=tally.see) is None
    assert passes == [500]
    usage = tally.usage()
    assert usage is not None
    assert sum(month.rows for month in usage.months) == 500


def test_the_overview_has_charts_with_their_numbers_and_words_beside_them(case: Case) -> None:
    usage = summed(*(row(n, mb="1.5") for n in range(700)))
    traffic = CollectionFacts(
        source="network", collection="calls", source_name="Network", name="Calls", rows=700, usage=usage
    )
    category = CategoryFacts(key="traffic", collections=(traffic,), findings=give(700))
    letter = content.answer(case(language="en", categories=(category,)))
    [overview] = [section for section in letter.sections if section.heading == "Overview"]
    charts = {part.caption: part for part in overview.parts if isinstance(part, Chart)}
    assert list(charts) == [
        "Calls: number of records a month", "Calls: cost (SEK)", "Calls: calls by time of day",
        "Calls: the most frequent, in per cent of all records",
    ]  # fmt: skip
    assert charts["Calls: cost (SEK)"].told == "Most: Jan 2026 (117.00). In all: 350.00 SEK."
    assert charts["Calls: calls by time of day"].told.startswith("Most: the hour from 23")
    volumes, week = (part for part in overview.parts if isinstance(part, Table))
    assert [column.title for column in week.columns][:3] == ["Day", "00–04", "04–08"]
    assert [day for day, *counts, _all in week.rows if sum(int(n) for n in counts)] == [
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "In all",
    ]  # fmt: skip
    assert week.rows[-1][-1] == "700"
    assert volumes.rows[-1] == ("In all", "7,350", "1,050")


def test_columns_that_tell_come_first_and_what_only_numbers_rows_last(case: Case) -> None:
    rows = tuple(
        {
            "no": n,
            "note": f"n{n}",
            "price": f"{n}.50",
            "currency": "SEK",
            "at": f"2026-01-0{n + 1}",
            "status": "b",
        }
        for n in range(9)
    )
    invoices = CollectionFacts(
        source="crm", collection="invoice", source_name="CRM", name="Invoices", rows=9, inline=rows,
        columns={"price": "Amount", "no": "Number", "at": "Date", "note": "Note"}, codes={"status": {"b": "paid"}},
        telling=("at", "price"), naming=frozenset({"no"}), price="price", currency="currency",
    )  # fmt: skip
    category = CategoryFacts(key="invoices", collections=(invoices,), findings=give(9))
    letter = content.answer(case(language="da", categories=(category,)))
    found = [part for section in letter.sections if section.block == "found" for part in section.parts]
    [table] = [part for part in found if isinstance(part, Table)]
    assert [column.title for column in table.columns] == ["Date", "Amount (SEK)", "Note", "Number"]
    assert table.rows[0] == ("01.01.2026", "0,50", "n0", "0")
    assert "('status', 'paid')" in repr(found)
    assert "('currency'" not in repr(found)


def test_what_the_page_does_not_hold_is_named_with_its_file(case: Case) -> None:
    rows = tuple({f"c{c}": n * c + c for c in range(1, 10)} for n in range(20))
    things = CollectionFacts(
        source="crm", collection="things", source_name="CRM", name="Things", rows=20, inline=rows,
        columns={"c9": "Account"}, naming=frozenset({"c1"}),
    )  # fmt: skip
    category = CategoryFacts(key="invoices", collections=(things,), findings=give(20))
    letter = content.answer(case(language="en", categories=(category,)))
    assert "The file data/invoices-crm-things.csv also has: account and c1." in repr(letter.sections)


def test_a_file_that_is_not_printed_has_its_columns_and_codes_explained(case: Case) -> None:
    calls = CollectionFacts(
        source="network", collection="calls", source_name="Network", name="Calls", rows=9000,
        columns={"dir": "Direction", "at": "Time"}, codes={"dir": {"i": "incoming", "out": "out"}},
    )  # fmt: skip
    category = CategoryFacts(key="traffic", collections=(calls,), findings=give(9000))
    letter = content.answer(case(language="en", categories=(category,)))
    [table] = [
        part for s in letter.sections if s.block == "found" for part in s.parts if isinstance(part, Table)
    ]
    assert table.rows == (("dir", "Direction", "i = incoming"), ("at", "Time", ""))
