"""The desk and everything it stands on, as child processes of the demo."""

import fcntl
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TextIO

from pyrage import x25519

from demo.codes import new_secret
from demo.memory import Memory
from demo.servers import postgres, redis_server
from demo.servers.postgres import Postgres, create_database
from demo.servers.processes import Children, StartError, reserved_port
from demo.servers.receiver import CERTIFICATE, make_certificate
from demo.servers.redis_server import Redis
from demo.systems.build import build_systems, consents_file, describe, edition, network_folder
from demo.systems.cast import SLUGS
from demo.walk.truth import Systems

PORTS = {
    "web": 8000,
    "cleared": 8001,
    "mailbox": 8025,
    "smtp": 2525,
    "consents": 8040,
    "eid": 8050,
    "texts": 8060,
    "receiver": 8070,
}
# Gossip among workers ends one of them when Redis is restarted.
ALONE = ("--without-gossip", "--without-mingle")
PASSWORDS = {"DSAR_SECRET_KEY", "DSAR_INDEX_KEY", "CONSENTS_TOKEN"}
# The operators whose customers show who they are by electronic identity.
FACES = {"tele2-se": "bankid", "telenor-dk": "mitid"}
# Those whose customers get codes by text message.
TEXTING = ("telenor-se",)
# Those whose customers can have their data sent straight to another provider.
SENDING = ("tele2-se",)

ROOT = Path(__file__).resolve().parent.parent


def database_url(server_url: str, database: str) -> str:
    """The same server's other database."""
    address, _, query = server_url.partition("?")
    return f"{address.rsplit('/', 1)[0]}/{database}" + (f"?{query}" if query else "")


def env_name(slug: str, what: str) -> str:
    return f"{slug.upper().replace('-', '_')}_{what}"


# Its web servers, by the names of their ports: for everybody, and for cleared officers.
WEB = ("web", "cleared")
# What `Stack.start_worker` starts, in the order in which it ends.
WORKERS = ("beat", "mailer", "cleared-worker", "worker")


