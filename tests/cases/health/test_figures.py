"""What Prometheus is told: counts and ages of what is open, and of nobody."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import yaml
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from cases.casework.dispatch import send
from cases.health import figures
from cases.health.waiting import SWEEP
from cases.models import Anchoring, Case, Dispatch, ErrandRun, Operator, OutgoingMail, SourceHealth
from cases.tasks import sweep

pytestmark = pytest.mark.django_db


def told() -> dict[tuple[str, ...], float]:
    """Each figure by its name and the values of its labels."""
    families = text_string_to_metric_families(figures.text().decode())
    return {
        (sample.name.removeprefix("dsar_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_cases_by_stage_with_their_days(ask: Callable[..., Case]) -> None:
    today = timezone.localdate()
    case, other = ask("access"), ask("marketing-objection")
    Case.objects.filter(pk=case.pk).update(
        received_on=today - timedelta(days=40), due_on=today - timedelta(days=1)
    )
    Case.objects.filter(pk=other.pk).update(act_by=today - timedelta(days=1), interim_at=None)
    found = told()
    assert found["cases_open", "tele2-se", case.stage] >= 1
    assert found["cases_overdue", "tele2-se"] == 1
    assert found["cases_act_by_missed", "tele2-se"] == 1
    Case.objects.filter(pk=case.pk).update(stage_since=timezone.now() - timedelta(days=2))
    case.refresh_from_db()
    assert told()["case_longest_seconds", "tele2-se", case.stage] >= 2 * 86_400


def test_closed_cases_are_neither_counted_nor_read(ask: Callable[..., Case]) -> None:
    case = ask("access")
    Case.objects.filter(pk=case.pk).update(stage="closed", outcome="withdrawn", closed_at=timezone.now())
    assert not [name for name in told() if name[0] == "cases_open"]


def test_messages_and_mails_that_wait(ask: Callable[..., Case]) -> None:
    before = told()["mails_waiting",]
    case = ask("access")
    Dispatch.objects.all().delete()
    send("cases.tasks.collect", case.pk)
    Dispatch.objects.update(sent_at=timezone.now() - timedelta(minutes=5))
    found = told()
    assert found["messages", "cases.tasks.collect"] == 1
    assert found["message_longest_seconds", "cases.tasks.collect"] >= 300
    assert found["mails_waiting",] > before
    OutgoingMail.objects.filter(sent_at=None).update(failed_at=timezone.now())
    assert told()["mails_waiting",] == 0
    assert told()["mails_refused",] > 0


def test_the_clock_s_errands() -> None:
    sweep.on_success(None, "", (), {})
    ErrandRun.objects.update(ran_at=timezone.now() - timedelta(minutes=1))
    assert told()["errand_age_seconds", "cases.tasks.sweep"] == 60


def test_it_asks_as_many_questions_whatever_there_is(ask: Callable[..., Case]) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            figures.text()
        return len(asked)

    none = queries()
    ask("access"), ask("erasure")
    assert queries() == none <= 12


def test_every_alert_is_about_a_figure_that_is_told(operator: Operator, ask: Callable[..., Case]) -> None:
    """The rules in docs/alerts.yml, name by name and label by label."""
    ask("access")
    send("cases.tasks.collect", 1)
    ErrandRun.objects.create(task=SWEEP, ran_at=timezone.now())
    SourceHealth.objects.create(operator=operator, source="crm", checked_at=timezone.now())
    Anchoring.objects.create(operator=operator, slot=timezone.now())
    families = text_string_to_metric_families(figures.text().decode())
    there = {sample.name: set(sample.labels) for family in families for sample in family.samples}
    (group,) = yaml.safe_load((settings.BASE_DIR / "docs" / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]:
        names = re.findall(r"\bdsar_\w+", rule["expr"])
        assert there.keys() >= set(names), rule["alert"]
        by = {label for labels in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in labels.split(", ")}
        said = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"])) - {"instance"}
        assert said <= by <= set().union(*(there[name] for name in names)), rule["alert"]


def test_the_room_of_the_vault_shows_no_single_file(db: None) -> None:
    """Those that only secret orders have would show in it."""
    assert told()["vault_free_bytes",] % 100_000_000 == 0
