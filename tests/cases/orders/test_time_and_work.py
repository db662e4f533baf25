"""What nobody may know of takes nobody's time: the same questions to the database, and as many rows in answer."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client
from rest_framework.test import APIClient

from cases.models import Case, Operator
from cases.orders.cleared import assess_cleared
from exports.answer import building
from tests.cases.orders.secrecy_over_time import PAST, RETAINED, preserve
from tests.cases.orders.uncleared import PAGES, ROLES
from tests.operators.line import Staff, decide, work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
BO = "bo@example.com"
SECRET = """
    INSERT INTO retained VALUES (8, 'C2', 'targeted', '2026-11-02 10:00:00', 'A-9');
    INSERT INTO disclosure VALUES (9, 'C2', 'authority', '2026-07-01', 'Polisen', 'C2');
"""
# Questions of which the answer is a set, or one row a key.
UNORDERED = re.compile(
    r"django_session|cases_wrappedkey|cases_membership|COUNT\(|SELECT 1 AS|SELECT DISTINCT ON"
)


@pytest.fixture
def scene() -> Scene:
    return TELLING


@dataclass
class Work:
    """What was asked, and how many rows came in answer."""

    asked: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        # How fast a caller may ask is counted in a cache of its own.
        if "SAVEPOINT" not in sql and ' "cache"' not in sql:
            self.asked.append((sql, max(context["cursor"].cursor.rowcount, 0)))
        return result

    @property
    def size(self) -> tuple[int, int]:
        return len(self.asked), sum(rows for _sql, rows in self.asked)

    def without_order(self) -> list[str]:
        """Lists whose rows come in whatever order the database has them in."""
        return [
            sql for sql, rows in self.asked
            if rows > 1 and sql.startswith("SELECT") and "ORDER BY" not in sql and not UNORDERED.search(sql)
        ]  # fmt: skip


@contextmanager
def measured() -> Iterator[Work]:
    work = Work()
    with connection.execute_wrapper(work):
        yield work


@pytest.fixture
def bo(crm: sqlite3.Connection, staff: Staff) -> sqlite3.Connection:
    for role in (*ROLES, "cleared"):
        staff(role)
    staff("system", name="portal")
    crm.executescript(RETAINED + PAST)
    return crm


def at_pages(staff: Staff, case: Case) -> dict[str, Work]:
    found = {}
    for role in ROLES:
        client = Client()
        client.force_login(staff(role))
        for page in (case.get_absolute_url(), *_rows(case), *PAGES):
            client.get(page)
            with measured() as found[f"{role} {page.replace(case.reference, 'REF')}"]:
                client.get(page)
    api = APIClient()
    api.force_authenticate(staff("portal"))
    for _ in range(2):
        with measured() as found["api"]:
            api.get(f"/api/cases/{case.reference}/")
    return found


def _rows(case: Case) -> list[str]:
    return [f"/desk/cases/{case.reference}/runs/{pk}/" for pk in case.runs.values_list("pk", flat=True)]


def differing(one: dict[str, Work], other: dict[str, Work]) -> dict[str, list[str]]:
    """The questions that only one of them asks, or that are answered by another number of rows."""
    return {
        name: sorted({f"{rows} {sql[:300]}" for sql, rows in set(one[name].asked) ^ set(other[name].asked)})
        for name in one
        if one[name].size != other[name].size
    }


@pytest.mark.parametrize("right", ["access", "erasure"])
def test_pages_and_answers_ask_the_same_with_an_order_and_without(
    right: str,
    bo: sqlite3.Connection,
    ask: Callable[..., Case],
    staff: Staff,
    operator: Operator,
    unset_type: None,
) -> None:
    bo.executescript(SECRET)
    case = work(ask(right, BO))
    before = at_pages(staff, case)
    preserve(operator, staff)
    assess_cleared(case, by=staff("cleared"))
    assert not differing(before, at_pages(staff, case))


@pytest.mark.parametrize("right", ["access", "erasure"])
def test_letters_take_as_many_questions(
    right: str,
    bo: sqlite3.Connection,
    ask: Callable[..., Case],
    staff: Staff,
    operator: Operator,
    unset_type: None,
) -> None:
    """The workers that write the answer and the receipt are nobody's with clearance."""
    bo.executescript(SECRET)
    work_of = {}
    for secret in (False, True):
        case = work(ask(right, BO))
        if secret:
            preserve(operator, staff)
            assess_cleared(case, by=staff("cleared"))
        decide(case, staff("caseworker"))
        building.prepare(case, by=staff("caseworker"))
        with measured() as asked:
            building.build(case.pk)
        work_of[secret] = {"build": asked}
    assert not differing(work_of[False], work_of[True])


def test_every_list_of_a_page_is_in_full_order(
    bo: sqlite3.Connection, ask: Callable[..., Case], staff: Staff
) -> None:
    case = work(ask("erasure", BO))
    work(ask("access"))
    found = at_pages(staff, case)
    assert not {sql[:400] for each in found.values() for sql in each.without_order()}


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_an_order_leaves_no_two_rows_alike(model: type[models.Model]) -> None:
    """An order that a model has ends in its key, or in what is the same for no two of its rows."""
    meta = model._meta
    if not meta.ordering or not meta.label.startswith(("cases.", "exports.")):
        return
    by = {name.lstrip("-") if isinstance(name, str) else name.expression.name for name in meta.ordering}
    unique = [{"pk"}, *({one.name} for one in meta.fields if one.unique)]
    unique += [
        set(one.fields) for one in meta.constraints if isinstance(one, models.UniqueConstraint) and one.fields
    ]
    # Lists are of one case, one operator or one run.
    owner = {"case", "operator", "submission", "run"}
    assert any(each <= by | owner for each in unique)
