"""Servers and child processes: they come up, go down, and survive what an earlier demo left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack

import psutil
import psycopg
import pytest
import redis

from demo.memory import Memory
from demo.servers.postgres import Postgres, create_database, stop_server
from demo.servers.processes import Children, StartError, free_port, reserved_port
from demo.servers.redis_server import Redis
from demo.stack import alone_in, database_url, running_stack

SLEEP = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def postgres(tmp_path):
    server = Postgres.under(tmp_path / "pg", durable=False)
    yield server
    server.stop()


def answers(server: Postgres) -> bool:
    with psycopg.connect(server.url("postgres")) as connection:
        return connection.execute("select 1").fetchone() == (1,)


def test_postgres_keeps_its_data_over_a_restart(postgres):
    postgres.start()
    create_database(postgres.url("postgres"), "kept")
    stop_server(postgres.data)
    postgres.start()
    psycopg.connect(postgres.url("kept")).close()


def test_postgres_starts_although_the_last_one_was_killed(postgres):
    postgres.start()
    pid = int((postgres.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    postgres.start()
    assert answers(postgres)


def test_a_pid_file_that_names_another_program_is_no_obstacle(postgres):
    postgres.start()
    stop_server(postgres.data)
    (postgres.data / "postmaster.pid").write_text(f"{os.getpid()}\n{postgres.data}\n")
    postgres.start()
    assert answers(postgres)
    assert psutil.pid_exists(os.getpid())


def test_a_server_left_running_is_replaced(postgres):
    postgres.start()
    left = int((postgres.data / "postmaster.pid").read_text().split()[0])
    postgres.start()
    assert gone(left)
    assert answers(postgres)


def test_redis_answers_only_with_the_password(tmp_path):
    server = Redis(tmp_path / "redis.log")
    server.start()
    try:
        assert redis.Redis.from_url(server.url).ping()
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=server.port).ping()
    finally:
        server.stop()
    assert gone(server.process.pid)


def test_stopping_ends_children_and_their_children(tmp_path):
    children = Children(tmp_path)
    children.start("parent", ["sh", "-c", "sleep 600 & wait"])
    leader = psutil.Process(children.running["parent"].pid)
    while not (offspring := leader.children()):
        pass
    children.stop()
    assert gone(leader.pid)
    assert gone(offspring[0].pid)
    assert not (tmp_path / "running.json").exists()


def test_what_a_killed_demo_left_behind_is_ended_and_nothing_else(tmp_path):
    left = subprocess.Popen(SLEEP, start_new_session=True, stdout=subprocess.DEVNULL)
    other = subprocess.Popen(SLEEP, start_new_session=True, stdout=subprocess.DEVNULL)
    created = psutil.Process(left.pid).create_time()
    # The second id was ours once, says its start time, and belongs to another program by now.
    (tmp_path / "running.json").write_text(json.dumps([[left.pid, created], [other.pid, created - 500]]))
    try:
        assert Children(tmp_path).stop_leftovers() == 1
        assert left.wait() == -signal.SIGTERM
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_child_that_falls_is_noticed(tmp_path):
    children = Children(tmp_path)
    children.start("short", [sys.executable, "-c", "print('bye')"])
    children.running["short"].wait()
    assert children.fallen() == ["short"]
    assert (tmp_path / "log" / "short.log").read_text() == "bye\n"
    children.stop()


def test_a_child_that_does_not_come_up_is_an_error_not_a_wait(tmp_path):
    children = Children(tmp_path)
    children.start("broken", [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(StartError, match="broken stopped while starting"):
        children.wait_for_port("broken", free_port())
    children.stop()


def test_a_port_in_use_is_not_chosen():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert free_port(taken.getsockname()[1]) != taken.getsockname()[1]


def test_two_demos_that_start_at_once_take_different_ports():
    wanted = free_port()
    with ExitStack() as one, ExitStack() as other:
        assert reserved_port(wanted, one) == wanted
        assert reserved_port(wanted, other) != wanted
    with ExitStack() as later:
        assert reserved_port(wanted, later) == wanted


def test_somebody_else_on_the_port_is_not_taken_for_our_child(tmp_path):
    children = Children(tmp_path)
    children.start("silent", SLEEP)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(StartError, match="silent did not answer"):
            children.wait_for_port("silent", other.getsockname()[1], seconds=0.5)
    children.stop()


def test_one_demo_a_checkout(tmp_path):
    with alone_in(tmp_path), pytest.raises(StartError, match=f"process {os.getpid()}"), alone_in(tmp_path):
        pass
    with alone_in(tmp_path):  # the lock is free again
        pass


def test_two_checkouts_run_side_by_side(tmp_path):
    with alone_in(tmp_path / "a"), alone_in(tmp_path / "b"):
        pass


def test_memory_keeps_the_first_date_and_is_readable_by_its_owner_only(tmp_path):
    memory = Memory.load(tmp_path / "demo.json")
    memory.keep(date="2026-01-02")
    assert Memory.load(tmp_path / "demo.json").date.isoformat() == "2026-01-02"
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0


def test_whatever_was_started_is_stopped_when_starting_fails(tmp_path):
    def fail():
        with running_stack(tmp_path) as stack:
            stack.children.start("one", SLEEP)
            pids.append(stack.children.running["one"].pid)
            raise StartError("something else broke")

    pids: list[int] = []
    with pytest.raises(StartError):
        fail()
    assert gone(pids[0])


def test_another_database_of_the_same_server():
    assert database_url("postgresql://u@/dsar?host=/tmp/x", "crm") == "postgresql://u@/crm?host=/tmp/x"
    assert database_url("postgres://u:p@db:5432/dsar", "crm") == "postgres://u:p@db:5432/crm"
