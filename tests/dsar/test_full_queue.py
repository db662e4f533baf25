"""A Redis that takes nothing more stops the work, and ends no worker."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from redis import Redis as RedisClient

import dsar.celery  # noqa: F401 - what it says of Redis holds for every worker of this process
from demo.servers.redis_server import Redis


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[RedisClient]:
    server = Redis(tmp_path / "redis.log")
    server.start()
    with RedisClient.from_url(server.url) as client:
        client.url = server.url  # type: ignore[attr-defined]
        yield client
    server.stop()


def until(happened: Callable[[], object]) -> None:
    for _ in range(300):
        if happened():
            return
        time.sleep(0.1)
    pytest.fail("it did not happen within thirty seconds")


def test_a_worker_outlasts_a_full_redis_and_goes_on_when_there_is_room(queue: RedisClient) -> None:
    app = Celery("small", broker=queue.url, set_as_current=False)  # type: ignore[attr-defined]
    app.conf.update(task_acks_late=True, worker_prefetch_multiplier=1)
    did, may_end = list[int](), threading.Event()

    @app.task(name="work")
    def work(number: int) -> None:
        did.append(number)
        assert may_end.wait(30)

    with start_worker(app, pool="solo", perform_ping_check=False, loglevel="CRITICAL") as worker:
        work.delay(1)
        until(lambda: did == [1])
        work.delay(2)
        queue.config_set("maxmemory", 1)
        may_end.set()
        # It takes the second one and can't note that it has it.
        until(lambda: queue.info("errorstats").get("errorstat_OOM"))
        queue.config_set("maxmemory", 0)
        work.delay(3)
        until(lambda: 3 in did)
        assert worker.stats()["total"]["work"] >= 2
