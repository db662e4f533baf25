"""An operator's web service on loopback that holds calls, deletes them one by one, and counts who is there at once."""

import threading

from tests.systems.api_server import Api, Asked, Reply


class ErasableSystem(Api):
    """`GET /calls/NO`, `GET` and `DELETE /call/NO/ID`, with `?dry=1` for trying. Stubborn: says yes and keeps the row.

    A request waits for company for a while: if more than `crowd` could be there at once, they would be.
    """

    def __init__(self, crowd: int = 1) -> None:
        super().__init__()
        self.crowd, self.most, self.stubborn = crowd, 0, False
        self.calls = {(f"PERSON{person}", f"{person}-{row}") for person in range(6) for row in range(3)}
        self.answer = self._in_company
        self._here = 0
        self._change = threading.Condition()

    def _in_company(self, asked: Asked) -> Reply:
        with self._change:
            self._here += 1
            self.most = max(self.most, self._here)
            self._change.notify_all()
            self._change.wait_for(lambda: self._here > self.crowd, timeout=0.02)
            try:
                return self._reply(asked)
            finally:
                self._here -= 1

    def _reply(self, asked: Asked) -> Reply:
        parts, params = asked.path.split("/")[1:], asked.params
        if parts[0] == "customers":
            name = params["email"].partition("@")[0]
            return Reply([{"customer_no": name.upper(), "email": params["email"], "left_on": "2026-01-31"}])
        found = [
            {"customer_no": no, "id": row}
            for no, row in sorted(self.calls)
            if [no, row][: len(parts) - 1] == parts[1:]
        ]
        if not found:
            return Reply({}, 404)
        if asked.method == "DELETE" and "dry" not in params and not self.stubborn:
            self.calls.discard((parts[1], parts[2]))
        return Reply(found)


CONNECTORS = """
[[source]]
key = "web"
NAME
kind = "http"
base_url = "env:ERASABLE_URL"
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
contract_end = "left_on"
yields = [{ kind = "customer_no", column = "customer_no" }]

[[source.collection]]
key = "calls"
category = "usage"
NAME
path = "/calls/{customer_no}"
find = { customer_no = "customer_no" }
key_columns = ["customer_no", "id"]
nothing_held = [404]
on_erase = "delete"
item = { path = "/call/{customer_no}/{id}" }
erase = { method = "DELETE", path = "/call/{customer_no}/{id}", dry_run = { dry = "1" }, ok = [200, 404] }
"""
