"""The demo's other provider: takes people's data over HTTPS, signed, and shows on a page what it took.

`python -m demo.servers.receiver PORT FOLDER`: the folder has certificate.pem, its key.pem, and the sender's public.txt.

    POST take        a zip, with the headers that docs/receivers.md names: 201 {"receipt", "sha256"}; the same
                     Idempotency-Key again is the same receipt
    POST answer      JSON {"status": 503}: answered so from now on; {} for as it should be
    GET  /           what was taken: when, how large, its hash
    GET  taken.json  the hashes of what was taken
    GET  HASH.zip    what was taken under this hash
"""

import base64
import hashlib
import html
import json
import re
import signal
import ssl
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from demo.servers.mailbox import STYLE

CERTIFICATE, KEY, PUBLIC = "certificate.pem", "key.pem", "public.txt"
# What a sender has to have signed, or somebody on the way could have changed it.
NEEDED = ("@method", "@target-uri", "content-type", "content-digest", "idempotency-key")


@dataclass
class Provider:
    """What it has taken, by idempotency key, and how it answers. ``public``: of who may send, 64 hexadecimal digits."""

    public: str
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    zips: dict[str, bytes] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)

    def take(self, url: str, headers: dict[str, str], content: bytes) -> tuple[int, dict[str, Any]]:
        if status := self.answers.get("status"):
            return status, {}
        sha256 = hashlib.sha256(content)
        if headers.get("content-digest") != f"sha-256=:{base64.b64encode(sha256.digest()).decode()}:":
            return 400, {"fault": "digest"}
        if not self._is_signed(url, headers):
            return 401, {"fault": "signature"}
        key = headers["idempotency-key"]
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        receipt = {"receipt": f"N-{key[:8]}", "sha256": sha256.hexdigest(), "at": now, "bytes": len(content)}
        self.zips.setdefault(key, content)
        return 201, self.taken.setdefault(key, receipt) | self.answers.get("said", {})

    def _is_signed(self, url: str, headers: dict[str, str]) -> bool:
        params = headers.get("signature-input", "").removeprefix("desk=")
        covered = re.findall(r'"([^"]+)"', params.partition(")")[0])
        told = headers | {"@method": "POST", "@target-uri": url}
        if not set(NEEDED) <= set(covered) or not set(covered) <= set(told):
            return False
        base = "\n".join([*(f'"{one}": {told[one]}' for one in covered), f'"@signature-params": {params}'])
        signature = base64.b64decode(headers.get("signature", "").removeprefix("desk=:").removesuffix(":"))
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.public)).verify(signature, base.encode())
        except InvalidSignature:
            return False
        return True

    def by_hash(self) -> dict[str, bytes]:
        return {self.taken[key]["sha256"]: content for key, content in self.zips.items() if key in self.taken}

    def page(self) -> str:
        rows = "".join(
            f"<tr><td>{one['at']}</td><td>{one['bytes']}</td><td>{html.escape(one['sha256'])}</td></tr>"
            for one in reversed(self.taken.values())
        )
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Data taken</title><style>{STYLE}</style>'
            f"<h1>Data taken over</h1><p>What people had sent straight to this provider.</p>"
            f"<table><tr><th>When</th><th>Bytes</th><th>SHA-256</th></tr>{rows}</table></html>"
        )


def handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/taken.json":
                self._answer(200, json.dumps(list(provider.by_hash())), "application/json")
            elif (taken := provider.by_hash().get(self.path.strip("/").removesuffix(".zip"))) is not None:
                self._answer(200, taken, "application/zip")
            else:
                self._answer(200, provider.page(), "text/html; charset=utf-8")

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path == "/answer":
                provider.answers = json.loads(content)
                self._answer(200, "{}", "application/json")
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = provider.take(f"https://{headers['host']}{self.path}", headers, content)
            self._answer(status, json.dumps(said), "application/json")

        def _answer(self, status: int, content: str | bytes, kind: str) -> None:
            body = content.encode() if isinstance(content, str) else content
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

    return Service


def make_certificate(folder: Path, seed: str) -> None:
    """A certificate for this machine, signed by itself, and the public half of the sender's key ``seed``."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=3650))
    made = made.add_extension(names, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CERTIFICATE).write_bytes(pem)
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / KEY).write_bytes(key.private_bytes(*plain))
    public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(seed)).public_key()
    (folder / PUBLIC).write_text(public.public_bytes_raw().hex())


def serve(port: int, folder: Path) -> tuple[ThreadingHTTPServer, Provider]:
    """A server that listens, and is not yet running."""
    provider = Provider((folder / PUBLIC).read_text())
    server = ThreadingHTTPServer(("127.0.0.1", port), handler(provider))
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    server.socket = trust.wrap_socket(server.socket, server_side=True)
    return server, provider


def main(port: str, folder: str) -> None:
    server, _provider = serve(int(port), Path(folder))
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()


if __name__ == "__main__":
    main(*sys.argv[1:])
