"""All addresses, visited by everybody: what each gets stands in `docs/roles.md`, and who may not changes nothing.

A new address without a row there fails, and so does a row that is no longer true. `ROLES=write` before pytest on this
file writes it anew; read the difference before it is committed.
"""

import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.http import HttpResponseBase
from django.test import Client

from cases.models import NamedStaff, Operator, Partial, User
from cases.models.access.tokens import Scope
from cases.models.operators import Role
from cases.sources.loading import load_operator
from tests.whole_line.crawling.addresses import (
    Address,
    addresses,
    is_for_staff,
    is_for_systems,
    is_of_something_at_the_desk,
    is_of_the_desk,
    is_public,
)
from tests.whole_line.crawling.visiting import Visitor, by_password_alone, cookie, got, person, undone
from tests.whole_line.crawling.world import Things, furnish

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]
TABLE = Path(settings.BASE_DIR) / "docs" / "roles.md"
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
# What a browser may show, and data that a system or a script asks for; all else is handed out as a file.
PAGES = {
    "text/html",
    "application/json",
    "application/problem+json",
    "text/css",
    "text/plain",
    "application/vnd.oai.openapi",
    "application/pdf",
}
# What is told to whoever may not; what a page that asks to be signed in answers.
REFUSED = {"400", "401", "403", "404", "405", "sign in", "code"}
# What a refused visit may write: its own session, and that it was counted.
OF_THE_VISIT = ("cases_session", "cases_opensession", "cases_attempt", "cases_tokenuse", "cache")


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
def token_for(capsys: pytest.CaptureFixture[str]) -> Callable[[str, Operator], str]:
    """The token of a system of this name, with every scope."""

    def made(name: str, operator: Operator) -> str:
        call_command("api_token", name, operator=[operator.pk], scope=list(Scope.values))
        return capsys.readouterr().out.strip()

    return made


@pytest.fixture
def token(operators: tuple[Operator, Operator], token_for: Callable[[str, Operator], str]) -> str:
    return token_for("system-of-theirs", operators[0])


@pytest.fixture
def cases(
    operators: tuple[Operator, Operator], staff: Callable[..., User], token: str
) -> tuple[Things, Things, Things]:
    """One like any other, one for named staff alone, and one that is closed to whoever has every role."""
    member, other = (staff("caseworker", name=name) for name in ("member", "other"))
    ours, named, close = (
        furnish(operators[0], member, other, token[:15], f"{name}@example.com")
        for name in ("ours", "named", "close")
    )
    named.case.named_only = True
    named.case.save()
    NamedStaff.objects.create(case=named.case, user=member)
    Partial.objects.create(case=close.case, user=staff(*Role.values, name="all"), why="close")
    return ours, named, close


@pytest.fixture
def outside(
    operators: tuple[Operator, Operator],
    cases: tuple[Things, Things, Things],
    token: str,
    token_for: Callable[[str, Operator], str],
) -> list[Visitor]:
    """Nobody of them is at the desk."""
    here, elsewhere = operators
    ours, named, _close = cases
    others = token_for("system-of-others", elsewhere)
    return [
        Visitor("anybody", ours),
        Visitor("the person", ours, cookie(person(here, ours))),
        Visitor("another person", ours, cookie(person(here, named)), visits=is_public),
        Visitor("system", ours, token=token, visits=is_for_systems),
        Visitor("system of another operator", ours, token=others, visits=is_for_systems),
    ]


@pytest.fixture
def members(
    cases: tuple[Things, Things, Things], signed_in: Callable[..., Client], staff: Callable[..., User]
) -> list[Visitor]:
    """At the desk, with one role or none."""
    ours, _named, _close = cases
    roles = [role for role in Role.values if role != Role.SYSTEM]
    return [
        Visitor("password alone", ours, cookie(by_password_alone(staff)), visits=is_for_staff),
        Visitor("no role", ours, cookie(signed_in(name="nobody-here"))),
        *(Visitor(role, ours, cookie(signed_in(role)), visits=is_of_the_desk) for role in roles),
    ]


@pytest.fixture
def of_every_role(
    operators: tuple[Operator, Operator],
    cases: tuple[Things, Things, Things],
    signed_in: Callable[..., Client],
    before_a_while: Callable[[Client], Client],
) -> list[Visitor]:
    """Whom no lack of a role stops."""
    ours, named, close = cases

    def somebody(name: str, at: Operator | None = None) -> Client:
        return signed_in(*Role.values, at=at, name=name)

    everywhere, elsewhere = cookie(somebody("all")), cookie(somebody("elsewhere", operators[1]))
    stale = cookie(before_a_while(somebody("stale")))
    return [
        Visitor("all", ours, everywhere),
        Visitor("all, at another operator", ours, elsewhere, visits=is_of_something_at_the_desk),
        Visitor("all, not named for it", named, everywhere, visits=lambda one: one.is_about_a_case),
        Visitor("all, closed to them", close, everywhere, visits=lambda one: one.is_about_a_case),
        Visitor("all, code from before", ours, stale, visits=is_for_staff),
    ]


@pytest.fixture
def visitors(outside: list[Visitor], members: list[Visitor], of_every_role: list[Visitor]) -> list[Visitor]:
    return [*outside, *members, *of_every_role]


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
        answer = visitor.asks(method, address.path(visitor.things))
        found = got(answer)
        _is_what_it_says(answer)
    left = [table for table in written if table not in OF_THE_VISIT]
    assert found not in REFUSED or not left, f"{visitor.name}: {method} {address.route} wrote {left}"
    return found


def _is_what_it_says(answer: HttpResponseBase) -> None:
    """No browser takes an answer for something else; what is handed out as a file is kept as one, and runs nothing."""
    media_type, kept = answer.get("Content-Type", "").partition(";")[0], answer.get("Content-Disposition", "")
    assert answer["X-Content-Type-Options"] == "nosniff"
    if not kept.startswith("attachment"):
        # Only what the desk has set itself is shown at its address.
        assert media_type in PAGES, media_type
    elif media_type != "application/pdf":
        assert answer["Content-Security-Policy"] == "sandbox", media_type


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
