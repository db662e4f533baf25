"""The page of figures, its files, and who gets them."""

import csv
import io
from collections.abc import Callable
from datetime import date
from random import Random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.counted.rolling import roll_up
from cases.models import Case, Figure, Operator, User
from cases.models.counted.figures import Counted
from cases.sources.loading import load_operator
from tests.cases.counted.made_up import make_up

pytestmark = pytest.mark.django_db
PAGE = "/desk/figures/"


def rows(client: Client, table: str, query: str = "") -> list[list[str]]:
    answer = client.get(f"{PAGE}{table}.csv{query}")
    assert answer["Content-Disposition"].startswith("attachment")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.fixture
def counted(operator: Operator, staff: Callable[..., User]) -> Operator:
    make_up(operator, 120, by=staff("caseworker"), dice=Random(7), today=timezone.localdate())
    roll_up()
    return operator


def test_the_page_and_each_of_its_tables_as_a_file(
    counted: Operator, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("dpo")
    page = client.get(PAGE)
    tables = [*page.context["now"], *page.context["then"]]
    assert {table.key for table in tables} == {
        "waiting", "due", "open", "months", "rights", "outcomes", "grounds", "extensions"
    }  # fmt: skip
    for table in tables:
        assert f"{PAGE}{table.key}.csv" in page.content.decode()
        head, *lines = rows(client, table.key)
        assert head == list(table.columns)
        assert [line[0] for line in lines] == [row.name for row in table.rows]
    open_cases = counted.cases.exclude(stage="closed").count()
    for name in ("waiting", "due", "open"):
        assert sum(int(line[1]) for line in rows(client, name)[1:]) == open_cases
    assert client.get(f"{PAGE}nonsense.csv").status_code == 404
    for case in Case.objects.all()[:20]:
        assert case.reference not in page.content.decode()


def test_what_is_chosen_stands_in_the_address(counted: Operator, signed_in: Callable[..., Client]) -> None:
    client, this = signed_in("legal"), timezone.localdate().replace(day=1)
    Figure.objects.all().delete()
    for right, month, count in (
        ("access", this, 3),
        ("erasure", this, 4),
        ("access", date(this.year - 1, 1, 1), 50),
    ):
        about = {"operator": counted, "right": right, "month": month, "count": count}
        Figure.objects.create(name=Counted.TIMELY, of="on-time", **about)
        Figure.objects.create(name=Counted.DAYS, of="12", **about)

    def answered(query: str) -> int:
        return sum(int(line[2]) for line in rows(client, "months", query)[1:])

    lately = 50 if this.month == 1 else 0
    assert answered("") == answered("?period=nonsense&right=nonsense") == 7 + lately
    assert answered("?right=access") == 3 + lately
    assert answered(f"?period={this.year - 1}") == 50
    assert answered(f"?period={this.year}&right=erasure") == 4
    _head, access, *_rest = rows(client, "rights", f"?period={this.year}")
    assert access == ["Access", "3", "100", "12", "12", "0"]
    kept = f"?right=access&amp;period={this.year - 1}"
    page = client.get(f"{PAGE}?right=access&period={this.year - 1}&operator=").content.decode()
    assert f"{PAGE}months.csv{kept}" in page
    # A year that was has its twelve months, also those in which nothing came.
    assert len(rows(client, "months", f"?period={this.year - 1}")) == 13


def test_another_operators_figures_are_not_there(counted: Operator, signed_in: Callable[..., Client]) -> None:
    other = load_operator("telenor-dk")[0]
    client = signed_in("legal", at=other, name="elsewhere")
    assert sum(int(line[1]) for line in rows(client, "open", f"?operator={counted.pk}")[1:]) == 0


def test_a_file_is_for_whom_the_page_is(operator: Operator, signed_in: Callable[..., Client]) -> None:
    assert (
        signed_in("caseworker", "approver", "cleared", "auditor").get(f"{PAGE}months.csv").status_code == 403
    )


def test_a_page_asks_the_same_however_many_cases_there_are(
    operator: Operator, staff: Callable[..., User], signed_in: Callable[..., Client]
) -> None:
    client = signed_in("legal")

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return [query["sql"] for query in queries]

    before = asked()
    make_up(operator, 60, by=staff("caseworker"), dice=Random(7), today=timezone.localdate())
    roll_up()
    after = asked()
    assert len(after) <= len(before)
    assert not [sql for sql in after if '"cases_case"' in sql]
