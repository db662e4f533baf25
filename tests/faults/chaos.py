"""Kills things at random while real workers gather and erase, and compares what came out with the source.

    python -m tests.faults.chaos ROUNDS SEED

A process of its own with servers of its own, so that a restarted PostgreSQL is nobody else's. Each round is a new
subscriber with his own rows: an access case and an erasure case through real workers, while workers are killed with
SIGKILL, PostgreSQL and Redis restarted, Redis emptied and connections cut. Prints one line of JSON with the counts.
"""

import hashlib
import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import django
import orjson
import psycopg
import redis
from pyrage import x25519

from demo.postgres import Postgres, create_database
from demo.redis_server import Redis

ROWS = 45_000
PATIENCE = 240.0
CONNECTORS = """
[[source]]
key = "crm"
name = { sv = "Kundregister", da = "Kundesystem", en = "Customer register" }
kind = "sql"
url = "env:CHAOS_CRM_URL"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
name = { sv = "Kundkort", da = "Kundekort", en = "Customer card" }
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no", email = "email" }
at = "left_on"
contract_end = "left_on"
interval = false
on_erase = "delete"
yields = [{ kind = "customer_no", column = "customer_no" }]
link = ["email"]

[[source.collection]]
key = "events"
category = "usage"
name = { sv = "Händelser", da = "Hændelser", en = "Events" }
table = "events"
key_columns = ["id"]
find = { customer_no = "customer_no" }
at = "at"
on_erase = "delete"
"""
TABLES = """
CREATE TABLE customer (customer_no text PRIMARY KEY, email text, left_on date);
CREATE TABLE events (id bigint PRIMARY KEY, customer_no text, at timestamptz, note text);
CREATE INDEX ON events (customer_no, id);
"""
FILL = """
INSERT INTO events SELECT %(first)s + n, %(customer)s, timestamptz '2026-01-01' + n * interval '1 minute', md5(n::text)
FROM generate_series(1, %(rows)s) n
"""


class Worker:
    """A Celery worker that can be killed at any moment."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        command = [
            "-m",
            "celery",
            "-A",
            "dsar",
            "--quiet",
            "worker",
            "--concurrency",
            "2",
            "--loglevel",
            "ERROR",
        ]
        with self.log.open("ab") as out:
            return subprocess.Popen(
                [sys.executable, *command], stdout=out, stderr=out, start_new_session=True
            )

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        self.kill()
        self.process = self._start()


@contextmanager
def world() -> Iterator[tuple[Postgres, Redis, Path]]:
    """Own servers, own keys, an operator folder over one PostgreSQL source."""
    folder = Path(tempfile.mkdtemp(prefix="dsar-chaos-"))
    postgres, broker = Postgres.under(folder / "pg"), Redis(folder / "redis.log")
    try:
        postgres.start()
        broker.start()
        for name in ("dsar", "crm"):
            create_database(postgres.url("postgres"), name)
        operator = folder / "operators" / "tele2-se"
        operator.mkdir(parents=True)
        shutil.copy(Path("operators/tele2-se/register.toml"), operator)
        (operator / "connectors.toml").write_text(CONNECTORS)
        os.environ |= {
            "DATABASE_URL": postgres.url("dsar"),
            "REDIS_URL": broker.url,
            "CHAOS_CRM_URL": postgres.url("crm"),
            "DSAR_OPERATORS": str(folder / "operators"),
            "DSAR_VAULT": str(folder / "vault"),
            "DSAR_SECRET_KEY": secrets.token_hex(32),
            "DSAR_INDEX_KEY": secrets.token_hex(32),
            "DSAR_MASTER_KEY": str(x25519.Identity.generate()),
            "DSAR_PROOF_ENOUGH": "low",
            "DJANGO_SETTINGS_MODULE": "dsar.settings",
        }
        yield postgres, broker, folder
    finally:
        broker.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Chaos:
    """The faults, each for real, drawn by a seeded generator and counted."""

    def __init__(self, seed: int, postgres: Postgres, broker: Redis, worker: Worker) -> None:
        self.random = random.Random(seed)
        self.postgres, self.broker, self.worker = postgres, broker, worker
        self.counts: Counter[str] = Counter()
        self.faults: dict[str, Callable[[], None]] = {
            "worker killed": worker.restart,
            "connections cut": self._cut,
            "redis emptied": self._empty,
            "redis restarted": self._restart_redis,
            "postgres restarted": self._restart_postgres,
        }

    def strike(self) -> None:
        weights = [6, 3, 3, 1, 1]
        name = self.random.choices(list(self.faults), weights)[0]
        self.faults[name]()
        self.counts[name] += 1

    def _cut(self) -> None:
        with psycopg.connect(self.postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            )

    def _empty(self) -> None:
        with redis.Redis.from_url(self.broker.url) as client:
            client.flushall()

    def _restart_redis(self) -> None:
        self.broker.stop()
        self.broker.start()

    def _restart_postgres(self) -> None:
        sockets = self.postgres.sockets
        self.postgres.stop()
        sockets.mkdir(parents=True, exist_ok=True)
        self.postgres.start()


def main(rounds: int, seed: int) -> None:
    with world() as (postgres, broker, folder):
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        call_command("load_operators", stdout=sys.stderr)
        with psycopg.connect(postgres.url("crm"), autocommit=True) as crm:
            crm.execute(TABLES)
        worker = Worker(folder / "worker.log")
        chaos = Chaos(seed, postgres, broker, worker)
        try:
            for number in range(1, rounds + 1):
                one_round(number, chaos)
        except BaseException:
            sys.stderr.write((folder / "worker.log").read_text()[-4000:])
            raise
        finally:
            worker.kill()
        print(json.dumps({"rounds": rounds, "rows": rounds * ROWS, **chaos.counts}))


def one_round(number: int, chaos: Chaos) -> None:
    """One subscriber asks for access, then for erasure, in bad weather."""
    customer = f"c{number}"
    with psycopg.connect(chaos.postgres.url("crm"), autocommit=True) as crm:
        crm.execute(
            "INSERT INTO customer VALUES (%s, %s, '2026-06-30')", [customer, f"{customer}@example.com"]
        )
        crm.execute(FILL, {"first": number * 1_000_000, "customer": customer, "rows": ROWS})
        held = fingerprint(crm, customer)
    access = ask("access", customer)
    weather(chaos, lambda: reached(access, "decisions"))
    gathered = gathered_fingerprint(access)
    if gathered != held:
        raise AssertionError(f"round {number}: gathered {gathered} but the source holds {held}")
    erasure = ask("erasure", customer)
    weather(chaos, lambda: reached(access, "decisions") and reached(erasure, "decisions"))
    for case in (access, erasure):
        weather(chaos, lambda case=case: approved(case))
        weather(chaos, lambda case=case: reached(case, "closed"))
    with psycopg.connect(chaos.postgres.url("crm"), autocommit=True) as crm:
        if fingerprint(crm, customer)[0]:
            raise AssertionError(f"round {number}: rows are left after the erasure")


def weather(chaos: Chaos, done: Callable[[], bool]) -> None:
    """Strikes now and then until it is done; does what beat does in between."""
    from django.db import DatabaseError, close_old_connections

    from cases import tasks

    end, strikes = time.monotonic() + PATIENCE, chaos.random.randint(0, 2)
    while time.monotonic() < end:
        try:
            close_old_connections()
            if done():
                return
            age_everything()
            tasks.sweep()
        except DatabaseError:
            pass
        time.sleep(chaos.random.uniform(0.05, 0.6))
        if strikes:
            strikes -= 1
            chaos.strike()
    raise AssertionError("stuck")


def age_everything() -> None:
    """Lets beat's patience run out at once, so that a round takes seconds."""
    from datetime import timedelta

    from django.utils import timezone

    from cases.models import Case, Run

    long_ago = timezone.now() - timedelta(hours=1)
    recent = timezone.now() - timedelta(seconds=3)
    Case.objects.filter(kicked_at__lt=recent).update(kicked_at=long_ago)
    Run.objects.filter(touched_at__lt=recent, status__in=["waiting", "running"]).update(touched_at=long_ago)
    Run.objects.filter(status="retrying").update(next_try_at=long_ago)


