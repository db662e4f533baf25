"""An operator's web service on loopback that takes its time and counts who is there at once."""

import threading
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.systems.api_server import Api, Asked, Reply

ROWS, PAGE = 5, 2


class SlowSystem(Api):
    """`/customers?email=` and `/calls/NO?page=`: five calls each, two a page. Some are broken (500) or refused (403).

    A request waits for company for a while: if more than `crowd` could be there at once, they would be.
    """

    def __init__(self, crowd: int = 1) -> None:
        super().__init__()
        self.crowd = crowd
        self.most = 0
        self.broken: set[str] = set()
        self.instead: dict[str, str] = {}  # what is asked -> what is answered in its place
        self.refused: dict[str, list[str]] = {}
        self.answer = self._in_company
        self._here = 0
        self._change = threading.Condition()

    def times(self, target: str) -> int:
        """How often this was asked."""
        return [asked.target for asked in self.asked].count(target)

    def _in_company(self, asked: Asked) -> Reply:
        with self._change:
            self._here += 1
            self.most = max(self.most, self._here)
            self._change.notify_all()
            self._change.wait_for(lambda: self._here > self.crowd, timeout=0.15)
        try:
            return self._reply(asked.target)
        finally:
            with self._change:
                self._here -= 1

    def _reply(self, target: str) -> Reply:
        if target in self.refused:
            return Reply({"errors": self.refused[target]}, 403)
        if target in self.broken:
            return Reply({}, 500)
        return Reply(_rows(self.instead.get(target, target)))


def _rows(target: str) -> list[dict[str, Any]]:
    parts = urlsplit(target)
    asked = dict(parse_qsl(parts.query))
    if parts.path == "/customers":
        name = asked["email"].partition("@")[0]
        return [{"customer_no": name.upper(), "email": asked["email"]}]
    number = parts.path.rpartition("/")[2]
    first = (int(asked["page"]) - 1) * PAGE
    return [{"id": f"{number}-{row}", "customer_no": number} for row in range(first, min(first + PAGE, ROWS))]


CONNECTORS = """
[[source]]
key = "web"
NAME
kind = "http"
base_url = "env:SLOW_URL"
concurrency = 2
attempts = 1

[[source.collection]]
key = "customer"
category = "contact"
NAME
path = "/customers"
params = { email = "{email}" }
find = { email = "email" }
link = ["email"]
key_columns = ["customer_no"]
yields = [{ kind = "customer_no", column = "customer_no" }]

[[source.collection]]
key = "calls"
category = "usage"
NAME
path = "/calls/{customer_no}"
find = { customer_no = "customer_no" }
key_columns = ["id"]
paging = { kind = "page", param = "page", first = 1, size_param = "size", size = 2 }
"""
