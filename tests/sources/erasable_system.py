"""An operator's web service on loopback that holds calls, deletes them one by one, and counts who is there at once."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class ErasableSystem:
    """`GET /calls/NO`, `GET` and `DELETE /call/NO/ID`, with `?dry=1` for trying. Stubborn: says yes and keeps the row.

    A request waits for company for a while: if more than `crowd` could be there at once, they would be.
    """

    def __init__(self, crowd: int = 1) -> None:
        self.crowd, self.most, self.stubborn = crowd, 0, False
        self.calls = {(f"PERSON{person}", f"{person}-{row}") for person in range(6) for row in range(3)}
        self.asked: list[str] = []
        self._here = 0
        self._change = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> "ErasableSystem":
        threading.Thread(target=self._server.serve_forever, args=[0.01], daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, target: str) -> tuple[int, object]:
        with self._change:
            self._here += 1
            self.most = max(self.most, self._here)
            self.asked.append(f"{method} {target}")
            self._change.notify_all()
            self._change.wait_for(lambda: self._here > self.crowd, timeout=0.02)
            try:
                return self._answer(
                    method, urlsplit(target).path.split("/")[1:], parse_qs(urlsplit(target).query)
                )
            finally:
                self._here -= 1

    def _answer(self, method: str, parts: list[str], params: dict[str, list[str]]) -> tuple[int, object]:
        if parts[0] == "customers":
            name = params["email"][0].partition("@")[0]
            return 200, [{"customer_no": name.upper(), "email": params["email"][0], "left_on": "2026-01-31"}]
        found = [
            {"customer_no": no, "id": row}
            for no, row in sorted(self.calls)
            if [no, row][: len(parts) - 1] == parts[1:]
        ]
        if not found:
            return 404, {}
        if method == "DELETE" and "dry" not in params and not self.stubborn:
            self.calls.discard((parts[1], parts[2]))
        return 200, found

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        system = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, content = system.answer(self.command, self.path)
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_DELETE(self) -> None:
                self.do_GET()

            def log_message(self, *_: object) -> None:
                """Tests keep their output for themselves."""

        return Handler


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
