"""What nobody may know of takes nobody's time: the same questions to the database, and as many rows in answer."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client
from rest_framework.test import APIClient

from cases.assessment import assessing
from cases.casework.members import tokens
from cases.collection import gathering
from cases.execution.amendments import meanwhile
from cases.execution.erasure.expiry import erase_due
from cases.execution.objections import suppressing
from cases.identity import matching
from cases.models import Case, Operator, Scope, User
from cases.orders.cleared import assess_cleared
from exports import approval, delivery
from exports.answer import building
from exports.answer.tries import course
from exports.models import Answer
from tests.cases.orders.secrecy_over_time import PAST, RETAINED, days_ahead, preserve
from tests.cases.orders.uncleared import PAGES, ROLES
from tests.operators.by_hand import carry_out, read, sent
from tests.operators.line import Staff, decide, work
from tests.operators.scenes import TELLING, Scene
from tests.whole_line.any_sequence.visits import PRESSED, TOGETHER, Visits
from tests.whole_line.crawling.addresses import addresses, is_of_the_desk

pytestmark = pytest.mark.django_db
BO = "bo@example.com"
SECRET = """
    INSERT INTO retained VALUES (8, 'C2', 'targeted', '2026-11-02 10:00:00', 'A-9');
    INSERT INTO disclosure VALUES (9, 'C2', 'authority', '2026-07-01', 'Polisen', 'C2');
