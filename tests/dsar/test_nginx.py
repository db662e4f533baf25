"""docs/nginx.conf before the real desk: sizes, slow callers, and nothing of either written down."""

import getpass
import os
import re
import shlex
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.db import connection

from cases.models import Run
from cases.public.papers import AT_ONCE
from cases.web.bodies import HANDED
from demo.servers.processes import end_group, free_port, listening, wait_until
from demo.system import executable
from tests.cases.collection.test_owner_asked import CSV, link_of, waiting
from tests.dsar.composed import SERVICES

pytestmark = [pytest.mark.engines, pytest.mark.nginx, pytest.mark.django_db(transaction=True)]
__all__ = ["waiting"]
DOCUMENTED = (settings.BASE_DIR / "docs" / "nginx.conf").read_text()
_UPSTREAMS, *SERVERS = DOCUMENTED.split("\nserver {\n")
# On a machine that has much to do. Who is slow goes on being slow for as long as it takes.
SOON = 20
CANARY = b"+46701740605"
ORDINARY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
PAPERS = AT_ONCE + ORDINARY
# Of the caller's own network, and of somebody else's.
HERE, ELSEWHERE = "127.0.0.2", "127.0.0.3"
# What everybody who looks at a page gets.
WITH_A_COOKIE = {"Cookie": "__Host-csrftoken=" + "a" * 32, "Referer": "https://desk.example/"}
AROUND = """
user {user};
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log crit;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/x1; uwsgi_temp_path {folder}/x2; scgi_temp_path {folder}/x3;
    include {folder}/desk.conf;
}}
"""


