"""A cluster with a migrated database in it, kept from run to run: a single test need not wait for every migration.

The copy lies in the system's temporary folder, under a hash of what makes it: the migrations of all apps, the
settings and PostgreSQL. Nothing a test wrote is ever in it; removing it costs one slow start.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from django.apps import apps

from demo.servers.postgres import BINARIES, Postgres, create_database, stop_server

TEMPLATE = "dsar_migrated"
KEPT = 8
ROOT = Path(__file__).parents[1]


def start_migrated(server: Postgres) -> None:
    """Starts the server; its database TEMPLATE has every migration and no row of a test."""
    kept = room() / _fingerprint()
    if not kept.exists():
        _make(server, kept)
    else:
        os.utime(kept)
        _copy(kept, server.data)
    server.start()


def _make(server: Postgres, kept: Path) -> None:
    server.start()
    create_database(server.url("postgres"), TEMPLATE)
    subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": server.url(TEMPLATE)},
        check=True,
    )
    stop_server(server.data)
    being_made = Path(tempfile.mkdtemp(dir=kept.parent))
    _copy(server.data, being_made / "data")
    # In one step, so that a run beside this one finds the whole or nothing; whoever was first stays.
    with suppress(OSError):
        (being_made / "data").rename(kept)
    shutil.rmtree(being_made, ignore_errors=True)
    for old in sorted(kept.parent.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _copy(origin: Path, to: Path) -> None:
    # PostgreSQL starts on files of its own account alone, which shutil does not carry over.
    subprocess.run(["cp", "-a", "--reflink=auto", origin, to], check=True)


def room() -> Path:
    """Where the copies lie."""
    found = Path(tempfile.gettempdir()) / f"dsar-migrated-{os.getuid()}"
    found.mkdir(mode=0o711, exist_ok=True)
    if found.stat().st_uid != os.getuid():
        raise PermissionError(f"{found} belongs to somebody else; remove it")
    return found


def _fingerprint() -> str:
    found = hashlib.sha256(f"{BINARIES}".encode())
    places = [Path(app.path) / "migrations" for app in apps.get_app_configs()]
    for path in [ROOT / "dsar/settings.py", *sorted(one for place in places for one in place.glob("*.py"))]:
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:24]
