"""Servers that the environment names for the demo."""

import pytest

from demo.servers.processes import StartError
from demo.stack import refuse_absent

GONE = {"DATABASE_URL": "postgresql://postgres@/dsar?host=/none", "REDIS_URL": "redis://127.0.0.1:1/0"}


def test_servers_of_a_demo_that_was_stopped_are_told_in_one_line(monkeypatch):
    for name, url in GONE.items():
        monkeypatch.setenv(name, url)
    with pytest.raises(StartError) as caught:
        refuse_absent()
    assert str(caught.value) == (
        "nothing answers at DATABASE_URL and REDIS_URL; "
        "unset DATABASE_URL REDIS_URL, and the demo starts servers of its own"
    )


@pytest.mark.parametrize("gone", GONE)
def test_only_the_one_that_is_silent_is_named(servers, monkeypatch, gone):
    monkeypatch.setenv(gone, GONE[gone])
    with pytest.raises(StartError, match=f"nothing answers at {gone}; unset {gone},"):
        refuse_absent()


def test_servers_that_answer_are_taken(servers):
    refuse_absent()


def test_none_need_be_named(monkeypatch):
    for name in GONE:
        monkeypatch.delenv(name, raising=False)
    refuse_absent()
