"""What is not well is named with what to do, to machines, to an administrator and on the server alike."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from redis import Redis as RedisClient

from cases.casework.dispatch import send
from cases.health import checks, key_marks, words
from cases.models import Dispatch, ErrandRun, KeyMark, Operator, OutgoingMail, SourceHealth
from cases.tasks import sweep
from demo.servers.redis_server import Redis

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def looked_at_anew() -> Iterator[None]:
    checks.forget()
    yield
    checks.forget()


def faults() -> dict[str, str]:
    checks.forget()
    return {check.name: check.fault for check in checks.all_checks() if not check.is_well}


@pytest.fixture
def running() -> None:
    """The clock has ticked."""
    sweep.on_success(None, "", (), {})


def test_a_desk_with_everything_is_well(running: None) -> None:
    assert faults() == {}


def test_the_clock_is_silent_until_its_errands_run_to_their_end() -> None:
    assert faults() == {"beat": "silent"}
    sweep.on_success(None, "", (), {})
    assert faults() == {}
    ErrandRun.objects.update(ran_at=timezone.now() - timedelta(minutes=3))
    assert faults() == {"beat": "silent"}


@pytest.fixture
def small_redis(tmp_path: Path, settings: Settings) -> Iterator[RedisClient]:
    """One that takes nothing beyond what it has."""
    server = Redis(tmp_path / "redis.log")
    settings.REDIS_URL = server.url
    server.start()
    with RedisClient.from_url(settings.REDIS_URL) as client:
        yield client
    server.stop()


def test_a_full_redis_is_told_and_well_again_when_there_is_room(
    running: None, small_redis: RedisClient, client: Client
) -> None:
    small_redis.config_set("maxmemory", 1)
    assert faults() == {"redis": "full"}
    assert client.get("/readyz").status_code == 503
    small_redis.config_set("maxmemory", 0)
    assert faults() == {}
    assert client.get("/readyz").status_code == 200


def test_a_redis_that_is_away_is_told(running: None, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert faults() == {"redis": "away"}


def test_a_vault_that_cannot_be_written_is_told_with_the_number_of_the_error(
    running: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    # A disk cannot be filled here without filling the machine's.
    monkeypatch.setattr("cases.sealed.vault.write", full)
    (check,) = [each for each in checks.needs() if not each.is_well]
    assert (check.fault, check.detail) == ("full", "ENOSPC")
    assert words.said(check).startswith("The vault's disk is full.")


def test_a_mail_server_that_is_away_is_told(running: None, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert faults() == {"mail": "away"}


def test_what_waits_for_long_is_told(running: None, operator: Operator) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    send("cases.tasks.collect", 1)
    Dispatch.objects.update(sent_at=long_ago)
    OutgoingMail.objects.create(operator=operator, kind="link", sealed=b"x")
    OutgoingMail.objects.update(created_at=long_ago)
    SourceHealth.objects.create(
        operator=operator, source="crm", checked_at=long_ago, failing_since=long_ago, error="away"
    )
    assert faults() == {"workers": "behind", "mails": "stuck", "sources": "failing"}


# Another key.


def test_another_key_than_the_one_the_desk_was_begun_with_is_named(running: None, settings: Settings) -> None:
    key_marks.remember()
    assert faults() == {}
    settings.INDEX_KEY = "ab" * 32
    assert key_marks.foreign() == ["DSAR_INDEX_KEY"]
    key_marks.remember()
    assert faults() == {"keys": "foreign"}
    with pytest.raises(SystemExit, match="DSAR_INDEX_KEY: not the key that this desk was begun with"):
        key_marks.refuse_foreign()


def test_a_mark_opens_nothing(settings: Settings) -> None:
    key_marks.remember()
    marks = list(KeyMark.objects.values_list("mark", flat=True))
    assert len(marks) == 3
    for secret in (settings.MASTER_KEY, settings.INDEX_KEY, settings.ANCHOR_KEY):
        assert not any(secret in mark for mark in marks)


# The same to all who ask.


def test_every_fault_has_its_sentence() -> None:
    assert {name for name, _fault in words.FAULTS} == set(words.NAMES)


def test_the_server_and_the_page_say_the_same(
    operator: Operator, signed_in: Callable[..., Client], settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    told = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", stdout=told)
    assert ended.value.code == 1
    assert "NOT  Redis\n     Redis does not answer." in told.getvalue()
    page = signed_in("admin").get("/desk/health/", headers={"Accept-Language": "en"}).content.decode()
    assert "Redis does not answer." in page
    assert signed_in("caseworker").get("/desk/health/").status_code == 403
