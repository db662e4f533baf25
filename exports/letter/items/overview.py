"""The overview before the items: charts of many rows, with their numbers beside them and in words."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import groupby

from exports.letter.document import Bar, Chart, Column, Part, Table
from exports.letter.facts import CollectionFacts
from exports.letter.texts.reading import Texts
from exports.letter.usage import MonthUse, Usage

BARS = 15
STRETCH = 4  # hours
ONE = Decimal(1)
Period = tuple[str, tuple[MonthUse, ...]]


def overview(collection: CollectionFacts, texts: Texts, *, printed: bool) -> Iterator[Part]:
    """Its charts; nothing for a handful of rows in one month. Rows that are ``printed`` too need no counting."""
    usage = collection.usage or Usage()
    months = usage.months or tuple(MonthUse(first=each.first, rows=each.rows) for each in collection.months)
    if len(months) > 1:
        key, periods = _periods(months, texts)
        if not printed:
            counts = [(label, Decimal(sum(each.rows for each in part))) for label, part in periods]
            yield chart(texts(f"found.{key}", name=collection.name), counts, texts)
        yield from _volumes(collection.name, periods, texts)
        yield from _spending(collection.name, periods, usage.currency, texts)
    if not printed:
        yield from _times(collection.name, usage, texts)
    if usage.places:
        yield _places(collection.name, usage, texts)


def chart(
    caption: str,
    counts: Sequence[tuple[str, Decimal]],
    texts: Texts,
    shown: Callable[[Decimal], str] | None = None,
    label: str = "{}",
) -> Chart:
    """A chart of these numbers, and where it is highest in words for whoever cannot see it."""
    bars = tuple(Bar(name, float(n), (shown or texts.rounded)(n)) for name, n in counts)
    highest = max(bars, key=lambda bar: bar.value)
    where = label.format(highest.label.replace("\n", " "))
    return Chart(caption, bars, texts("found.most", label=where, shown=highest.shown))


def _periods(months: Sequence[MonthUse], texts: Texts) -> tuple[str, list[Period]]:
    """By month, or by quarter or year where months would be too many to read. Gaps are shown as zero."""
    every = _without_gaps(months)
    if len(every) <= BARS:
        return "chart", [(texts.month(each.first).replace(" ", "\n"), (each,)) for each in every]
    if len(every) <= BARS * 4:
        return "chart_quarter", _grouped(every, lambda day: _quarter(day, texts))
    return "chart_year", _grouped(every, lambda day: str(day.year))


def _without_gaps(months: Sequence[MonthUse]) -> list[MonthUse]:
    found = {month.first: month for month in months}
    day, last, every = min(found), max(found), []
    while day <= last:
        every.append(found.get(day) or MonthUse(first=day))
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return every


def _grouped(every: list[MonthUse], label: Callable[[date], str]) -> list[Period]:
    return [(name, tuple(part)) for name, part in groupby(every, lambda each: label(each.first))]


def _quarter(day: date, texts: Texts) -> str:
    return texts("found.quarter", q=(day.month + 2) // 3, year=day.year)


def _volumes(name: str, periods: Sequence[Period], texts: Texts) -> Iterator[Part]:
    """Minutes and volume by period, as far as the rows tell of them."""
    told = {field: sums for field in ("minutes", "megabytes") if any(sums := _sums(periods, field))}
    if not told:
        return
    heads = (
        Column(texts("found.period")),
        *(Column(texts(f"found.{field}"), numeric=True) for field in told),
    )
    rows = [
        (label.replace("\n", " "), *(texts.rounded(sums[n]) for sums in told.values()))
        for n, (label, _part) in enumerate(periods)
    ]
    total = (texts("found.total"), *(texts.rounded(sum(sums, Decimal(0))) for sums in told.values()))
    yield Table(texts("found.volumes", name=name), heads, (*rows, total), dense=True)


def _spending(name: str, periods: Sequence[Period], currency: str, texts: Texts) -> Iterator[Part]:
    sums = _sums(periods, "spent")
    if any(sums):
        unit = f" ({currency})" if currency else ""
        labels = (label for label, _part in periods)
        counts = list(zip(labels, sums, strict=True))
        spent = chart(texts("found.spending", name=name, unit=unit), counts, texts, texts.money)
        total = texts.money(sum(sums, Decimal(0)))
        yield replace(
            spent, told=f"{spent.told} {texts('found.in_all', total=f'{total} {currency}'.strip())}"
        )


def _sums(periods: Sequence[Period], field: str) -> list[Decimal]:
    return [sum((getattr(each, field) for each in part), Decimal(0)) for _label, part in periods]


def _times(name: str, usage: Usage, texts: Texts) -> Iterator[Part]:
    """When in the day, as a chart; then each day of the week by stretches of the day, with what they add up to."""
    if not usage.week:
        return
    hours = [(f"{hour:02}", Decimal(n)) for hour, n in enumerate(map(sum, zip(*usage.week, strict=True)))]
    of = "_calls" if usage.calls else ""
    yield chart(texts(f"found.hours{of}", name=name), hours, texts, label=texts("found.clock"))
    starts = range(0, 24, STRETCH)
    heads = (
        Column(texts("found.weekday")),
        *(Column(f"{hour:02}–{hour + STRETCH:02}", numeric=True) for hour in starts),
        Column(texts("found.total"), numeric=True),
    )
    days = [[sum(day[hour : hour + STRETCH]) for hour in starts] for day in usage.week]
    counts = [*days, [sum(column) for column in zip(*days, strict=True)]]
    names = [*(texts.weekday(n) for n in range(7)), texts("found.total")]
    rows = (
        (label, *(texts.number(n) for n in (*row, sum(row))))
        for label, row in zip(names, counts, strict=True)
    )
    yield Table(texts(f"found.week{of}", name=name), heads, tuple(rows), dense=True)


def _places(name: str, usage: Usage, texts: Texts) -> Chart:
    """The most used places by their share of all; the rest together."""
    places = [*usage.places, (texts("found.elsewhere"), usage.elsewhere)]
    rows = sum(n for _place, n in places)
    shares = [(place, (Decimal(100 * n) / rows).quantize(ONE)) for place, n in places if n]
    return chart(texts("found.places", name=name), shares, texts, lambda share: f"{share} %")