"""
# Questions of which the answer is a set, or one row a key.
COUNTED = re.compile(r"COUNT\(|SELECT 1 AS|SELECT DISTINCT ON")
SEEN = ('UPDATE "cases_session"', 'UPDATE "cases_opensession"')
SETS = {"cases_session", "cases_wrappedkey", "cases_membership"}


@pytest.fixture
def scene() -> Scene:
    return TELLING


@dataclass
class Work:
    """What was asked, and how many rows came in answer."""

    asked: list[tuple[str, int]] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        # How fast a caller may ask is counted in a cache of its own, and when somebody was last seen is the clock's.
        if "SAVEPOINT" not in sql and ' "cache"' not in sql and not sql.startswith(SEEN):
            self.asked.append((sql, context["cursor"].cursor.rowcount))
        return result

    def in_the_open(self) -> None:
        """What lies sealed for cleared processes alone is left out: nobody else can ask for it."""
        self.asked = [one for one in self.asked if '"cases_secret"' not in one[0]]

    @property
    def size(self) -> tuple[int, int]:
        return len(self.asked), sum(rows for _sql, rows in self.asked)

    def half_ordered(self) -> set[str]:
        """Lists in which two rows may change places."""
        # What is streamed does not say how many rows it has.
        lists = (sql for sql, rows in self.asked if rows not in (0, 1) and sql.startswith("SELECT"))
        return {sql[:400] for sql in lists if _may_swap(sql)}


def _may_swap(sql: str) -> bool:
    [table] = (re.findall(r'FROM "(\w+)"', _without_brackets(sql)) or re.findall(r'FROM "(\w+)"', sql))[:1]
    if table in SETS or COUNTED.search(sql):
        return False
    by = re.findall(rf'"{table}"\."(\w+)"', sql.rpartition("ORDER BY")[2]) if "ORDER BY" in sql else []
    # What is fetched for the one case of a page comes by a list of one.
    one = re.findall(rf'"{table}"\."(\w+)" (?:= %s|IN \(%s\))', sql)
    return not any(each <= {*by, *one} for each in UNIQUE[table])


def _without_brackets(sql: str) -> str:
    """The question itself, and none that it asks within."""
    while (shorter := re.sub(r"\([^()]*\)", "", sql)) != sql:
        sql = shorter
    return sql


def _unique(model: type[models.Model]) -> list[set[str]]:
    """Columns of which no two rows have the same."""
    meta = model._meta
    together = [one.fields for one in meta.constraints if isinstance(one, models.UniqueConstraint)]
    sets = [
        *((one.name,) for one in meta.fields if one.unique),
        *filter(None, together),
        *meta.unique_together,
    ]
    return [{meta.get_field(name).attname for name in names} for names in sets]


UNIQUE = {model._meta.db_table: _unique(model) for model in apps.get_models(include_auto_created=True)}


@contextmanager
def measured() -> Iterator[Work]:
    work = Work()
    with connection.execute_wrapper(work):
        yield work


@pytest.fixture
def bo(crm: sqlite3.Connection, staff: Staff) -> sqlite3.Connection:
    for role in (*ROLES, "cleared"):
        staff(role)
    crm.executescript(RETAINED + PAST)
    return crm


@pytest.fixture
def token(staff: Staff) -> str:
    """The operator's own system's."""
    return tokens.make(staff("system", name="portal"), days=9, scopes=Scope.values)


def at_pages(staff: Staff, case: Case, token: str, roles: tuple[str, ...] = ROLES) -> dict[str, Work]:
    found = {}
    for role in roles:
        client = Client()
        client.force_login(staff(role))
        client.get("/desk/")
        for page in (case.get_absolute_url(), *_rows(case), *PAGES):
            with measured() as found[f"{role} {page}"]:
                client.get(page)
    with measured() as found["find"]:
        client.post("/desk/find/", {"q": "C2"}, follow=True)
    if "auditor" in roles:
        auditor = Client()
        auditor.force_login(staff("auditor"))
        with measured() as found["verify"]:
            assert "The chain holds" in auditor.post("/desk/audit/").content.decode()
    api = APIClient(headers={"Authorization": f"Token {token}"})
    with measured() as found["api"]:
        assert api.get(f"/api/cases/{case.reference}/").status_code == HTTPStatus.OK
    return found


def inventory(staff: Staff, case: Case, token: str) -> dict[str, Work]:
    """Every page and button of the desk that there is, also those nobody thought of here, for who has every uncleared
    role. What a button did is undone.
    """
    found, client = dict[str, Work](), Client(raise_request_exception=False)
    client.force_login(staff(*TOGETHER))
    client.get("/desk/")
    things = Visits(case.operator, [case], staff, token).things(0)
    for path in {one.path(things) for one in addresses(things) if is_of_the_desk(one)}:
        for method, given in (("GET", {}), ("POST", PRESSED)):
            cookies = client.cookies.copy()
            with measured() as found[f"{method} {path}"], transaction.atomic():
                client.generic(method, path, urlencode(given), "application/x-www-form-urlencoded")
                transaction.set_rollback(True)
            client.cookies = cookies
    return found


def _rows(case: Case) -> list[str]:
    """Of the collections that secret rules can touch, and of one that none can."""
    runs = case.runs.filter(collection__in=("retained", "disclosure", "note")).order_by("collection")
    return [f"/desk/cases/{case.reference}/runs/{pk}/" for pk in runs.values_list("pk", flat=True)]


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
    token: str,
) -> None:
    bo.executescript(SECRET)
    case = work(ask(right, BO))
    at_pages(staff, case, token)  # the first look at a page notes things down
    before = at_pages(staff, case, token)
    preserve(operator, staff)
    assess_cleared(case, by=staff("cleared"))
    assert not differing(before, at_pages(staff, case, token))


def test_every_page_of_the_desk_asks_the_same(
    bo: sqlite3.Connection, ask: Callable[..., Case], staff: Staff, operator: Operator, token: str
) -> None:
    bo.executescript(SECRET)
    case = work(ask("erasure", BO))
    before = inventory(staff, case, token)
    preserve(operator, staff)
    assess_cleared(case, by=staff("cleared"))
    assert not differing(before, inventory(staff, case, token))


@pytest.mark.parametrize("right", ["access", "erasure"])
def test_workers_without_clearance_ask_the_same(
    right: str,
    bo: sqlite3.Connection,
    ask: Callable[..., Case],
    staff: Staff,
    operator: Operator,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever searches, gathers, judges in the open, tells and delivers. What erases has to know of orders: on the day
    of a schedule it asks the open tables for the same, and so do the pages from then on.
    """
    bo.executescript(SECRET)
    # Its ten months are over before the order is.
    bo.execute("UPDATE retained SET at = ? WHERE id = 3", (f"{days_ahead(-290)} 10:00:00",))
    before = sqlite3.connect(":memory:")
    bo.backup(before)

    def worked(*, secret: bool) -> dict[str, Work]:
        before.backup(bo)
        # One build tells at every turn how far it is, the other never: as a slow machine does, and a quick one.
        monkeypatch.setattr(course, "SECONDS", 0 if secret else 3600)
        with transaction.atomic():
            case = ask(right, BO)
            if secret:
                preserve(operator, staff)
            found = _at_work(case, staff, judged=lambda: secret and assess_cleared(case, by=staff("cleared")))
            if right == "erasure":
                found |= _on_the_day(case, staff, token)
            transaction.set_rollback(True)
        return found

    worked(secret=False)
    assert not differing(worked(secret=False), worked(secret=True))