@dataclass
class Front:
    """The desk behind nginx, both as they are documented but for their ports and folders."""

    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    desk: int = field(default_factory=free_port)
    plain: int = field(default_factory=free_port)

    def start(self) -> None:
        self._certify()
        self._start_desk()
        (self.folder / "desk.conf").write_text(self.configured())
        (self.folder / "nginx.conf").write_text(AROUND.format(folder=self.folder, user=getpass.getuser()))
        command = [executable("nginx"), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        self._run("nginx", [*command, "-e", str(self.folder / "nginx.log"), "-g", "daemon off;"], self.port)

    def configured(self) -> str:
        changes = {
            "listen 443": f"listen 127.0.0.1:{self.port}",
            "listen 80": f"listen 127.0.0.1:{self.plain}",
            "server 127.0.0.1:8000": f"server 127.0.0.1:{self.desk}",
            "server 127.0.0.1:8001": f"server 127.0.0.1:{self.desk}",
            "/etc/ssl/desk": str(self.folder),
            "/var/log/nginx": str(self.folder),
        }
        text = DOCUMENTED
        for written, here in changes.items():
            assert text.count(written), written
            text = text.replace(written, here)
        return text

    def _start_desk(self) -> None:
        server, _, query = os.environ["DATABASE_URL"].partition("?")
        database = str(connection.settings_dict["NAME"])
        env = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATABASE_URL": f"{server.rpartition('/')[0]}/{database}" + (f"?{query}" if query else ""),
            "DSAR_BASE_URL": "https://desk.example",
            "DSAR_CLEARED_URL": "https://cleared.desk.example",
            "DSAR_VAULT": settings.VAULT,
            "GUNICORN_CMD_ARGS": f"--bind=127.0.0.1:{self.desk}",
            "TMPDIR": str(self.folder / "tmp"),
        }
        (self.folder / "tmp").mkdir()
        self._run("gunicorn", shlex.split(SERVICES["web"]["command"]), self.desk, env)

    def _run(self, name: str, command: list[str], port: int, env: dict[str, str] | None = None) -> None:
        with (self.folder / f"{name}.out").open("wb") as out:
            process = subprocess.Popen(
                command, env=env, cwd=settings.BASE_DIR, stdout=out, stderr=out, start_new_session=True
            )
        self.running.append(process)
        wait_until(
            lambda: listening(process.pid, port),
            what=f"{name}: {(self.folder / f'{name}.out').read_text()[-2000:]}",
            seconds=90,
            alive=lambda: process.poll() is None,
        )

    def _certify(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.example")])
        made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        made = made.serial_number(1).not_valid_before(datetime.now(UTC) - timedelta(days=1))
        signed = made.not_valid_after(datetime.now(UTC) + timedelta(days=1)).sign(key, hashes.SHA256())
        (self.folder / "certificate.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / "key.pem").write_bytes(private)

    def connect(self, source: str = HERE) -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        context.check_hostname = False
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(source, 0))
        return context.wrap_socket(plain, server_hostname="desk.example")

    def written(self) -> dict[str, bytes]:
        """What lies in any file of nginx's, of the desk's temporary folder, or of the vault."""
        places = [self.folder, Path(settings.VAULT)]
        found = {}
        for path in (path for place in places for path in place.rglob("*") if path.is_file()):
            with suppress(FileNotFoundError):
                found[str(path)] = path.read_bytes()
        return found


@pytest.fixture
def front(tmp_path: Path, transactional_db: None) -> Iterator[Front]:
    found = Front(tmp_path / "front")
    found.folder.mkdir()
    try:
        found.start()
        yield found
    finally:
        for process in found.running:
            end_group(process.pid)
            process.wait()


def head(method: str, path: str, host: str = "desk.example", **more: object) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def status_of(call: ssl.SSLSocket) -> int:
    answer = b""
    with suppress(ConnectionError):
        while b"\r\n" not in answer and (part := call.recv(4096)):
            answer += part
    return int(answer.split(b" ", 2)[1]) if answer else 0


def asked(front: Front, path: str, source: str = ELSEWHERE) -> tuple[int, float]:
    """The status, and after how many seconds it came."""
    begun = time.monotonic()
    with front.connect(source) as call:
        call.sendall(head("GET", path))
        return status_of(call), time.monotonic() - begun


def form(path: str, size: int, **more: object) -> bytes:
    return head("POST", path, Content_Type="multipart/form-data; boundary=x", Content_Length=size, **more)


def slow_head(front: Front) -> bytes:
    return b"GET /healthz HTTP/1.1\r\nHost: desk.example\r\nX-Slow: "


def slow_form(front: Front) -> bytes:
    return form("/tele2-se/request/rights/", 1000) + b"--x\r\n"


def slow_stranger(front: Front) -> bytes:
    return form("/sources/bogus/", 200_000_000) + b"--x\r\n"


@contextmanager
def trickling(calls: list[ssl.SSLSocket]) -> Iterator[None]:
    """Each of them goes on, a byte every other second."""
    over = threading.Event()

    def trickle() -> None:
        while not over.wait(2):
            for call in calls:
                with suppress(OSError):
                    call.send(b"x")

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("begin", [slow_head, slow_form, slow_stranger])
def test_slow_callers_hold_nobody_up(front: Front, begin: Callable[[Front], bytes]) -> None:
    with ExitStack() as calls:
        opened = [calls.enter_context(front.connect()) for _ in range(80)]
        for call in opened:
            with suppress(ConnectionError):
                call.sendall(begin(front))
        calls.enter_context(trickling(opened))
        for _ in range(5):
            status, seconds = asked(front, "/healthz")
            assert status == 200
            assert seconds < SOON


FILE = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'


def test_owners_who_hand_over_slowly_leave_room_for_everybody_else(waiting: Run, front: Front) -> None:
    link = link_of(waiting)
    with ExitStack() as calls:
        opened = [calls.enter_context(front.connect()) for _ in range(20)]
        for call in opened:
            call.sendall(form(link, 400_000_000, **WITH_A_COOKIE) + FILE + CANARY * 50_000)
        with trickling(opened):
            for _ in range(5):
                status, seconds = asked(front, "/healthz")
                assert status == 200
                assert seconds < SOON
        refused = []
        for call in opened:
            call.settimeout(0.5)
            with suppress(TimeoutError):
                refused.append(status_of(call))
        assert refused == [429] * 16
        assert not [path for path, content in front.written().items() if CANARY in content]


def test_what_a_stranger_sends_is_stored_nowhere_and_refused_at_once(front: Front) -> None:
    with front.connect() as call:
        call.sendall(form("/sources/bogus/", 200_000_000, **WITH_A_COOKIE))
        assert status_of(call) == 404, "before anything of the body came"
        with suppress(ConnectionError, ssl.SSLError):
            for _ in range(200_000_000 // (12 * 20_000)):
                call.sendall(CANARY * 20_000)
    assert not [path for path, content in front.written().items() if CANARY in content]
    assert sum(len(content) for content in front.written().values()) < 10_000_000


def being_written(front: Front) -> list[str]:
    """Files of which a good part is in the vault already."""
    return [
        path for path, content in front.written().items() if ".writing-" in path and len(content) > 1_000_000
    ]


def test_a_handed_file_arrives_whole_and_lies_nowhere_in_plain(
    waiting: Run, as_here: None, front: Front
) -> None:
    link = link_of(waiting)
    with front.connect() as look:
        look.sendall(head("GET", link))
        page = b"".join(iter(lambda: look.recv(65536), b""))
    token = re.search(rb'csrfmiddlewaretoken" value="([^"]+)', page)
    cookies = re.findall(rb"(?i)set-cookie: ([^;]+)", page)
    assert token
    fields = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % pair
        for pair in ((b"csrfmiddlewaretoken", token[1]), (b"action", b"give"))
    )
    rows = CSV.encode() + b"+46701740605;2026-02-03 10:00;xyz\n" * 200_000
    body = fields + FILE + rows + b"\r\n--x--\r\n"
    with front.connect() as call:
        more = {"Cookie": b"; ".join(cookies).decode(), "Referer": "https://desk.example" + link}
        call.sendall(form(link, len(body), **more) + body[: len(body) // 2])
        wait_until(lambda: bool(being_written(front)), what="the file", seconds=30, alive=lambda: True)
        assert not [path for path, content in front.written().items() if CANARY in content]
        call.settimeout(90)
        call.sendall(body[len(body) // 2 :])
        assert status_of(call) == 302
    assert Run.objects.get(pk=waiting.pk).rows == 200_001


def chunked(front: Front, path: str, size: int) -> int:
    with front.connect() as call:
        kind = "application/x-www-form-urlencoded"
        call.sendall(head("POST", path, Content_Type=kind, Transfer_Encoding="chunked"))
        with suppress(ConnectionError, ssl.SSLError):
            for _ in range(size // 10_000):
                call.sendall(b"2710\r\n" + b"a" * 10_000 + b"\r\n")
            call.sendall(b"0\r\n\r\n")
        return status_of(call)


def test_sizes_are_kept_by_the_path_in_chunks_too(front: Front) -> None:
    sizes = {"/tele2-se/request/rights/": ORDINARY, "/sources/bogus/": HANDED}
    for path, most in sizes.items():
        for size, refused in ((most, False), (most + 1, True)):
            with front.connect() as call:
                call.sendall(form(path, size))
                if not refused and path.startswith("/tele2"):
                    call.sendall(bytes(size))
                assert (status_of(call) == 413) is refused, (path, size)
    assert chunked(front, "/tele2-se/request/rights/", 50_000) == 403, (
        "it came to the desk, as a form without a token"
    )
    assert chunked(front, "/tele2-se/request/rights/", ORDINARY + 10_000) == 413
    assert chunked(front, "/sources/bogus/", 50_000) == 411


def test_keys_in_addresses_are_in_no_log(front: Front) -> None:
    secret = "c4n4ry" + "x" * 20
    for path in (
        f"/sources/{secret}/",
        f"/accounts/link/MQ/{secret}/",
        f"/{secret}/",
        f"/desk/?find={secret}",
    ):
        asked(front, path)
        with front.connect() as call:
            call.sendall(form(path, 5) + b"a=b&c")
            status_of(call)
    with front.connect() as call:
        call.sendall(f"GET /sources/{secret}/ NONSENSE/9\r\n\r\n".encode())
        status_of(call)
    found = front.written()
    assert found[str(front.folder / "gunicorn.out")]
    assert not [path for path, content in found.items() if secret.encode() in content]


def test_the_cleared_desk_answers_by_its_name_for_staff_alone(front: Front) -> None:
    answer = "/desk/cases/DSR-1/runs/7/answer/"
    for method, path, size, status in (
        ("GET", "/accounts/login/", 0, 200),
        ("GET", "/desk/cases/DSR-1/files/7/cut/1/", 0, 302),
        ("GET", "/tele2-se/request/rights/", 0, 404),
        ("POST", "/sources/bogus/", 5, 404),
        ("POST", answer, HANDED, 302),
        ("POST", answer, HANDED + 1, 413),
    ):
        with front.connect() as call:
            call.sendall(head(method, path, "cleared.desk.example", Content_Length=size))
            assert status_of(call) == status, path


@pytest.mark.parametrize(("name", "server"), [("web", 0), ("cleared-web", 1)])
def test_the_numbers_of_nginx_and_the_desk_are_the_same(name: str, server: int) -> None:
    written = SERVERS[server]
    assert re.findall(r"client_max_body_size (\d+);", written) == [str(ORDINARY), str(HANDED), str(PAPERS)]
    command = SERVICES[name]["command"]
    threads = re.search(r"--workers (\d+) --threads (\d+)", command)
    assert threads
    held = dict(re.findall(r"limit_conn (handing|fetching) (\d+);", written))
    assert set(held) == {"handing", "fetching"}
    assert sum(map(int, held.values())) < int(threads[1]) * int(threads[2])
    (reading,) = re.findall(r"proxy_read_timeout (\d+)s;", written)
    assert f"--timeout {reading} " in command


def test_what_is_streamed_to_a_reader_counts_as_fetched() -> None:
    """A slow reader of more than fits in nginx's memory holds a thread."""
    for server, paths in (
        (SERVERS[0], ["/tele2-se/status/package/7/", "/api/cases/DSR-1/package/"]),
        (SERVERS[1], []),
    ):
        desk = [f"/desk/cases/DSR-1/{each}/" for each in ("answer/1/package", "papers/7", "files/7/cut/1")]
        places = re.findall(r'location ~ "(\S+)" \{(.*?)\n    \}', server, re.DOTALL)
        for path in (*paths, *desk):
            [inside] = [inside for where, inside in places if re.search(where, path)]
            assert "limit_conn fetching" in inside, path
