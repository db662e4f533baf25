"""Which Redis the demo and the tests start."""

import subprocess

import pytest

from demo.servers import redis_server
from demo.servers.processes import StartError
from demo.servers.redis_server import Redis, answers, executable


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """A machine with no server of its own on the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_the_machines_own_comes_first(bare_machine, name):
    own = bare_machine / name
    own.touch(mode=0o755)
    assert executable() == str(own)


def test_else_the_one_that_a_wheel_carries(bare_machine):
    said = subprocess.run([executable(), "--version"], capture_output=True, text=True, check=True)
    assert "Valkey server v=" in said.stdout


def test_it_keeps_its_password(bare_machine):
    server = Redis(bare_machine / "redis.log")
    server.start()
    try:
        assert answers(server.url)
        assert not answers(server.url.replace(server.password, "another"))
    finally:
        server.stop()


def test_neither_is_told_in_one_sentence(bare_machine, monkeypatch):
    monkeypatch.setattr(redis_server, "CARRIER", "not-installed-anywhere")
    with pytest.raises(
        StartError, match="neither redis-server nor valkey-server is on the PATH, nor is not-installed"
    ):
        executable()
