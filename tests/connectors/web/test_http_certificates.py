"""Whoever answers for a source shows a certificate that is believed, for the name that was called."""

import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.web.calling.guarded import guarded

HERE = (ipaddress.ip_network("127.0.0.0/8"),)
Certified = Callable[..., tuple[str, int]]


class Answering(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


def certificate(name: str, days: int) -> tuple[bytes, bytes]:
    """Signed by itself, good until so many days from now; with its key."""
    key, called = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
    )
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(called).issuer_name(called).public_key(key.public_key())
    made = (
        made.serial_number(1)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
    )
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM), private


@pytest.fixture
def certified(tmp_path: Path) -> Iterator[Certified]:
    """certified("localhost"): the certificate of a server on loopback, and its port."""
    servers = []

    def start(name: str, days: int = 9) -> tuple[str, int]:
        shown, private = certificate(name, days)
        (tmp_path / "both.pem").write_bytes(shown + private)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "both.pem")
        server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return shown.decode(), server.server_address[1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_certificate_that_the_operator_named_is_believed(certified: Certified) -> None:
    shown, port = certified("localhost")
    assert guarded(HERE, shown).get(f"https://localhost:{port}/").status_code == 204


@pytest.mark.parametrize(
    ("name", "days", "named", "why"),
    [
        ("localhost", 9, False, "self-signed certificate"),
        ("crm.operator.test", 9, True, "Hostname mismatch"),
        ("localhost", -1, True, "certificate has expired"),
    ],
)
def test_another_is_not(certified: Certified, name: str, days: int, named: bool, why: str) -> None:
    shown, port = certified(name, days)
    with pytest.raises(httpx.ConnectError, match=why):
        guarded(HERE, shown if named else "").get(f"https://localhost:{port}/")
