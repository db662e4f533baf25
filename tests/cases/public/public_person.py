"""Somebody who asks, with a browser of their own, over plain HTTP and without scripts."""

import re
from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from cases.identity import knocks
from cases.models import Case, Operator, OutgoingMail, Submission
from dsar.scratch.proving import opened

ASTRID = {
    "rights": {"rights": ["access"]},
    "you": {"standing": "self"},
    "find": {"name": "Astrid Öhman", "email": "astrid@example.com", "phone": "070-174 06 05"},
    "more": {"note": "Även samtal i maj."},
}


# Pages that have the request in their address.
OF_A_REQUEST = {"step", "papers", "check", "reopen", "code", "code_again", "receipt", "signed_receipt"}
ASKER = {"name": "Astrid Öhman", "email": "astrid@example.com", "authority": "attorney"}


class Person:
    """Walks the public pages of one operator."""

    def __init__(self, operator: Operator, language: str = "en") -> None:
        self.operator = operator
        self.client = Client(headers={"accept-language": language})
        # As an address has it: the server makes one as well where the form begins.
        self.draft = str(uuid4())

    def url(self, name: str, *args: str) -> str:
        draft = [self.draft] if name in OF_A_REQUEST else []
        return reverse(f"public:{name}", args=[self.operator.pk, *draft, *args])

    def begin(self) -> None:
        """Another request."""
        self.draft = self.see("start")["Location"].split("/")[3]

    def see(self, page: str, *args: str, query: str = "") -> HttpResponse:
        return self.client.get(self.url(page, *args) + query)

    def do(self, page: str, /, *args: str, **data: Any) -> HttpResponse:
        return self.client.post(self.url(page, *args), data)

    def answer(self, step: str, /, **data: Any) -> HttpResponse:
        return self.do("step", step, **data)

    def fill_in(self, **changed: dict[str, Any]) -> HttpResponse:
        """Answer every page, some of them differently; returns what the last answer led to."""
        for step, answers in ASTRID.items():
            response = self.answer(step, **answers | changed.get(step, {}))
        return response

    def send(self, **changed: dict[str, Any]) -> Submission:
        """Fill in and send; the submission that came of it."""
        self.fill_in(**changed)
        self.do("check")
        return Submission.objects.latest("created_at")

    def fill_in_for(self, other: str, **of_theirs: Any) -> HttpResponse:
        """Ask for somebody else, by what is theirs."""
        asked = {"on_behalf_of": other, **of_theirs}
        rights = {"rights": asked.pop("rights", ["access"])}
        asker = {**ASKER, "authority": asked.pop("authority", ASKER["authority"])}
        steps = {
            "rights": rights,
            "you": {"standing": "proxy"},
            "person": asked,
            "asker": asker,
            "more": {"note": ""},
        }
        for step, answers in steps.items():
            response = self.answer(step, **answers)
        return response

    def send_for(self, other: str, **of_theirs: Any) -> Submission:
        self.fill_in_for(other, **of_theirs)
        self.do("check")
        return Submission.objects.latest("created_at")

    def prove(self) -> HttpResponse:
        return self.do("code", code=mailed_code())

    def open_status(self, case: Case) -> HttpResponse:
        """By reference and mailed code, to the status page."""
        self.do("status", reference=case.reference)
        self.do("status_code", code=mailed_code())
        return self.see("requests")


def mails(kind: str | None = None) -> list[dict[str, str]]:
    """The mails that wait to go out, oldest first; what was asked by reference is answered, as a worker does."""
    for left in knocks.waiting():
        knocks.answer(left.pk)
    waiting = OutgoingMail.objects.order_by("pk")
    chosen = waiting.filter(kind=kind) if kind else waiting
    return [opened(mail) for mail in chosen]


def mailed_code() -> str:
    """The digits in the newest mail that has some."""
    for mail in reversed(mails()):
        if found := re.search(r"^ +(\d{6})$", mail["body"], re.MULTILINE):
            return found[1]
    raise AssertionError("no code was mailed")


def wrong_code() -> str:
    return f"{(int(mailed_code()) + 1) % 10**6:06}"


def text(response: HttpResponse) -> str:
    """The words of a page, without markup."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(words.replace("&#x27;", "'").split())


def at(response: HttpResponse, url: str) -> bool:
    """Whether the response leads there."""
    return response.status_code == 302 and response["Location"] == url
