"""Every address of the desk, asked for by those without clearance, in turns: an ending of a story takes a share.

The addresses are those that the crawler of roles finds, so that a new page is looked at here as well. A button is
pressed too, and what came of it undone again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.messages import get_messages
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.test import Client

from cases.models import Case, Identifier, Membership, OpenSession, Operator
from exports.models import CaseLetter
from tests.cases.orders.uncleared import Views, undrawn
from tests.cases.public.public_person import Person
from tests.operators.line import Staff
from tests.whole_line.crawling.addresses import Address, addresses, is_for_systems, is_public
from tests.whole_line.crawling.world import PKS, Things

# One member who has them all, then each by itself.
TOGETHER = ("caseworker", "approver", "legal", "auditor")
APART = (("caseworker",), ("approver",), ("legal",), ("auditor",), ("admin",))
SHARES = 24
# What no row of a story has for a number: whoever guesses one finds nothing.
NOBODYS = 4242
# Pages that say who is asked and when they came, whatever happens to anybody's case.
OF_THE_BROWSER = ("account", "mfa", "sso")
# Of the machine's own clock, which tells both stories.
OF_THE_CLOCK = ("Expires",)
PRESSED = {"reason": "Because.", "level": "low", "q": "C2"}


@dataclass
class Visits:
    """What is asked for, and by whom."""

    operator: Operator
    cases: list[Case]
    staff: Staff
    token: str

    def share(self, number: int) -> Views:
        """One of `SHARES` parts of all addresses, by members with other roles the next time around."""
        round_, place = divmod(number, SHARES)
        roles = (TOGETHER, *APART)[round_ % (len(APART) + 1)]
        things = self.things(number)
        asked = sorted(addresses(things), key=lambda one: one.route)[place::SHARES]
        clients = self._clients(roles)
        return {
            undrawn(name): undrawn(text)
            for address in asked
            for name, text in _asked(address, "-".join(roles), self._whose(address, clients), things)
        }

    def _clients(self, roles: tuple[str, ...]) -> dict[str, Client]:
        member, system = Client(raise_request_exception=False), Client(raise_request_exception=False)
        member.force_login(self.staff(*roles), backend="django.contrib.auth.backends.ModelBackend")
        system.defaults["HTTP_AUTHORIZATION"] = f"Token {self.token}"
        return {"member": member, "system": system}

    def _whose(self, address: Address, clients: dict[str, Client]) -> Client:
        if is_public(address):
            if "person" not in clients:
                clients["person"] = self.person(self.cases[-1]) if self.cases else Client()
            return clients["person"]
        return clients["system" if is_for_systems(address) else "member"]

    def person(self, case: Case) -> Client:
        """The browser of whoever asked, with the status page open."""
        asking = Person(self.operator)
        asking.open_status(case)
        return asking.client

    def things(self, number: int) -> Things:
        """A case of the story, with what belongs to it; no secret order has a number that anybody could know."""
        case = self.cases[number % len(self.cases)] if self.cases else None
        if case is None:
            raise ObjectDoesNotExist("a story without a case")
        runs = list(case.runs.order_by("source", "collection").values_list("pk", flat=True)) or [NOBODYS]
        run = runs[number % len(runs)]
        pks = dict.fromkeys(PKS.values(), NOBODYS) | {
            "run": run,
            "asked run": run,
            "case": case.pk,
            **_first("claim", case.claimed),
            **_first("identifier", Identifier.objects.filter(case=case)),
            **_first("action", case.actions),
            **_first("decision", case.decisions),
            **_first("task", case.tasks),
            **_first("answer", case.answers),
            **_first("letter", CaseLetter.objects.filter(case=case)),
            **_first("membership", Membership.objects.filter(operator=self.operator)),
            **_first("session", OpenSession.objects),
        }
        words = {
            "operator": self.operator.pk, "reference": case.reference, "version": 1, "which": "identifier",
            "channel": "marketing", "number": 0, "sha256": case.register.sha256, "key": "crm", "token": "t",
            "step": "rights", "draft": case.submission_id,
            "what": "refuse", "name": "manifest-3", "uidb64": "MQ", "uidb36": "1", "token key": self.token[:15],
            "table": "months",
        }  # fmt: skip
        return Things(case, words, pks)


def _asked(address: Address, name: str, client: Client, things: Things) -> Iterator[tuple[str, str]]:
    path = address.path(things)
    if address.view.startswith(OF_THE_BROWSER):
        return
    for method in ("GET", "POST"):
        yield f"{name} {method} {path}", _asked_of(client, method, path)


def _first(word: str, rows: object) -> dict[str, int]:
    found = rows.order_by("pk").values_list("pk", flat=True).first()  # type: ignore[attr-defined]
    return {} if found is None else {word: found}


def _asked_of(client: Client, method: str, path: str) -> str:
    """What came: status, where it leads and what is said there, every header and every byte; and it is undone."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = client.get(path) if method == "GET" else client.post(path, PRESSED)
        content = b"".join(answer) if answer.streaming else answer.content
        messages = [] if content else [str(one) for one in get_messages(answer.wsgi_request)]
        transaction.set_rollback(True)
    client.cookies = cookies
    heads = sorted(f"{name}: {value}" for name, value in answer.items() if name not in OF_THE_CLOCK)
    return f"{answer.status_code}\n{messages}\n{heads}\n{content.decode(errors='backslashreplace')}"
