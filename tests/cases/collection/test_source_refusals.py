"""A source that says why it may not answer, one that says when it can, and a pace that all workers keep together."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from cases.collection.gathering import collect_page
from cases.models import AuditEntry, Case, Run
from cases.sources import pace, retries
from connectors.contract.base import SourceDown, SourceGarbage
from tests.systems.slow_system import CONNECTORS, SlowSystem

pytestmark = pytest.mark.django_db
WORDS = "Kept as evidence in the case against Anna Ek"


@pytest.fixture
def system(describe: Callable[..., object]) -> Iterator[SlowSystem]:
    with SlowSystem() as slow:
        slow.refused = {"/calls/ANNA?page=1&size=2": [WORDS]}
        describe(CONNECTORS, SLOW_URL=slow.url)
        yield slow


@pytest.fixture
def refused(system: SlowSystem, ask: Callable[..., Case], gather: Callable[[Case], Case]) -> Run:
    return gather(ask()).runs.get(collection="calls")


def test_the_caseworker_reads_the_sources_own_reason(
    refused: Run, signed_in: Callable[..., Client], system: SlowSystem
) -> None:
    assert (refused.status, refused.error) == ("failed", "refused: 403")
    assert WORDS in signed_in("caseworker").get(refused.case.get_absolute_url()).content.decode()
    system.refused = {}
    Run.objects.filter(pk=refused.pk).update(status="waiting")
    collect_page(refused.pk)
    assert WORDS not in signed_in("caseworker").get(refused.case.get_absolute_url()).content.decode()


def test_nobody_else_does_and_it_stands_in_no_record(refused: Run, signed_in: Callable[..., Client]) -> None:
    assert WORDS not in signed_in("auditor").get(refused.case.get_absolute_url()).content.decode()
    assert (
        WORDS
        not in signed_in("caseworker").get(reverse("desk:source", args=["tele2-se", "web"])).content.decode()
    )
    assert WORDS not in str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert WORDS.encode() not in bytes(refused.case.source_refusals.get().sealed)


def test_where_rows_can_be_secret_no_reason_is_kept(
    system: SlowSystem,
    describe: Callable[..., object],
    ask: Callable[..., Case],
    gather: Callable[[Case], Case],
) -> None:
    describe(CONNECTORS.replace('category = "usage"', 'category = "retained"'), SLOW_URL=system.url)
    case = gather(ask())
    assert case.runs.get(collection="calls").error == "refused: 403"
    assert not case.source_refusals.exists()


def test_a_source_that_says_when_is_not_asked_before() -> None:
    for said, attempts, least in ((600.0, 1, 600), (1.0, 3, 16), (None, 1, 4), (1e12, 1, 86_400)):
        when = retries.next_try(SourceDown("busy", "429", said), attempts)
        assert when is not None
        assert abs(when - timezone.now() - timedelta(seconds=least)) < timedelta(seconds=1)
    assert retries.next_try(SourceDown("busy", "429", 5.0), retries.MAX_ATTEMPTS) is None
    assert retries.next_try(SourceGarbage("not-json"), 1) is None


def test_whoever_asks_next_waits_until_it_is_time(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        Redis.from_url(settings.REDIS_URL).flushdb()

    monkeypatch.setattr("cases.sources.pace.time.sleep", sleep)
    pace.turn("http://one.test", 0.5)
    pace.turn("http://other.test", 0.5)
    assert waited == []
    pace.turn("http://one.test", 0.5)
    assert len(waited) == 1
    assert 0 < waited[0] <= 2


def test_without_redis_each_process_keeps_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    monkeypatch.setattr("cases.sources.pace._redis", lambda: Redis(port=1, socket_connect_timeout=0.1))
    monkeypatch.setattr("cases.sources.pace.own_turn", lambda _, per_second: asked.append(per_second))
    pace.turn("http://one.test", 4)
    assert asked == [4]
