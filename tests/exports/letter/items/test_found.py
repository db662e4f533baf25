"""What was found: small things printed, large ones summed up, nothing hidden and nothing too wide."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from exports.letter import content
from exports.letter.content import CaseFacts, CategoryFacts, CollectionFacts, FindingFacts, Month
from exports.letter.document import Chart, Pairs, Table

Case = Callable[..., CaseFacts]


def collection(
    rows: tuple[dict[str, Any], ...] | None, *, count: int = 0, key: str = "things", **more: Any
) -> CollectionFacts:
    named: dict[str, Any] = {"source": "crm", "collection": key, "source_name": "CRM", "name": "Things"}
    return CollectionFacts(**named, rows=count or len(rows or ()), inline=rows, **more)


def parts(facts: CaseFacts, kind: type) -> list[Any]:
    letter = content.answer(facts)
    return [part for s in letter.sections if s.block == "found" for part in s.parts if isinstance(part, kind)]


def with_rows(case: Case, *collections: CollectionFacts) -> CaseFacts:
    findings = (FindingFacts(verdict="give", rows=1),)
    category = CategoryFacts(key="invoices", collections=collections, findings=findings)
    return case(language="en", categories=(category,))


def test_one_row_is_a_list_of_names_and_values(case: Case) -> None:
    row = {
        "first_name": "Anna",
        "closed": None,
        "newsletter": True,
        "tags": ["a", 1],
        "home": {"kind": "flat", "people": 4},
    }
    [pairs] = parts(with_rows(case, collection((row,))), Pairs)
    assert pairs.items == (
        ("first name", "Anna"),
        ("newsletter", "yes"),
        ("tags", "a, 1"),
        ("home", "kind: flat\npeople: 4"),
    )


def test_what_all_rows_share_is_said_once_and_empty_columns_are_left_out(case: Case) -> None:
    rows = tuple({"customer": "884", "no": n, "note": None} for n in range(3))
    facts = with_rows(case, collection(rows, columns={"no": "Invoice"}))
    [table], [pairs] = parts(facts, Table), parts(facts, Pairs)
    assert pairs.items == (("customer", "884"),)
    assert [column.title for column in table.columns] == ["Invoice"]
    assert table.rows == (("0",), ("1",), ("2",))
    assert table.columns[0].numeric


def test_amounts_have_the_languages_decimal_sign_and_every_digit(case: Case) -> None:
    rows = ({"amount": "589.83", "ip_version": "1.5"}, {"amount": "1250.50", "ip_version": "2.5"})
    facts = with_rows(case, collection(rows))
    [english] = parts(facts, Table)
    assert english.rows == (("589.83", "1.5"), ("1250.50", "2.5"))
    assert [column.numeric for column in english.columns] == [True, False]
    for language in ("sv", "da"):
        [table] = parts(replace(facts, language=language), Table)
        assert table.rows == (("589,83", "1.5"), ("1250,50", "2.5"))


def test_rows_with_different_columns_are_all_shown(case: Case) -> None:
    rows = ({"a": 1}, {"b": 2}, {"a": 3, "b": 4})
    [table] = parts(with_rows(case, collection(rows)), Table)
    assert table.rows == (("1", "–"), ("–", "2"), ("3", "4"))


def test_more_columns_than_the_page_holds_are_in_the_file_and_the_letter_says_so(case: Case) -> None:
    rows = tuple({f"c{c}": n * c + c for c in range(1, 10)} for n in range(20))
    facts = with_rows(case, collection(rows))
    [table] = parts(facts, Table)
    assert len(table.columns) == 7
    assert "data/invoices-crm-things.csv" in repr(content.answer(facts).sections)


def test_moments_are_in_the_operators_own_time(case: Case) -> None:
    written = ("2026-07-01T22:30:00Z", "2026-12-01T08:00:05+00:00", "2026-12-01 08:00", "2026-99-99T08:00")
    rows = tuple({"at": moment} for moment in written)
    [table] = parts(with_rows(case, collection(rows)), Table)
    assert table.rows == (
        ("2 Jul 2026 00:30",),
        ("1 Dec 2026 09:00:05",),
        ("1 Dec 2026 08:00",),
        ("2026-99-99T08:00",),
    )


def test_hostile_values_are_shortened_and_made_visible(case: Case) -> None:
    rows = ({"note": "a\x00b\x1b[31m\u2028\ud800", "n": 1}, {"note": "x" * 1_000_000, "n": 2})
    [table] = parts(with_rows(case, collection(rows)), Table)
    assert table.rows[0][0] == "a\ufffdb\ufffd[31m\ufffd\ufffd"
    assert len(table.rows[1][0]) < 300


def test_many_rows_become_a_chart_with_gaps_shown_and_numbers_that_add_up(case: Case) -> None:
    months = (Month(first=date(2025, 11, 1), rows=400), Month(first=date(2026, 2, 1), rows=600))
    [chart] = parts(with_rows(case, collection(None, count=1000, months=months)), Chart)
    assert [bar.value for bar in chart.bars] == [400, 0, 0, 600]
    assert [bar.label for bar in chart.bars] == ["Nov\n2025", "Dec\n2025", "Jan\n2026", "Feb\n2026"]


def test_years_of_months_become_quarters_and_then_years(case: Case) -> None:
    def bars(count: int) -> list[Any]:
        months = tuple(Month(first=date(2000 + n // 12, n % 12 + 1, 1), rows=10) for n in range(count))
        [chart] = parts(with_rows(case, collection(None, count=10 * count, months=months)), Chart)
        assert sum(bar.value for bar in chart.bars) == 10 * count
        return list(chart.bars)

    assert len(bars(15)) == 15
    assert bars(16)[0].label == "Q1\n2000"
    assert len(bars(60)) == 20
    assert [bar.label for bar in bars(61)] == ["2000", "2001", "2002", "2003", "2004", "2005"]


def test_the_letter_stays_a_letter_when_many_small_things_add_up(case: Case) -> None:
    rows = tuple({"n": n} for n in range(300))
    facts = with_rows(case, *(collection(rows, key=f"k{n}") for n in range(9)))
    assert len(parts(facts, Table)) == 2
    assert repr(content.answer(facts).sections).count("Every record is in the file") == 7
