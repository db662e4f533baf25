"""Ends what a test run started, however the run itself ended: also by SIGKILL.

    watched(folder)

A process of its own that waits until the pipe from whoever began closes. Then it ends every process that works in the
folder or writes its output there, and removes it. Run as a script it needs nothing but the standard library.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


def watched(folder: Path) -> subprocess.Popen[bytes]:
    """Starts the watchman; the system closes its stdin when this process ends, however it does."""
    return subprocess.Popen(
        [sys.executable, "-S", "-E", __file__, str(folder)], stdin=subprocess.PIPE, start_new_session=True
    )


def inside(folder: str) -> list[int]:
    """Processes at home in the folder. Their environment would not tell: servers write their titles over it."""
    return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit() and _lives_in(one, folder)]


def _lives_in(process: Path, folder: str) -> bool:
    for link in (process / "cwd", process / "fd/1", process / "fd/2"):
        with suppress(OSError):
            if f"{link.readlink()}/".startswith(f"{folder}/"):
                return True
    return False


def main(folder: str) -> None:
    for sign in (signal.SIGINT, signal.SIGTERM):  # Ctrl-C is for whoever began
        signal.signal(sign, signal.SIG_IGN)
    sys.stdin.buffer.read()
    end = time.monotonic() + 20
    while (left := inside(folder)) and time.monotonic() < end:
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1])
