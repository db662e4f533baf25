"""Where the chaos happens: servers of its own, an operator over two hostile sources, workers and a clock.

All of it is at home in one folder, so that the watchman ends it whatever becomes of this process.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import django
import httpx
import psycopg
from aiosmtpd.controller import Controller

from demo.servers.postgres import Postgres, create_database
from demo.servers.processes import free_port, wait_until
from demo.servers.redis_server import Redis
from dsar.scratch import desk
from tests.migrated import TEMPLATE, start_migrated
from tests.watchman import watched
from tests.whole_line.chaos.mailbox import Mailbox

OPERATOR = "tele2-se"
CONNECTORS = f"""{desk.CRM}
timeout = 2
{desk.CUSTOMERS}
on_erase = "delete"
yields = [{{ kind = "customer_no", column = "customer_no" }}]
"""
SYSTEMS = """
[[source.collection]]
key = "events"
category = "usage"
name = { sv = "Händelser", da = "Hændelser", en = "Events" }
table = "events"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "at"
on_erase = "delete"

[[source]]
key = "web"
name = { sv = "Butik", da = "Butik", en = "Shop" }
kind = "http"
base_url = "env:WEB_URL"
time_zone = "Europe/Stockholm"
timeout = 1
attempts = 2
"""
WEB = """
[[source.collection]]
key = "NAME"
category = "usage"
name = { sv = "NAME", da = "NAME", en = "NAME" }
path = "/customers/{customer_no}/NAME"
rows = "rows"
find = { customer_no = "customer_no" }
key_columns = ["customer_no", "id"]
at = "at"
interval = false
on_erase = "delete"
erase = { method = "DELETE", path = "/customers/{customer_no}/NAME" }
item = { path = "/customers/{customer_no}/NAME/all", paging = { kind = "none" } }
paging = PAGING
"""
PAGES = '{ kind = "page", param = "page", size_param = "size", size = 40, total = "total" }'
CURSORS = '{ kind = "cursor", param = "after", next = "next", total = "total" }'
TABLES = """
CREATE TABLE customer (customer_no text PRIMARY KEY, email text, left_on date);
CREATE TABLE events (id bigint PRIMARY KEY, customer_no text, at timestamptz, note text);
CREATE INDEX ON events (customer_no, id);
"""


class Process:
    """A session leader that can be killed and started again, with everything it started."""

    def __init__(self, log: Path, *arguments: str) -> None:
        self.log, self.arguments = log, arguments
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", *self.arguments], stdout=out, stderr=out, start_new_session=True
            )

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.process = self._start()

    def members(self) -> list[int]:
        """Process ids of those it started."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]


@dataclass
class World:
    folder: Path
    postgres: Postgres
    broker: Redis
    web: httpx.Client
    mailbox: Mailbox
    workers: list[Process]
    beat: Process

    def crm(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.postgres.url("crm"), autocommit=True)


@contextmanager
def world(seed: int) -> Iterator[World]:
    """Everything running, with empty databases. Gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dsar-chaos-"))
    with ExitStack() as stack:
        watchman = watched(folder)
        stack.callback(watchman.wait)
        assert watchman.stdin is not None
        stack.callback(watchman.stdin.close)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres, broker = Postgres.under(folder / "pg"), Redis(folder / "redis.log")
        stack.callback(postgres.stop)
        stack.callback(broker.stop)
        broker.start()
        web, mailbox = _web(stack, folder, seed), Mailbox(seed)
        smtp = Controller(mailbox, hostname="127.0.0.1", port=free_port())
        stack.callback(smtp.stop)
        smtp.start()
        _settle(folder, postgres, broker, web, smtp.port)
        django.setup()
        start_migrated(postgres)
        _load(postgres)
        workers = [
            Process(
                folder / f"worker{number}.log",
                *_celery("worker", "--concurrency", "2", "--without-gossip", "--without-mingle"),
            )
            for number in range(2)
        ]
        beat = Process(folder / "beat.log", *_celery("beat", "--schedule", str(folder / "beat")))
        for process in (*workers, beat):
            stack.callback(process.kill)
        yield World(folder, postgres, broker, web, mailbox, workers, beat)


def _celery(*arguments: str) -> list[str]:
    return ["celery", "-A", "dsar", "--quiet", *arguments, "--loglevel", "ERROR"]


def _web(stack: ExitStack, folder: Path, seed: int) -> httpx.Client:
    port = free_port()
    process = Process(folder / "web.log", "tests.whole_line.chaos.hostile_system", str(port), str(seed))
    stack.callback(process.kill)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False)
    wait_until(lambda: _answers(client), what="the web system", seconds=30, alive=lambda: True)
    return client


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/truth/counts").is_success
    except httpx.TransportError:
        return False


def _settle(folder: Path, postgres: Postgres, broker: Redis, web: httpx.Client, smtp: int) -> None:
    operator = desk.write_register(folder / "operators", OPERATOR)
    orders, tickets = (
        WEB.replace("NAME", name).replace("PAGING", paging)
        for name, paging in (("orders", PAGES), ("tickets", CURSORS))
    )
    (operator / "connectors.toml").write_text(CONNECTORS + SYSTEMS + orders + tickets)
    os.environ |= {
        "DATABASE_URL": postgres.url(TEMPLATE),
        "REDIS_URL": broker.url,
        "CRM_URL": postgres.url("crm"),
        "WEB_URL": str(web.base_url),
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp}",
        **desk.places(folder),
        **desk.keys(),
        # Setting type of every row is most of an answer's work, and nothing that weather does to it.
        "DSAR_ANNEX_ROWS": "0",
        "DJANGO_SETTINGS_MODULE": "tests.whole_line.chaos.hurried",
    }


def _load(postgres: Postgres) -> None:
    subprocess.run([sys.executable, "manage.py", "load_operators"], check=True, stdout=subprocess.DEVNULL)
    create_database(postgres.url("postgres"), "crm")
    with psycopg.connect(postgres.url("crm"), autocommit=True) as crm:
        crm.execute(TABLES)