@dataclass
class Stack:
    """Start order: databases, operators' systems, desk. `stop` ends all of it in reverse."""

    var: Path
    memory: Memory
    children: Children
    ends: ExitStack = field(default_factory=ExitStack)
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    ports: dict[str, int] = field(default_factory=dict)

    @property
    def web(self) -> str:
        return f"http://localhost:{self.ports['web']}"

    @property
    def cleared(self) -> str:
        """The pages of cleared officers."""
        return f"http://localhost:{self.ports['cleared']}"

    @property
    def _orders_key(self) -> str:
        return str(self.memory.once("orders", lambda: str(x25519.Identity.generate())))

    @property
    def cleared_env(self) -> dict[str, str]:
        """What processes get that may know of secret orders; the others have `env`."""
        return self.env | {"DSAR_ORDERS_KEY": self._orders_key}

    @property
    def mailbox(self) -> str:
        return f"http://localhost:{self.ports['mailbox']}"

    @property
    def receiver(self) -> str:
        return f"https://localhost:{self.ports['receiver']}"

    @property
    def certificate(self) -> Path:
        """By which the receiver is known: it has signed it itself."""
        return self.var / "receiver" / CERTIFICATE

    @property
    def texts(self) -> str:
        return f"http://localhost:{self.ports['texts']}"

    def start_servers(self) -> None:
        """PostgreSQL and Redis, unless DATABASE_URL and REDIS_URL name others. Raises StartError."""
        refuse_absent()
        if given := os.environ.get("DATABASE_URL"):
            server = given
        else:
            own = Postgres.under(self.var / "pg")
            self.ends.callback(own.stop)
            own.start()
            create_database(own.url("postgres"), "dsar")
            server = own.url("dsar")
        self.env["DATABASE_URL"] = server
        if "REDIS_URL" not in os.environ:
            redis = Redis(self.var / "log" / "redis.log")
            redis.start()
            assert redis.process is not None
            self.children.adopt("redis", redis.process)
            self.env["REDIS_URL"] = redis.url

    def choose_ports(self) -> None:
        """The last start's ports if they are still free, so that addresses in earlier mails keep working."""
        wanted = PORTS | self.memory.values.get("ports", {})
        self.ports = {name: reserved_port(wanted[name], self.ends) for name in PORTS}
        self.memory.keep(ports=self.ports)

    def settle_settings(self) -> None:
        """The desk's environment, as a deployment would set it."""
        # Kept from start to start: with other keys nothing that is sealed could be opened.
        keys = self.memory.once("keys", lambda: {name: secrets.token_hex(32) for name in sorted(PASSWORDS)})
        master = self.memory.once("master", lambda: str(x25519.Identity.generate()))
        self.env |= keys | {
            "DSAR_MASTER_KEY": master,
            "DSAR_ORDERS_RECIPIENT": str(x25519.Identity.from_str(self._orders_key).to_public()),
            "DSAR_ANCHOR_KEY": self.memory.once("anchor", lambda: secrets.token_hex(32)),
            "DSAR_ANCHORS": str(self.var / "anchors"),
            "DSAR_VAULT": str(self.var / "vault"),
            "DSAR_BEAT_SCHEDULE": str(self.var / "beat-schedule"),
            "DSAR_BASE_URL": self.web,
            "DSAR_CLEARED_URL": self.cleared,
            "DSAR_ALLOWED_HOSTS": "localhost,127.0.0.1",
            "DSAR_FROM_EMAIL": "desk@example.org",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.ports['smtp']}",
            "DJANGO_SETTINGS_MODULE": "dsar.settings",
        }
        self.env.setdefault("DSAR_OPERATORS", str(ROOT / "operators"))

    @property
    def password(self) -> str:
        """Of every demo login."""
        return str(self.memory.once("password", lambda: secrets.token_hex(6)))

    @property
    def secret(self) -> str:
        """Of the app whose codes every demo login takes, in base 32."""
        return str(self.memory.once("secret", new_secret))

    def start_systems(self) -> None:
        """The operators' databases, files and consent service, filled at the first start; and the mailbox."""
        folder, today = self.var / "systems" / edition(), self.memory.date
        databases = {slug: self._create(f"crm_{slug.replace('-', '_')}_{edition()}") for slug in SLUGS}
        build_systems(folder, databases, today)
        (self.var / "people.json").write_text(describe(today))
        consents = f"http://127.0.0.1:{self.ports['consents']}"
        for slug in SLUGS:
            self.env[env_name(slug, "CRM_URL")] = databases[slug]
            self.env[env_name(slug, "NETWORK_PATH")] = str(network_folder(folder, slug))
            self.env[env_name(slug, "CONSENTS_URL")] = f"{consents}/{slug}"
            self.env[env_name(slug, "CONSENTS_TOKEN")] = self.env["CONSENTS_TOKEN"]
        service = [str(consents_file(folder, SLUGS[0]).parent), str(self.ports["consents"])]
        mailbox = [str(self.var / "mail"), str(self.ports["smtp"]), str(self.ports["mailbox"])]
        self.children.start_module("consents", "demo.servers.consents", *service, env=self.env)
        self.children.start_module("mailbox", "demo.servers.mailbox", *mailbox, env=self.env)
        eid = f"http://localhost:{self.ports['eid']}"
        # By itself: a demo that was started before there was one has its other keys already.
        self.env["EID_SECRET"] = self.memory.once("eid_secret", lambda: secrets.token_hex(32))
        for slug, face in FACES.items():
            self.env[env_name(slug, f"{face.upper()}_ISSUER")] = f"{eid}/{face}"
            self.env[env_name(slug, f"{face.upper()}_SECRET")] = self.env["EID_SECRET"]
        self.env |= {
            "DSAR_SSO_ISSUER": f"{eid}/office",
            "DSAR_SSO_CLIENT_ID": "the-desk",
            "DSAR_SSO_CLIENT_SECRET": self.env["EID_SECRET"],
            "DSAR_SSO_NAME": "Example ID",
            "DSAR_SSO_STRONG": "urn:demo:office:code, urn:demo:office:key",
        }
        people = [str(self.ports["eid"]), str(self.var / "people.json")]
        self.children.start_module("eid", "demo.servers.eid", *people, env=self.env)
        self.env["TEXTS_TOKEN"] = self.memory.once("texts_token", lambda: secrets.token_hex(32))
        for slug in TEXTING:
            self.env[env_name(slug, "TEXTS_URL")] = f"{self.texts}/messages"
            self.env[env_name(slug, "TEXTS_TOKEN")] = self.env["TEXTS_TOKEN"]
        self.children.start_module("texts", "demo.servers.texts", str(self.ports["texts"]), env=self.env)
        self._start_receiver(self.var / "receiver")
        for name in ("consents", "mailbox", "eid", "texts", "receiver"):
            self.children.wait_for_port(name, self.ports[name])

    def _start_receiver(self, folder: Path) -> None:
        """Another provider, which takes people's data over HTTPS."""
        seed = self.memory.once("receiver_key", lambda: secrets.token_hex(32))
        if not (folder / CERTIFICATE).exists():
            make_certificate(folder, seed)
        for slug in SENDING:
            self.env[env_name(slug, "RECEIVER_URL")] = f"https://localhost:{self.ports['receiver']}/take"
            self.env[env_name(slug, "RECEIVER_KEY")] = seed
            self.env[env_name(slug, "RECEIVER_AUTHORITY_FILE")] = str(folder / CERTIFICATE)
        where = [str(self.ports["receiver"]), str(folder)]
        self.children.start_module("receiver", "demo.servers.receiver", *where, env=self.env)

    @property
    def systems(self) -> dict[str, Systems]:
        """The operators' own systems, to look into directly."""
        folder, today = self.var / "systems" / edition(), self.memory.date
        return {slug: Systems(slug, folder, self.env[env_name(slug, "CRM_URL")], today) for slug in SLUGS}

    def _create(self, database: str) -> str:
        """A database of its own on the desk's server, made if it is not there."""
        server = self.env["DATABASE_URL"]
        create_database(database_url(server, "postgres"), database)
        return database_url(server, database)

    def prepare_desk(self) -> None:
        """Migrations, registers, static files, staff: one process. Raises StartError with its words."""
        self.write_environment()
        log = self.var / "log" / "prepare.log"
        with log.open("ab") as out:
            done = subprocess.run(
                [sys.executable, "-m", "demo.prepare", self.password, self.secret],
                env=self.cleared_env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
                start_new_session=True,
            )
        if done.returncode:
            raise StartError(f"the desk could not be prepared:\n{done.stderr.strip()[-3000:]}")

    def write_environment(self) -> None:
        """var/env, for `manage.py` in another terminal: `set -a; . var/env; .venv/bin/python manage.py ...`."""
        path = self.var / "env"
        path.touch(mode=0o600)
        own = {name: value for name, value in self.cleared_env.items() if os.environ.get(name) != value}
        path.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(own.items())))

    def verify_audit(self) -> str:
        """What `manage.py verify_audit` says. Raises StartError if a chain is broken."""
        command = [sys.executable, str(ROOT / "manage.py"), "verify_audit"]
        done = subprocess.run(command, env=self.cleared_env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise StartError(f"the audit chain does not hold: {done.stderr.strip()[-500:]}")
        return done.stdout.strip()

    def start_desk(self) -> None:
        self._start_web("web", 2, self.env)
        self._start_web("cleared", 1, self.cleared_env)
        self.start_worker()
        for name in WEB:
            self.children.wait_for_port(name, self.ports[name])

    def _start_web(self, name: str, workers: int, env: Mapping[str, str]) -> None:
        bind = ["--bind", f"127.0.0.1:{self.ports[name]}", "--workers", str(workers), "--threads", "4"]
        more = ["--timeout", "120", "--no-control-socket"]
        self.children.start_module(name, "gunicorn", "dsar.wsgi", *bind, *more, env=env)

    def start_worker(self) -> None:
        """The `WORKERS`: those who work, and the clock that sends them what is due."""
        celery, jobs = ["-A", "dsar", "--quiet"], str(min(4, os.cpu_count() or 1))
        start = partial(self.children.start_module, env=self.env)
        worker = [*celery, "worker", "--loglevel", "INFO", *ALONE]
        queues = ("-Q", "celery,clock,recipients,texts")
        start("worker", "celery", *worker, *queues, "--concurrency", jobs, "-n", "worker@%h")
        cleared = ("-Q", "cleared,cleared_clock", "--concurrency", "1", "-n", "cleared@%h")
        self.children.start_module("cleared-worker", "celery", *worker, *cleared, env=self.cleared_env)
        start("mailer", "celery", *worker, "-Q", "mail", "--concurrency", "1", "-n", "mailer@%h")
        # No pid file: one that a killed demo left behind would keep the next clock from starting.
        start("beat", "celery", *celery, "beat", "--pidfile=", "--loglevel", "INFO")

    def stop(self) -> None:
        self.ends.close()


def refuse_absent() -> None:
    """Raises StartError if a server that the environment names does not answer, as one of a demo that was stopped."""
    given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
    silent = []
    if given["DATABASE_URL"] and not postgres.answers(database_url(given["DATABASE_URL"], "postgres")):
        silent.append("DATABASE_URL")
    if given["REDIS_URL"] and not redis_server.answers(given["REDIS_URL"]):
        silent.append("REDIS_URL")
    if silent:
        raise StartError(
            f"nothing answers at {' and '.join(silent)}; "
            f"unset {' '.join(silent)}, and the demo starts servers of its own"
        )


@contextmanager
def alone_in(var: Path) -> Iterator[None]:
    """Holds the folder's lock, which the system frees however the demo ends. Raises StartError."""
    var.mkdir(parents=True, exist_ok=True)
    # Not emptied when it is opened: whoever holds the lock has written a number there.
    with (var / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StartError(f"a demo already runs in this checkout (process {_holder(lock)})") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _holder(lock: TextIO) -> str:
    lock.seek(0)
    return lock.read().strip() or "unknown"


@contextmanager
def running_stack(var: Path) -> Iterator[Stack]:
    """A stack with nothing started yet; whatever is started inside is stopped at the end."""
    children = Children(var)
    children.stop_leftovers()
    stack = Stack(var, Memory.load(var / "demo.json"), children)
    try:
        yield stack
    finally:
        # Processes before the servers that they use.
        children.stop()
        stack.stop()
