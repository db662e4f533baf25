"""All addresses, visited by everybody: what each gets stands in `docs/roles.md`, and who may not changes nothing.

A new address without a row there fails, and so does a row that is no longer true. `ROLES=write` before pytest on this
file writes it anew; read the difference before it is committed.
"""

import logging
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from cases.models import NamedStaff, Operator, Partial, User
from cases.models.access.tokens import Scope
from cases.models.operators import Role
from cases.sources.loading import load_operator
from tests.cases.public.public_person import Person
from tests.whole_line.crawling.world import OF_A_CASE, Things, furnish

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]
TABLE = Path(settings.BASE_DIR) / "docs" / "roles.md"
PASSWORD = "min egen hemliga mening"
WORD = re.compile(r"<(?:\w+:)?(\w+)>")
# Addresses that are patterns of text, and one of each.
ONE_OF = {
    "^accounts/password/reset/": "/accounts/password/reset/",
    "^accounts/(?:email|confirm-email|login/code)/": "/accounts/email/",
    "accounts/^confirm-email/(?P<key>[-:\\w]+)/$": "/accounts/confirm-email/k/",
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "/accounts/password/reset/key/1-k/",
}
# Addresses that are shut for everybody in the desk that is crawled, and why.
SHUT = {
    "metrics": "no token is set",
    "accounts/sso/": "no provider is set",
    "accounts/sso/back/": "no provider is set",
    "accounts/2fa/totp/deactivate/": "nobody has an app",
    "accounts/sessions/<int:pk>/end/": "it is somebody else's session",
    "accounts/2fa/webauthn/": "there is no such page",
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": "there is no such page",
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": "nobody has a passkey",
    "desk/held-back/release/": "nothing is held back",
    "accounts/2fa/recovery-codes/": "nobody has codes",
    "accounts/2fa/recovery-codes/download/": "nobody has codes",
    "^accounts/(?:email|confirm-email|login/code)/": "pages of the library that the desk has none of",
    "api/": "the end of the API",
    "api/requests/": "an empty body is refused",
    "api/stop-list/": "an empty body is refused",
    "desk/cases/<str:reference>/runs/<int:pk>/rows/<int:number>/": "nothing is to be corrected",
    "desk/tasks/<int:pk>/again/": "no objection is undone",
    "<slug:operator>/identity/": "no electronic identity is set",
}
# What is told to whoever may not; what a page that asks to be signed in answers.
REFUSED = {"400", "401", "403", "404", "405", "sign in", "code"}
# What a refused visit may write: its own session, and that it was counted.
OF_THE_VISIT = ("cases_session", "cases_opensession", "cases_attempt", "cases_tokenuse", "cache")


@dataclass(frozen=True)
class Address:
    """A page or a button: its route as the log names it, its view, and an address of that kind."""

    route: str
    view: str
    words: tuple[str, ...]

    @property
    def is_about_a_case(self) -> bool:
        return "reference" in self.words or self.view in OF_A_CASE

    def path(self, things: Things) -> str:
        return ONE_OF.get(self.route) or "/" + WORD.sub(
            lambda word: str(things.named(word[1], self.view)), self.route
        )


def addresses(things: Things) -> Iterator[Address]:
    """Every address that leads somewhere; one that an earlier one covers is none."""
    for route, name in dict(_routes(get_resolver())).items():
        address = Address(route, name, tuple(WORD.findall(route)))
        try:
            if resolve(address.path(things)).route == route:
                yield address
        except Resolver404:
            pytest.fail(f"{route}: no address of this kind is known to the crawler")


