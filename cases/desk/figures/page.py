"""The desk in figures. What was chosen stands in the address; nothing is counted here (`cases.counted`)."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from cases.casework.permissions import Permission
from cases.counted.reading import Asked, Sums, as_of, first_month, read
from cases.desk.figures import words
from cases.desk.figures.tables import NOW, THEN, Table
from cases.desk.scope import DeskRequest, deny_unless, operators_at, staff
from cases.desk.wording.operator_names import names_among
from cases.desk.wording.words import RIGHTS
from cases.law.calendars import add_months
from cases.models import Operator
from cases.web.downloads import download

# The last twelve months, this one included.
LATELY = "12"


class Choice(forms.Form):
    """The selects above the tables. Unknown values are no error: the first of each is taken."""

    operator = forms.ChoiceField(label=gettext_lazy("Operator"), required=False)
    right = forms.ChoiceField(label=gettext_lazy("Right"), required=False)
    period = forms.ChoiceField(label=gettext_lazy("Period"), required=False)

    def __init__(
        self, data: Mapping[str, Any], *, operators: list[tuple[str, str]], years: list[int]
    ) -> None:
        super().__init__(data)
        self.choose("operator", [("", gettext_lazy("All operators")), *operators])
        self.choose("right", [("", gettext_lazy("All rights")), *RIGHTS.items()])
        self.choose(
            "period", [(LATELY, gettext_lazy("Last 12 months")), *((str(year), str(year)) for year in years)]
        )

    def choose(self, name: str, choices: list[tuple[str, object]]) -> None:
        chosen = self.fields[name]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = choices

    def value(self, name: str) -> str:
        """What was chosen; "" where nothing was that there is."""
        return self.cleaned_data.get(name, "") if self.is_valid() or self.cleaned_data else ""


@dataclass(frozen=True)
class Chosen:
    """What the tables are of, and the form that says so."""

    form: Choice
    asked: Asked
    year: str

    @property
    def query(self) -> str:
        chosen = {name: self.form.value(name) for name in self.form.fields}
        return urlencode({name: value for name, value in chosen.items() if value})


def _chosen(request: DeskRequest, operators: list[Operator]) -> Chosen:
    today = timezone.localdate()
    every = [one.pk for one in operators]
    began = first_month(every) or today
    names = names_among(operators)
    form = Choice(
        request.GET,
        operators=[(pk, names[pk]) for pk in every] if len(every) > 1 else [],
        years=list(range(today.year, began.year - 1, -1)),
    )
    operator, year = form.value("operator"), form.value("period")
    first, last = _span(year, today)
    return Chosen(
        form,
        Asked([operator] if operator else every, form.value("right"), first, last),
        year if year != LATELY else "",
    )


def _span(period: str, today: date) -> tuple[date, date]:
    """The first days of the first and the last month. A year that is not over ends with this month."""
    this = today.replace(day=1)
    if period in {"", LATELY}:
        return add_months(this, -11), this
    year = int(period)
    return date(year, 1, 1), min(date(year, 12, 1), this)


@staff
def figures(request: DeskRequest) -> HttpResponseBase:
    operators = operators_at(request, Permission.SEE_FIGURES)
    deny_unless(bool(operators))
    chosen = _chosen(request, operators)
    sums = read(chosen.asked)
    names = names_among(operators)
    context = {
        "form": chosen.form,
        "of": ", ".join(names[pk] for pk in chosen.asked.operators),
        "right": RIGHTS.get(chosen.asked.right, ""),
        "first": words.month(chosen.asked.first),
        "last": words.month(chosen.asked.last),
        "now": [make(sums, chosen.asked) for make in NOW],
        "then": [make(sums, chosen.asked) for make in THEN],
        "as_of": as_of(),
        "query": chosen.query,
        "several": len(operators) > 1,
    }
    return render(request, "desk/figures.html", context)


@staff
def as_file(request: DeskRequest, table: str) -> HttpResponseBase:
    """One of the tables as CSV (RFC 4180, UTF-8 with its mark, which spreadsheets want), of what was chosen."""
    operators = operators_at(request, Permission.SEE_FIGURES)
    deny_unless(bool(operators))
    chosen = _chosen(request, operators)
    found = _named(table, read(chosen.asked), chosen.asked)
    span = f"{chosen.asked.first:%Y-%m}-{chosen.asked.last:%Y-%m}"
    return download([_csv(found)], f"{found.key}-{span}.csv", "text/csv")


def _named(key: str, sums: Sums, asked: Asked) -> Table:
    every = {made.key: made for made in (make(sums, asked) for make in (*NOW, *THEN))}
    if key not in every:
        raise Http404
    return every[key]


def _csv(table: Table) -> bytes:
    lines = io.StringIO()
    write = csv.writer(lines)
    write.writerow(table.columns)
    write.writerows([row.name, *("" if cell is None else cell for cell in row.cells)] for row in table.rows)
    return lines.getvalue().encode("utf-8-sig")
