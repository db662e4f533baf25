"""The queue and the case page among very many cases: each page's questions, beside the same asked by hand."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.db import connection
from django.http import HttpRequest
from django.test import Client, override_settings
from django.utils import timezone

from cases.desk.queue.listing import COUNTED, SIZE
from cases.models import Case, User
from cases.sealed import names, vault
from dsar.bench import many
from dsar.bench.measures import numbers
from dsar.bench.secrecy import judged

DAY = """COALESCE(LEAST(CASE WHEN interim_at IS NULL THEN act_by END, CASE WHEN NOT paused THEN due_on END),
    DATE '9999-12-31')"""
SHOWN = """SELECT c.reference, c."right", c.stage, c.blocked_by, c.due_on, c.act_by, c.paused, u.username
    FROM cases_case c LEFT JOIN cases_user u ON u.id = c.assigned_to_id"""
WANTED = "NOT (c.proof_first AND c.stage = 'verification')"
WITHIN_A_WEEK = f"{DAY} BETWEEN CURRENT_DATE AND CURRENT_DATE + 7"
VIEWS = {
    "mine": f"{WANTED} AND c.assigned_to_id = %(user)s",
    "unassigned": f"{WANTED} AND c.assigned_to_id IS NULL",
    "due": WITHIN_A_WEEK,
    "overdue": f"{DAY} < CURRENT_DATE",
    "person": "(c.stage = 'verification' OR c.paused)",
    "source": "c.stage IN ('collection', 'execution') AND c.blocked_by NOT IN ('waiting-for-owner', 'by-hand')",
    "owner": "c.stage = 'collection' AND c.blocked_by = 'waiting-for-owner'",
    "by-hand": "c.stage IN ('execution', 'delivery') AND c.blocked_by = 'by-hand'",
    "approval": "c.stage = 'approval'",
    "returned": "c.stage = 'decisions' AND c.blocked_by = 'returned'",
    "open": WANTED,
}
IN_ALL = "ORDER BY c.due_on DESC, c.reference DESC"
LED_TO = ("/desk/?view", "/desk/cases")
KNOWN = """SELECT reference FROM cases_case WHERE id IN (
    SELECT case_id FROM cases_claimedidentifier WHERE digest = %(digest)s
    UNION SELECT case_id FROM cases_identifier WHERE digest = %(digest)s)"""
NAMED = """SELECT reference FROM cases_case WHERE id IN (SELECT a.case_id FROM cases_nameword a
    JOIN cases_nameword b USING (case_id) WHERE a.digest = %(given)s AND b.digest = %(family)s)
    ORDER BY id DESC LIMIT 201"""


@dataclass(frozen=True)
class Page:
    """Medians of one page in processor milliseconds: of the database, of the same by hand, of both and the desk."""

    name: str
    questions: int
    database: float
    by_hand: float | None
    whole: float

    @property
    def is_search(self) -> bool:
        return self.name.startswith("find")


@dataclass(frozen=True)
class Visit:
    """An address of the desk, or what is typed into its search, and how a hand would ask for the same."""

    name: str
    address: str
    by_hand: tuple[str, ...]
    typed: str = ""


def among(cases: int, open_ones: int, runs: int) -> Iterator[tuple[int, list[Page]]]:
    """The pages with a tenth of the cases, and with all of them; as many are open each time."""
    user, *_others = many.members()
    number = next(numbers)
    case, client = judged(number, 10), _signed_in(user)
    many.fill(case, first=1, cases=open_ones, open_ones=True)
    assert Case.objects.filter(reference=many.reference_of(7)).exists()
    made = open_ones
    for size in (cases // 10, cases):
        many.fill(case, first=made + 1, cases=size - made, open_ones=False)
        many.settle()
        made = size
        with override_settings(ALLOWED_HOSTS=["testserver"]):
            yield size, [_measured(client, visit, user, case, runs) for visit in _visits(case, number)]


def _signed_in(user: User) -> Client:
    client, request = Client(), HttpRequest()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    request.session = client.session
    record_authentication(request, user, "mfa", type="totp", reauthenticated=True)
    request.session.save()
    return client


def _list(
    where: str, order: str = f"ORDER BY {DAY}, c.reference", closed: str = "c.stage <> 'closed' AND"
) -> str:
    return f"{SHOWN} WHERE {closed} {where} {order} LIMIT {SIZE + 1}"


def _counts() -> str:
    counted = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in VIEWS.values())
    nearest = f"SELECT * FROM cases_case WHERE stage <> 'closed' ORDER BY {DAY}, reference LIMIT {COUNTED}"  # noqa: S608
    return f"SELECT {counted} FROM ({nearest}) c"  # noqa: S608 - nothing from outside


def _visits(case: Case, number: int) -> Iterator[Visit]:
    counts = _counts()
    for view, where in VIEWS.items():
        yield Visit(f"view {view}", f"/desk/?view={view}", (_list(where), counts))
    day = timezone.localdate() + timedelta(days=20)
    place, there = many.reference_of(3), f"({DAY}, c.reference) > (DATE '{day}', '{many.reference_of(3)}')"
    yield Visit("a page far down", f"/desk/?after={day}.{place}", (_list(f"{there} AND {WANTED}"), counts))
    yield Visit("all", "/desk/?view=all", (_list("true", IN_ALL, ""), counts))
    old = timezone.localdate() - timedelta(days=many.DAYS_BACK - 20)
    last = _list(f"(c.due_on, c.reference) < (DATE '{old}', '{place}')", IN_ALL, "")
    yield Visit("the last page of all", f"/desk/?view=all&after={old}.{place}", (last, counts))
    chosen = f"{WANTED} AND c.\"right\" = 'access' AND c.stage = 'approval'"
    yield Visit("filter", "/desk/?right=access&stage=approval", (_list(chosen), counts))
    yield Visit(
        "filter, closed", "/desk/?view=all&stage=closed", (_list("c.stage = 'closed'", IN_ALL, ""), counts)
    )
    yield Visit("find an identifier", "/desk/find/", (KNOWN,), f"K{number}")
    yield Visit("find a name", "/desk/find/", (NAMED,), "Given7 Family7")
    yield Visit("case page", case.get_absolute_url(), ())


def _measured(client: Client, visit: Visit, user: User, case: Case, runs: int) -> Page:
    given, family = (names.digests(case.operator_id, word)[0] for word in ("Given7", "Family7"))
    known: dict[str, str | int] = {
        "user": user.pk, "given": given, "family": family,
        "digest": vault.digest(case.operator_id, "customer_no", visit.typed or "-"),
    }  # fmt: skip

    def ask() -> None:
        with connection.cursor() as cursor:
            for sql in visit.by_hand:
                cursor.execute(sql, known)
                cursor.fetchall()

    def look() -> None:
        answer = client.post(visit.address, {"q": visit.typed}) if visit.typed else client.get(visit.address)
        # To a case or to what was found; who has to sign in first is sent elsewhere.
        ok = answer.status_code == 200 or answer.headers.get("Location", "").startswith(LED_TO)
        if not ok:
            raise RuntimeError(f"{visit.name}: {answer.status_code}")

    page = _spent(look, runs)
    by_hand = _spent(ask, runs).database if visit.by_hand else None
    return Page(visit.name, page.questions, page.database, by_hand, page.database + page.ours)


@dataclass(frozen=True)
class Spent:
    """Processor milliseconds of the database and of this process: what else the machine has to do is no part of it."""

    questions: int
    database: float
    ours: float


def _spent(act: Callable[[], None], runs: int) -> Spent:
    """Medians, after one time that warms up."""
    found = [_once(act) for _ in range(max(5, runs) + 1)][1:]
    return Spent(
        found[-1].questions, median(one.database for one in found), median(one.ours for one in found)
    )


def _once(act: Callable[[], None]) -> Spent:
    questions = 0

    def count(execute: Callable[..., Any], *question: Any) -> Any:
        nonlocal questions
        questions += 1
        return execute(*question)

    database, ours = _database_processor(), time.process_time()
    with connection.execute_wrapper(count):
        act()
    ours = time.process_time() - ours
    return Spent(questions, _database_processor() - database, ours * 1000)


def _database_processor() -> float:
    """Milliseconds that the database has worked for this connection; it runs on this machine (`make bench`)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