def _routes(above: URLResolver, before: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    for one in above.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route, space + (one.name or "")
        else:
            yield from _routes(one, route, f"{space}{one.namespace}:" if one.namespace else space)


@dataclass(frozen=True)
class Visitor:
    """Somebody with a browser, or a system with a token, who asks for what belongs to `things`."""

    name: str
    things: Things
    cookie: str = ""
    token: str = ""
    visits: Callable[[Address], bool] = lambda _address: True

    def asks(self, method: str, path: str) -> HttpResponseBase:
        """A form is sent with what most of them need, so that what is refused is refused for who asks."""
        client = Client(raise_request_exception=False)
        if self.cookie:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookie
        headers = {"Authorization": f"Token {self.token}"} if self.token else {}
        if method == "GET" or self.token:
            return client.generic(method, path, headers=headers)
        return client.post(path, {"reason": "Because.", "level": "low", "user": self.things.pks["user"]})


def got(response: HttpResponseBase) -> str:
    """What one gets, in a word."""
    status = response.status_code
    if status != 302:
        return "yes" if status < 300 or status == 422 else str(status)
    try:
        view = resolve(response["Location"].partition("?")[0].partition("#")[0]).view_name
    except Resolver404:
        return "away"
    names = {"account_login": "sign in", "mfa_reauthenticate": "code", "mfa_activate_totp": "code"}
    return names.get(view, f"to {view}")


@contextmanager
def undone() -> Iterator[list[str]]:
    """Whatever is written here is written to nothing; the list says into which tables."""
    written: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if found := re.match(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM) "?(\w+)', sql):
            written.append(found[1])
        elif "cases_audit_record" in sql:
            written.append("cases_auditentry")
        return execute(sql, *rest)

    with transaction.atomic(), connection.execute_wrapper(note):
        yield written
        transaction.set_rollback(True)


@pytest.fixture
def operators(db: None) -> tuple[Operator, Operator]:
    return load_operator("tele2-se")[0], load_operator("telenor-dk")[0]


@pytest.fixture
def slug() -> str:
    return "tele2-se"


@pytest.fixture
def somewhere(operators: tuple[Operator, Operator]) -> None:
    """The operators as they are shipped; their systems answer nothing here."""


@pytest.fixture
def visitors(
    operators: tuple[Operator, Operator],
    signed_in: Callable[..., Client],
    staff: Callable[..., User],
    capsys: pytest.CaptureFixture[str],
) -> list[Visitor]:
    here, elsewhere = operators
    everything = tuple(Role.values)
    member, other = (staff("caseworker", name=name) for name in ("member", "other"))

    def token_for(name: str, operator: Operator) -> str:
        call_command("api_token", name, operator=[operator.pk], scope=list(Scope.values))
        return capsys.readouterr().out.strip()

    token = token_for("system-of-theirs", here)
    ours, named, close = (
        furnish(here, member, other, token[:15], f"{name}@example.com") for name in ("ours", "named", "close")
    )

    def cookie(client: Client) -> str:
        return client.cookies[settings.SESSION_COOKIE_NAME].value

    named.case.named_only = True
    named.case.save()
    NamedStaff.objects.create(case=named.case, user=member)
    everywhere = cookie(signed_in(*everything, name="all"))
    Partial.objects.create(case=close.case, user=User.objects.get(username="all"), why="close")
    stale = signed_in(*everything, name="stale")
    return [
        Visitor("anybody", ours),
        Visitor("the person", ours, cookie(person(here, ours))),
        Visitor("another person", ours, cookie(person(here, named)), visits=is_public),
        Visitor("system", ours, token=token, visits=is_for_systems),
        Visitor(
            "system of another operator",
            ours,
            token=token_for("system-of-others", elsewhere),
            visits=is_for_systems,
        ),
        Visitor("password alone", ours, cookie(by_password_alone(staff)), visits=is_for_staff),
        Visitor("no role", ours, cookie(signed_in(name="nobody-here"))),
        *(
            Visitor(role, ours, cookie(signed_in(role)), visits=is_of_the_desk)
            for role in everything
            if role != Role.SYSTEM
        ),
        Visitor("all", ours, everywhere),
        Visitor(
            "all, at another operator",
            ours,
            cookie(signed_in(*everything, at=elsewhere, name="elsewhere")),
            visits=lambda one: is_of_the_desk(one) and bool(one.words),
        ),
        Visitor("all, not named for it", named, everywhere, visits=lambda one: one.is_about_a_case),
        Visitor("all, closed to them", close, everywhere, visits=lambda one: one.is_about_a_case),
        Visitor("all, code from before", ours, cookie(aged(stale)), visits=is_for_staff),
    ]


def is_public(address: Address) -> bool:
    return "operator" in address.words and not is_of_the_desk(address)


def is_of_the_desk(address: Address) -> bool:
    return address.route.startswith("desk/")


def is_for_staff(address: Address) -> bool:
    return is_of_the_desk(address) or "accounts/" in address.route


def is_for_systems(address: Address) -> bool:
    return address.route.startswith("api/")


def person(operator: Operator, things: Things) -> Client:
    """The browser of whoever asked, with the status page open."""
    asking = Person(operator)
    assert asking.open_status(things.case).status_code == 200
    return asking.client


def by_password_alone(staff: Callable[..., User]) -> Client:
    """Somebody with every role who gave the password at the door, and has not shown the second factor."""
    user, client = staff(*Role.values, name="halfway"), Client()
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, generate_totp_secret())
    answer = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    return client


