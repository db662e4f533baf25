"""`make bench`: the measurements of `manage.py bench` against servers started for them alone."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from demo.servers.postgres import Postgres, create_database
from demo.servers.redis_server import Redis
from dsar.scratch.desk import keys


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
            **keys(),
        }
        return _measure([sys.executable, "manage.py", "bench", *arguments], environment)
    finally:
        broker.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _measure(command: list[str], environment: dict[str, str]) -> int:
    """Its exit status. Ctrl-C reaches it as well, and it has workers to stop before its servers may go."""
    with subprocess.Popen(command, env=environment) as measuring:
        try:
            return measuring.wait()
        except KeyboardInterrupt:
            return measuring.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