def ask(right: str, customer: str) -> int:
    """A proven request; the id of its case."""
    from cases.intake import Intake, submit
    from cases.models import Operator

    operator = Operator.objects.get(pk="tele2-se")
    intake = Intake(uuid4(), operator, "en", (right,), "Somebody", f"{customer}@example.com")
    submission = eventually(lambda: submit(intake))
    eventually(lambda: prove_mailbox(submission))
    return int(submission.cases.get().pk)


def prove_mailbox(submission: Any) -> None:
    import re

    from cases.models import MailedCode, Proof
    from cases.vault import unseal_for_operator
    from cases.verification import check_code

    if Proof.objects.filter(submission=submission).exists():
        return
    sealed = submission.mails.filter(kind="code").latest("pk").sealed
    found = re.search(r"\b\d{3} ?\d{3}\b", json.loads(unseal_for_operator(sealed))["body"])
    assert found
    check_code(submission, purpose=MailedCode.Purpose.PROVE, code=found[0])


def eventually(act: Callable[[], Any]) -> Any:
    """Does it again while the database is away."""
    from django.db import DatabaseError, close_old_connections

    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            close_old_connections()
            return act()
        except DatabaseError:
            time.sleep(0.3)
    raise AssertionError("the database stayed away")


def reached(case_id: int, stage: str) -> bool:
    from cases.models import Case

    return bool(Case.objects.get(pk=case_id).stage == stage)


def approved(case_id: int) -> bool:
    """What a caseworker and an approver click, as far as the case allows it by now."""
    from cases.assessment import confirm_all
    from cases.models import Case
    from exports.answers import prepare
    from exports.approval import approve
    from exports.models import Answer

    case = Case.objects.get(pk=case_id)
    caseworker, approver = member("caseworker"), member("approver")
    if case.stage == "decisions":
        if case.decisions.filter(status="proposed").exists():
            confirm_all(case, by=caseworker)
        prepare(case, by=caseworker)
    if case.stage == "approval":
        approve(Answer.objects.filter(case=case).latest("version"), by=approver)
    return case.stage in {"execution", "delivery", "closed"}


def member(role: str) -> Any:
    from cases.models import Membership, User

    user, _created = User.objects.get_or_create(username=role)
    Membership.objects.get_or_create(user=user, operator_id="tele2-se", role=role)
    return user


def fingerprint(crm: psycopg.Connection[Any], customer: str) -> tuple[int, str]:
    """Count and hash of what the source holds, in key order."""
    rows = crm.execute("SELECT id, note FROM events WHERE customer_no = %s ORDER BY id", [customer])
    return _hashed((key, note) for key, note in rows)


def gathered_fingerprint(case_id: int) -> tuple[int, str]:
    """The same over the sealed chunks, in the order they were gathered."""
    from cases.chunks import lines
    from cases.models import Run

    run = Run.objects.select_related("case").get(case_id=case_id, collection="events")
    rows = (orjson.loads(line) for line in lines(run))
    return _hashed((row["id"], row["note"]) for row in rows)


def _hashed(rows: Iterable[tuple[int, str]]) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    for key, note in rows:
        count += 1
        digest.update(f"{key}:{note};".encode())
    return count, digest.hexdigest()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