def aged(client: Client) -> Client:
    """The second factor was shown longer ago than what carries power may wait."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= settings.FRESH_FACTOR + 1
    session.save()
    return client


def crawled(visitors: list[Visitor]) -> Iterator[tuple[str, Address, list[str]]]:
    """Each address with what each visitor gets, by GET and by POST where it takes them. Fails where one who may not
    has changed something."""
    first = [one for one in visitors if one.name in {"system", "all"}]
    for address in addresses(visitors[0].things):
        for method in ("GET", "POST"):
            found = {one.name: _visit(one, method, address) for one in first}
            if "405" not in found.values():
                yield (
                    method,
                    address,
                    [found.get(one.name) or _visit(one, method, address) for one in visitors],
                )


def _visit(visitor: Visitor, method: str, address: Address) -> str:
    if not visitor.visits(address):
        return "–"
    with undone() as written:
        found = got(visitor.asks(method, address.path(visitor.things)))
    left = [table for table in written if table not in OF_THE_VISIT]
    assert found not in REFUSED or not left, f"{visitor.name}: {method} {address.route} wrote {left}"
    return found


def table_of(visitors: list[Visitor]) -> str:
    heads = ["", "address", *(one.name for one in visitors)]
    rows = [heads, ["---"] * len(heads)]
    rows += [[method, f"`{address.route}`", *row] for method, address, row in crawled(visitors)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


@pytest.fixture
def quiet() -> Iterator[None]:
    """Each refusal is a line in the log, and there are a thousand."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


def column(table: str, head: str, route: str) -> list[str]:
    """What the visitor gets at each address that begins so."""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.splitlines() if line[:2] == "| "]
    place = next(row.index(head) for row in rows if head in row)
    return [row[place] for row in rows if row[2].startswith(f"`{route}")]


def test_everybody_gets_what_the_table_says(quiet: None, visitors: list[Visitor]) -> None:
    found = TEXT + table_of(visitors)
    if os.environ.get("ROLES") == "write":
        TABLE.write_text(found)
    assert found.splitlines() == TABLE.read_text().splitlines()
    assert {*column(found, "password alone", "desk/")} <= REFUSED
    assert {*column(found, "system of another operator", "api/cases/")} == {"404"}
    rows = [line.split(" | ") for line in found.splitlines() if re.match(r"\| (?:GET|POST) ", line)]
    shut = {
        row[1].strip("`") for row in rows if {*row[2:]} <= REFUSED | {"–", "– |", "code |", "403 |", "404 |"}
    }
    assert shut == {*SHUT}, "nothing is proven of an address that is shut for everybody"


TEXT = """# Who gets what

Written by `tests/whole_line/crawling/test_roles.py`, which visits every address as each of those at the head of the
columns. It fails where one of them gets something else than stands here, where an address has no row, and where
somebody who may not has changed something. With `ROLES=write` before `pytest` it writes the table anew.

`yes`: the page, or the form with what is wrong in it. `to X`: led on to that page, which says what was done, or why
not. `sign in`, `code`: led to the door, or asked for the second factor anew. Numbers are those of HTTP. `–`: not
visited. "All" has every role at the operator that the thing belongs to; "another person" has a request there too.

"""
