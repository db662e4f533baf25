"""What `make dev` follows."""

import os
import sys
from pathlib import Path

import pytest

from demo import dev
from demo.servers.processes import Children, StartError


@pytest.fixture
def checkout(tmp_path):
    for name in ("cases/law/clock.py", "cases/migrations/0001_initial.py", "templates/desk/queue.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "own/tele").mkdir(parents=True)
    (tmp_path / "own/tele/register.toml").touch()
    return tmp_path


class Desk:
    """A stack of which only the worker is looked at; `fault` is what preparing it says."""

    def __init__(self, folder: Path, fault: str = "") -> None:
        self.children, self.fault, self.steps = Children(folder), fault, list[str]()

    def prepare_desk(self) -> None:
        self.steps.append("prepared")
        if self.fault:
            raise StartError(self.fault)

    def start_worker(self) -> None:
        self.steps.append("worker")
        self.children.start("worker", [sys.executable, "-c", "import time; time.sleep(60)"])


@pytest.fixture
def desk(tmp_path):
    one = Desk(tmp_path / "var")
    yield one
    one.children.stop()


def test_every_kind_of_file_a_worker_is_made_of_is_followed(checkout):
    before = dev.stamps(checkout, checkout / "own")
    assert len(before) == 4
    for path in before:
        os.utime(path, (1, 1))
        after = dev.stamps(checkout, checkout / "own")
        assert {changed for changed, _ in before.items() ^ after.items()} == {path}
        before = after


def test_tables_and_registers_follow_their_own_files_alone(checkout):
    followed = dev.stamps(checkout, checkout / "own")
    assert {path.name for path in followed if dev.prepares(path, checkout / "own")} == {
        "0001_initial.py",
        "register.toml",
    }


def test_a_changed_module_is_a_new_worker(desk, checkout, capsys):
    desk.start_worker()
    first = desk.children.running["worker"]
    dev.take_up(desk, {checkout / "cases/law/clock.py"}, checkout / "own")
    assert first.poll() is not None
    assert desk.children.alive("worker")
    assert desk.steps == ["worker", "worker"]
    assert capsys.readouterr().out == "Taken up: clock.py\n"


def test_a_changed_register_is_loaded_first(desk, checkout):
    assert dev.take_up(desk, {checkout / "own/tele/register.toml"}, checkout / "own")
    assert desk.steps == ["prepared", "worker"]


def test_a_register_at_fault_is_told_and_waits(desk, checkout, capsys):
    desk.fault = "register.toml:1: purposes: missing"
    assert not dev.take_up(desk, {checkout / "own/tele/register.toml"}, checkout / "own")
    assert desk.steps == ["prepared"]
    assert capsys.readouterr().out == "Not taken up yet: register.toml:1: purposes: missing\n"