def _at_work(case: Case, staff: Staff, *, judged: Callable[[], object]) -> dict[str, Work]:
    """Each task of a case that is worked to its end."""
    found = dict[str, Work]()

    def task(name: str, deed: Callable[..., object], *given: object) -> None:
        with measured() as found[name]:
            deed(*given)

    task("match", matching.match, case.pk)
    task("stop in the meantime", suppressing.take_interim_measure, case.pk)
    task("collect", gathering.collect, case.pk)
    for run in case.runs.order_by("source", "collection"):
        task(f"gather {run}", gathering.collect_page, run.pk)
    task("restrict in the meantime", meanwhile.take, case.pk)
    task("judge", assessing.assess, case.pk)
    case.refresh_from_db()
    judged()
    decide(case, staff("caseworker"))
    building.prepare(case, by=staff("caseworker"))
    task("write", building.build, case.pk)
    prepared = sent(case, staff("caseworker"))
    assert prepared
    task("approve", approve_it, read(prepared, staff("approver")), staff("approver"))
    carry_out(case, staff("caseworker"))
    task("receipt", building.write_receipt, case.pk)
    task("deliver", delivery.deliver, case.pk)
    case.refresh_from_db()
    assert case.is_closed
    return found


def _on_the_day(case: Case, staff: Staff, token: str) -> dict[str, Work]:
    """What was kept is over: the order alone keeps some of it."""
    with measured() as schedule:
        assert erase_due(days_ahead(45)) > 0
    schedule.in_the_open()
    pages = at_pages(staff, case, token, ("caseworker",)).values()
    return {"schedule": schedule, **{f"page {number}": work for number, work in enumerate(pages)}}


def approve_it(prepared: Answer, by: User) -> None:
    approval.approve(prepared, by=by, sha256=prepared.sha256)


def test_every_list_of_a_page_is_in_full_order(
    bo: sqlite3.Connection, ask: Callable[..., Case], staff: Staff, token: str
) -> None:
    case = work(ask("erasure", BO))
    work(ask("access"))
    found = at_pages(staff, case, token)
    assert not set().union(*(each.half_ordered() for each in found.values()))


@pytest.mark.parametrize("model", apps.get_models(), ids=lambda model: model._meta.label)
def test_an_order_leaves_no_two_rows_alike(model: type[models.Model]) -> None:
    """An order that a model has ends in its key, or in what is the same for no two of its rows."""
    meta = model._meta
    if not meta.ordering or not meta.label.startswith(("cases.", "exports.")):
        return
    named = {name.lstrip("-") if isinstance(name, str) else name.expression.name for name in meta.ordering}
    by = {(meta.pk if name == "pk" else meta.get_field(name)).attname for name in named}
    # Lists are of one case, one operator or one run.
    owner = {"case_id", "operator_id", "submission_id", "run_id"}
    assert any(each <= by | owner for each in UNIQUE[meta.db_table])
