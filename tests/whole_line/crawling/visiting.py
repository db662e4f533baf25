"""Who visits an address, what they get there, and what it writes."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import Resolver404, resolve

from cases.models import Operator, User
from cases.models.operators import Role
from tests.cases.public.public_person import Person
from tests.whole_line.crawling.addresses import Address
from tests.whole_line.crawling.world import Things

PASSWORD = "min egen hemliga mening"


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


def cookie(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


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
