"""`make bench`: the measurements of `manage.py bench` against servers started for them alone."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pyrage import x25519

from demo.postgres import Postgres, create_database
from demo.redis_server import Redis


def main(arguments: list[str]) -> int:
    folder = Path(tempfile.mkdtemp(prefix="dsar-bench-servers-"))
    postgres, broker = Postgres.under(folder / "pg"), Redis(folder / "redis.log")
    try:
        postgres.start()
        broker.start()
        create_database(postgres.url("postgres"), "dsar")
        environment = os.environ | {
            "DATABASE_URL": postgres.url("dsar"),
            "REDIS_URL": broker.url,
            "DSAR_SECRET_KEY": secrets.token_hex(32),
            "DSAR_INDEX_KEY": secrets.token_hex(32),
            "DSAR_MASTER_KEY": str(x25519.Identity.generate()),
        }
        command = [sys.executable, "manage.py", "bench", *arguments]
        return subprocess.run(command, env=environment, check=False).returncode
    finally:
        broker.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
