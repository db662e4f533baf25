"""The demo operators' consent and preference service: JSON, a token, pages, a SQLite file an operator.

`python -m demo.servers.consents FOLDER PORT`, with CONSENTS_TOKEN in the environment. Below `/<operator>/`:

    GET    consents?customer_no=&page=&size=   {"consents": [...], "page": n, "pages": n}
    GET    consents/ID                         one consent, or 404
    DELETE consents/ID?dry_run=true            {"deleted": n}
    GET    preferences?customer_no=            {"preferences": [...]}
    GET    preferences/CUSTOMER_NO             the preferences of one customer, or 404
    PUT    preferences/CUSTOMER_NO             {"marketing": false, ...} changes what it names
    DELETE preferences/CUSTOMER_NO?dry_run=true
"""

import hmac
import json
import os
import signal
import sqlite3
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

SCHEMA = """
create table consents (consent_id integer primary key, customer_no text not null, purpose text, channel text,
    text_version text, given_at text, withdrawn_at text, last_used_on text);
create index consents_of on consents (customer_no);
create table preferences (customer_no text primary key, marketing integer, email integer, sms integer,
    phone integer, letter integer, personal_ads integer, traffic_data integer, changed_at text);
"""
KEYS = {"consents": "consent_id", "preferences": "customer_no"}
SWITCHES = ("marketing", "email", "sms", "phone", "letter", "personal_ads", "traffic_data")


class RefusedError(Exception):
    """An answer that is not 200."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def list_consents(db: sqlite3.Connection, query: dict[str, str]) -> dict[str, Any]:
    size, page = min(int(query.get("size", "100")), 500), max(int(query.get("page", "1")), 1)
    owner = query.get("customer_no", "")
    (total,) = db.execute("select count(*) from consents where customer_no = ?", [owner]).fetchone()
    found = db.execute(
        "select * from consents where customer_no = ? order by consent_id limit ? offset ?",
        [owner, size, (page - 1) * size],
    )
    return {"consents": [dict(row) for row in found], "page": page, "pages": max(-(-total // size), 1)}


def get_one(db: sqlite3.Connection, kind: str, key: str) -> dict[str, Any]:
    row = db.execute(f"select * from {kind} where {KEYS[kind]} = ?", [key]).fetchone()
    if row is None:
        raise RefusedError(404, "nothing there")
    return _shown(row)


def delete_one(db: sqlite3.Connection, kind: str, key: str, query: dict[str, str]) -> dict[str, int]:
    which = f"from {kind} where {KEYS[kind]} = ?"
    if query.get("dry_run") == "true":
        (count,) = db.execute(f"select count(*) {which}", [key]).fetchone()
        return {"deleted": count}
    return {"deleted": db.execute(f"delete {which}", [key]).rowcount}


def list_preferences(db: sqlite3.Connection, query: dict[str, str]) -> dict[str, Any]:
    found = db.execute("select * from preferences where customer_no = ?", [query.get("customer_no", "")])
    return {"preferences": [_shown(row) for row in found]}


def change_preferences(db: sqlite3.Connection, owner: str, changes: Any) -> dict[str, Any]:
    if not isinstance(changes, dict) or not changes or not all(map(_switch, changes.items())):
        raise RefusedError(422, "expected true or false for: " + ", ".join(SWITCHES))
    setting = ", ".join(f"{name} = :{name}" for name in changes)
    hit = db.execute(
        f"update preferences set {setting}, changed_at = :changed_at where customer_no = :customer_no",
        {**changes, "changed_at": datetime.now(UTC).isoformat(timespec="seconds"), "customer_no": owner},
    )
    if not hit.rowcount:
        raise RefusedError(404, "no such customer")
    return get_one(db, "preferences", owner)


def _switch(change: tuple[str, Any]) -> bool:
    return change[0] in SWITCHES and isinstance(change[1], bool)


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    return {name: bool(row[name]) if name in SWITCHES else row[name] for name in row.keys()}  # noqa: SIM118


def answer(folder: Path, method: str, address: str, body: bytes) -> Any:
    """The JSON answer to a request whose token was right. Raises RefusedError."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    slug, kind, *rest = [*parts.path.strip("/").split("/"), ""]
    path = folder / f"{slug}.sqlite"
    # It becomes a path: nothing in it may lead out of the folder.
    if not slug.replace("-", "").isalnum() or not path.exists():
        raise RefusedError(404, "no such operator")
    with closing(connect(path)) as db:
        match method, kind, rest[0] if rest else "":
            case "GET", "consents", "":
                return list_consents(db, query)
            case "GET", "preferences", "":
                return list_preferences(db, query)
            case "GET", "consents" | "preferences", key:
                return get_one(db, kind, key)
            case "DELETE", "consents" | "preferences", key if key:
                return delete_one(db, kind, key, query)
            case "PUT", "preferences", owner if owner:
                return change_preferences(db, owner, json.loads(body))
    raise RefusedError(404, "no such page")


def handler(folder: Path, token: str) -> type[BaseHTTPRequestHandler]:
    class Service(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                if not hmac.compare_digest(self.headers.get("Authorization") or "", f"Bearer {token}"):
                    raise RefusedError(401, "token missing or wrong")
                status, content = 200, answer(folder, self.command, self.path, body)
            except RefusedError as refused:
                status, content = refused.status, {"error": refused.error}
            except ValueError:
                status, content = 400, {"error": "not understood"}
            self._send(status, json.dumps(content).encode())

        do_GET = do_PUT = do_DELETE = _serve  # noqa: N815

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Customer numbers stand in the address: nothing is logged."""

    return Service


def main(folder: str, port: str) -> None:
    server = ThreadingHTTPServer(
        ("127.0.0.1", int(port)), handler(Path(folder), os.environ["CONSENTS_TOKEN"])
    )
    # In a thread of its own: shutting down waits for the loop that this signal has interrupted.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
