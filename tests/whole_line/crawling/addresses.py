"""Every address of the desk, and one of each kind that leads somewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve

from tests.whole_line.crawling.world import OF_A_CASE, Things

WORD = re.compile(r"<(?:\w+:)?(\w+)>")
# Addresses that are patterns of text, and one of each.
ONE_OF = {
    "^accounts/password/reset/": "/accounts/password/reset/",
    "^accounts/(?:email|confirm-email|login/code)/": "/accounts/email/",
    "accounts/^confirm-email/(?P<key>[-:\\w]+)/$": "/accounts/confirm-email/k/",
    "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": "/accounts/password/reset/key/1-k/",
}


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


def is_public(address: Address) -> bool:
    return "operator" in address.words and not is_of_the_desk(address)


def is_of_the_desk(address: Address) -> bool:
    return address.route.startswith("desk/")


def is_of_something_at_the_desk(address: Address) -> bool:
    return is_of_the_desk(address) and bool(address.words)


def is_for_staff(address: Address) -> bool:
    return is_of_the_desk(address) or "accounts/" in address.route


def is_for_systems(address: Address) -> bool:
    return address.route.startswith("api/")
