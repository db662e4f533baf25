"""What the desk tells of itself in Prometheus's format, read from the database when asked: a worker may be dead.

Labels are operators, stages, tasks and sources. None tells of an order, nor does a count: what is counted is the
same with a secret order as without.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import Count
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from cases.casework import standstill
from cases.casework.record import anchoring
from cases.health import waiting
from cases.models import ErrandRun, Run, SourceHealth
from cases.sealed import vault


class Figures(Collector):
    """Gauges alone: counters of requests are the web server's own."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from _cases()
        yield from _work()
        yield from _sources()
        if (since := anchoring.age()) is not None:
            yield _gauge(
                "anchor_age_seconds",
                "Age of the oldest last checkpoint of the record",
                [((), since.total_seconds())],
            )
        if (free := vault.room()) is not None:
            yield _gauge("vault_free_bytes", "Room on the vault's disk", [((), free)])
        yield _gauge("held_back", "1 while a restored desk waits for its release", [((), standstill.is_on())])


def text() -> bytes:
    registry = CollectorRegistry()
    registry.register(Figures())
    return generate_latest(registry)


def _cases() -> Iterator[GaugeMetricFamily]:
    stages = list(waiting.stages())
    by = ("operator", "stage")
    yield _gauge("cases_open", "Open cases", [((each[0], each[1]), each[2]) for each in stages], by)
    yield _gauge(
        "case_longest_seconds",
        "How long the case that stands there for longest has stood in its stage",
        [((each[0], each[1]), _age(each[3])) for each in stages],
        by,
    )
    found = list(waiting.deadlines())
    for name, told, counts in (
        ("overdue", "Open cases whose day is past", [each[1] for each in found]),
        ("soon", "Open cases that are due within three days", [each[2] for each in found]),
        (
            "act_by_missed",
            "Open cases of which something had to stop and has not",
            [each[3] for each in found],
        ),
    ):
        values = [((each[0],), count) for each, count in zip(found, counts, strict=True)]
        yield _gauge(f"cases_{name}", told, values, ("operator",))


def _work() -> Iterator[GaugeMetricFamily]:
    messages = list(waiting.messages())
    yield _gauge(
        "messages",
        "Messages that no worker took yet",
        [((each[0],), each[1]) for each in messages],
        ("task",),
    )
    yield _gauge(
        "message_longest_seconds",
        "How long the oldest of them has waited",
        [((each[0],), _age(each[2])) for each in messages],
        ("task",),
    )
    unsent, refused = waiting.mails()
    yield _gauge("mails_waiting", "Mails that wait to be sent", [((), unsent)])
    yield _gauge("mails_refused", "Mails that were given up on within a day", [((), refused)])
    errands = ErrandRun.objects.order_by("task").values_list("task", "ran_at")
    yield _gauge(
        "errand_age_seconds",
        "How long ago an errand of the clock last ran to its end",
        [((task,), _age(ran_at)) for task, ran_at in errands],
        ("task",),
    )


def _sources() -> Iterator[GaugeMetricFamily]:
    by = ("operator", "source")
    health = list(SourceHealth.objects.order_by("operator", "source"))
    yield _gauge(
        "source_failing",
        "1 where the last check failed",
        [((each.operator_id, each.source), bool(each.error)) for each in health],
        by,
    )
    yield _gauge(
        "source_check_age_seconds",
        "How long ago it was checked",
        [((each.operator_id, each.source), _age(each.checked_at)) for each in health],
        by,
    )
    runs = Run.objects.filter(case__stage__in=waiting.OPEN).values_list("case__operator", "source", "status")
    yield _gauge(
        "source_runs",
        "Collections of open cases, by how far they are",
        [
            (tuple(each[:3]), each[3])
            for each in runs.order_by("case__operator", "source", "status").annotate(count=Count("pk"))
        ],
        (*by, "status"),
    )


def _gauge(
    name: str, told: str, values: Iterable[tuple[tuple[str, ...], float]], labels: tuple[str, ...] = ()
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"dsar_{name}", told, labels=labels)
    for of, value in values:
        family.add_metric(of, float(value))
    return family


def _age(moment: datetime) -> float:
    return round((timezone.now() - moment).total_seconds())
