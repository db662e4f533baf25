"""ClamAV's own daemon, with one signature of our own: what it says of a file is what the desk makes of it."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from cases.papers import scanning
from cases.papers.kinds import MOST_BYTES
from demo.system import executable

pytestmark = [pytest.mark.engines, pytest.mark.clamav]
# Whatever holds these bytes is found, anywhere in the file.
SIGNATURE = "Test.Harmful:0:*:" + b"a harmful thing".hex()
CONFIGURED = """
LocalSocket {folder}/clamd.ctl
DatabaseDirectory {folder}/signatures
Foreground yes
StreamMaxLength 16M
"""


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "signatures").mkdir()
    (tmp_path / "signatures" / "own.ndb").write_text(SIGNATURE + "\n")
    (tmp_path / "clamd.conf").write_text(CONFIGURED.format(folder=tmp_path))
    process = subprocess.Popen([executable("clamd"), "--config-file", str(tmp_path / "clamd.conf")])
    try:
        for _ in range(300):
            if (tmp_path / "clamd.ctl").exists():
                break
            time.sleep(0.1)
        monkeypatch.setattr(settings, "SCANNER", f"unix://{tmp_path}/clamd.ctl")
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_it_is_asked_and_understood(daemon: None) -> None:
    assert scanning.finds([b"%PDF-1.7 ", b"nothing in here"]) == ""
    assert "Test.Harmful" in scanning.finds([b"%PDF-1.7 a harm", b"ful thing in two pieces"])


def test_a_file_of_the_largest_size_is_scanned(daemon: None) -> None:
    assert scanning.finds(b"\xff" * 1_000_000 for _ in range(MOST_BYTES // 1_000_000)) == ""


def test_beyond_its_own_limit_it_could_not_say(daemon: None) -> None:
    with pytest.raises(scanning.ScannerAway, match="size limit"):
        scanning.finds(b"\xff" * 1_000_000 for _ in range(30))
