"""Requests as their stages leave them, and the staff who work them: at the operator that the test described."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.test import Client

from cases.assessment import assessing
from cases.collection import gathering as collection
from cases.execution.carrying_out import execute
from cases.execution.objections import suppressing
from cases.identity import matching
from cases.models import Case, Membership, Operator, User
from cases.models.operators import PARTS
from cases.request.intake import submit
from dsar.scratch.proving import prove
from dsar.scratch.staff import sign_in
from exports import pdf
from exports.letter.document import Document
from tests.operators.by_hand import accept, request
from tests.operators.line import said
from tests.operators.looked_at import CRM
from tests.operators.placed import gathered, hand_in, proven
from tests.operators.scenes import Scene

CUSTOMERS_AND_FILES = (
    CRM
    + """
[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["no"]
find = { email = "email", customer_no = "no" }
link = ["email"]
contract_end = "left_on"
yields = [{ kind = "customer_no", column = "no" }]

[[source]]
key = "lake"
NAME
kind = "files"
path = "env:LAKE"
time_zone = "Europe/Stockholm"
"""
)


@receiver(user_logged_in)
def by_two_factors(sender: object, request: HttpRequest, user: User, **_kwargs: object) -> None:
    """`force_login` is a sign-in as staff do it, a moment ago. Whoever signs in over a page is left as they are."""
    # The test client makes up a request that was never sent.
    if request.method is None:
        now = time.time()
        request.session["staff"] = {"began": now, "seen": now}
        record_authentication(request, user, "mfa", type="totp", reauthenticated=True)


@pytest.fixture(autouse=True)
def unset_type(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A letter is its words, but where a test is marked `pango`: to set it as PDF would take most of the time."""

    def words(document: Document) -> pdf.Letter:
        return pdf.Letter(said(document).encode(), 1)

    if request.node.get_closest_marker("pango"):
        # As in a worker: in a process for each letter it would take twice as long.
        pdf.load()
    else:
        monkeypatch.setattr(pdf, "pdf", words)
        monkeypatch.setattr(settings, "ANNEX_ROWS", 0)


@pytest.fixture
def staff(somewhere: None, slug: str) -> Callable[..., User]:
    """staff("caseworker", "legal") is a user with these roles at the operator, or at another one; signed in."""

    def make(*roles: str, at: Operator | None = None, name: str = "") -> User:
        username = name or "-".join(roles) or "nobody"
        # The record has a name like this for itself.
        username = "portal" if username in PARTS else username
        operator = at.pk if at else slug
        # Asked for at every step of a story: who is at work already is one question.
        here = User.objects.filter(username=username, sessions__isnull=False)
        for role in roles:
            here = here.filter(memberships__operator=operator, memberships__role=role)
        if user := here.first():
            return user
        user, _made = User.objects.get_or_create(username=username)
        for role in roles:
            Membership.objects.get_or_create(user=user, operator_id=operator, role=role)
        sign_in(user)
        return user

    return make


@pytest.fixture
def signed_in(staff: Callable[..., User]) -> Callable[..., Client]:
    """A browser in which a member with these roles is signed in."""

    def make(*roles: str, at: Operator | None = None, name: str = "") -> Client:
        client = Client()
        user = staff(*roles, at=at, name=name)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def before_a_while() -> Callable[[Client], Client]:
    """The browser as it is when its second factor was shown longer ago than what carries power may wait."""

    def make(client: Client) -> Client:
        session = client.session
        for record in session["account_authentication_methods"]:
            record["at"] -= settings.FRESH_FACTOR + 1
        session.save()
        return client

    return make


@pytest.fixture
def ask_together(somewhere: None, slug: str, scene: Scene) -> Callable[..., list[Case]]:
    """ask_together("access", "erasure") is a request of Anna's: a case a right, in that order.

    Proven by its mailed code, unless proven=False.
    """

    def make(*rights: str, proven: bool = True, **typed: str) -> list[Case]:
        operator = Operator.objects.get(pk=slug)
        submission = submit(request(operator, *rights, **{"language": scene.language, **typed}))
        if proven:
            prove(submission)
        return [submission.cases.get(right=right) for right in rights]

    return make


@pytest.fixture
def ask(ask_together: Callable[..., list[Case]]) -> Callable[..., Case]:
    """ask("erasure", "bo@example.com") is a request of one right, from this mailbox."""

    def make(
        right: str = "access", email: str = "anna@example.com", *, proven: bool = True, **typed: str
    ) -> Case:
        return ask_together(right, email=email, proven=proven, **typed)[0]

    return make


@pytest.fixture
def review_case(operator: Operator) -> Case:
    """An access case whose decisions are proposed."""
    return gathered(proven(hand_in(operator)))


@pytest.fixture
def objected(ask: Callable[..., Case]) -> Callable[..., Case]:
    """objected("bo@example.com") is the objection to marketing of whoever has this mailbox, told where it can be."""

    def make(email: str = "anna@example.com", right: str = "marketing-objection") -> Case:
        case = ask(right, email)
        matching.match(case.pk)
        suppressing.take_interim_measure(case.pk)
        case.refresh_from_db()
        return case

    return make


@pytest.fixture
def gather() -> Callable[[Case], Case]:
    """Everything the workers do until the case waits for somebody."""

    def work(case: Case) -> Case:
        for _ in range(20):
            matching.match(case.pk)
            collection.collect(case.pk)
            for run in case.runs.filter(status__in=collection.WORKABLE):
                collection.collect_page(run.pk)
            case.refresh_from_db()
            busy = case.runs.filter(status__in=collection.WORKABLE).exists()
            if case.stage not in {"matching", "collection"} or (case.stage == "collection" and not busy):
                break
        return case

    return work


@pytest.fixture
def approved_erasure(
    ask: Callable[..., Case], gather: Callable[[Case], Case], staff: Callable[..., User]
) -> Callable[..., Case]:
    """approved_erasure() is Anna's, or that of whoever has this mailbox: gathered, judged, decided and approved."""

    def make(email: str = "anna@example.com") -> Case:
        case = gather(ask("erasure", email))
        assessing.assess(case.pk)
        accept(case, staff("caseworker"))
        Case.objects.filter(pk=case.pk).update(stage="execution")
        case.refresh_from_db()
        return case

    return make


@pytest.fixture
def erased_from_files(
    crm_with: Callable[[str], sqlite3.Connection],
    lake: Path,
    describe: Callable[..., Operator],
    approved_erasure: Callable[..., Case],
) -> Callable[[str], Case]:
    """erased_from_files(collection) is Anna's erasure, carried out; she is customer C1 and has left."""
    crm_with(
        "CREATE TABLE customer (no TEXT PRIMARY KEY, email TEXT, left_on DATE);"
        "INSERT INTO customer VALUES ('C1', 'anna@example.com', '2026-01-31');"
    )

    def make(collection: str) -> Case:
        describe(CUSTOMERS_AND_FILES + collection, LAKE=str(lake))
        case = approved_erasure()
        execute(case.pk)
        case.refresh_from_db()
        return case

    return make
