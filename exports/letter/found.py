"""What was found, part by part: few rows are printed, many are summed up in a chart with its numbers."""

from collections.abc import Callable, Iterable
from datetime import date
from itertools import groupby

from exports.letter.decided import category_description, category_name
from exports.letter.document import Bar, Chart, Paragraph, Part, Section
from exports.letter.facts import CaseFacts, CategoryFacts, CollectionFacts, Month, file_stem
from exports.letter.matrix import Block
from exports.letter.printed import Cells, printed_rows
from exports.letter.texts.reading import Texts

PRINTED_ROWS = 600  # in the whole letter; above it the largest collections are summed up
BARS = 15


def found(facts: CaseFacts, texts: Texts) -> tuple[Section, ...]:
    """One section a category with something given in it."""
    with_rows = [category for category in facts.categories if any(c.rows for c in category.collections)]
    if facts.right not in ("access", "portability") or not with_rows:
        return ()
    printed = _printed(facts)
    opening = Section(Block.FOUND, texts("found.heading"), (Paragraph(texts("found.intro")),), new_page=True)
    return (opening, *(_category(facts, category, printed, texts) for category in with_rows))


def _printed(facts: CaseFacts) -> frozenset[str]:
    """The files whose rows are printed too: smallest first, as long as the letter stays a letter."""
    small = [
        (c.rows, _file(category, c))
        for category in facts.categories
        for c in category.collections
        if c.inline
    ]
    chosen, left = set(), PRINTED_ROWS
    for rows, file in sorted(small):
        left -= rows
        if left >= 0:
            chosen.add(file)
    return frozenset(chosen)


def _file(category: CategoryFacts, collection: CollectionFacts) -> str:
    return f"data/{file_stem(category.key, collection.source, collection.collection)}.csv"


def _category(facts: CaseFacts, category: CategoryFacts, printed: frozenset[str], texts: Texts) -> Section:
    cells = Cells(facts.register.time_zone, texts)
    parts: list[Part] = [Paragraph(category_description(facts, category.key), leads=True)]
    for collection in category.collections:
        if not collection.rows:
            continue
        file = _file(category, collection)
        parts.append(Paragraph(_where_from(collection, texts), leads=True))
        if collection.inline and file in printed:
            parts += printed_rows(collection.inline, collection.columns, file, cells)
        else:
            parts += _summed_up(collection, file, texts)
    return Section(Block.FOUND, category_name(facts, category.key), tuple(parts), level=3)


def _where_from(collection: CollectionFacts, texts: Texts) -> str:
    rows = texts.count("rows", collection.rows)
    key = "found.source_period" if collection.first_on else "found.source"
    period = texts.period(collection.first_on, collection.last_on)
    return texts(key, source=collection.source_name, name=collection.name, rows=rows, period=period)


def _summed_up(collection: CollectionFacts, file: str, texts: Texts) -> list[Part]:
    in_file = Paragraph(texts("found.in_file", file=file))
    # One bar makes no chart.
    if len(collection.months) < 2:
        return [in_file]
    key, bars = _bars(collection.months, texts)
    caption = texts(f"found.{key}", name=collection.name)
    return [Chart(caption, tuple(Bar(label, n, texts.number(n)) for label, n in bars)), in_file]


def _bars(months: Iterable[Month], texts: Texts) -> tuple[str, list[tuple[str, int]]]:
    """Bars by month, or by quarter or year where months would be too many to read. Gaps are shown as zero."""
    counts = _without_gaps(months)
    if len(counts) <= BARS:
        return "chart", [(texts.month(first).replace(" ", "\n"), n) for first, n in counts]
    if len(counts) <= BARS * 4:
        return "chart_quarter", _grouped(counts, lambda day: _quarter(day, texts))
    return "chart_year", _grouped(counts, lambda day: str(day.year))


def _without_gaps(months: Iterable[Month]) -> list[tuple[date, int]]:
    counts = {month.first: month.rows for month in months}
    day, last, every = min(counts), max(counts), []
    while day <= last:
        every.append((day, counts.get(day, 0)))
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return every


def _grouped(counts: list[tuple[date, int]], label: Callable[[date], str]) -> list[tuple[str, int]]:
    return [(name, sum(n for _, n in group)) for name, group in groupby(counts, lambda each: label(each[0]))]


def _quarter(day: date, texts: Texts) -> str:
    return texts("found.quarter", q=(day.month + 2) // 3, year=day.year)
