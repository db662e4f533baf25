"""Rows that a secret rule can touch and that come back after an erasure: cleared officers hear of them, nobody else."""

import sqlite3
from collections.abc import Callable

import pytest
from django.utils import timezone

from cases.assessment.over_retained import kept_too_long
from cases.execution.carrying_out import execute
from cases.execution.erasure import coming_back
from cases.models import Case, ErasedKeys, Task, User
from cases.orders import extensions
from cases.sources.configured import collection_of
from tests.cases.orders.secrecy_over_time import RETAINED
from tests.operators.by_hand import approve, work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    return TELLING


def test_cleared_officers_alone_hear_of_them(
    crm: sqlite3.Connection, ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    crm.executescript(RETAINED)
    backup = sqlite3.connect(":memory:")
    crm.backup(backup)
    case = approve(work(ask("erasure", "bo@example.com")), staff("caseworker"))
    execute(case.pk)
    [line] = ErasedKeys.objects.filter(case=case, collection="retained")
    assert (line.secret, line.part) == (True, "")
    assert not kept_too_long(case)

    # What was open on the day it was erased is secret by now, confirmed or not.
    later = ErasedKeys.objects.filter(case=case, secret=False)[0]
    extensions.propose(
        case.operator,
        rule_id="SE-LEK-ORDER",
        category=collection_of(case.operator_id, later.source, later.collection).category,
        by=staff("legal"),
    )
    backup.backup(crm)
    ErasedKeys.objects.update(next_ask_at=timezone.now())
    coming_back.ask()
    [turned] = ErasedKeys.objects.filter(case=case, source=later.source, collection=later.collection)
    assert (turned.secret, turned.part, turned.until) == (True, "", later.until)
    assert coming_back._lines(turned) == coming_back._lines(later)[:1], "no key is kept"
    coming_back.ask_cleared()
    assert "retained" in {one.collection for one in kept_too_long(case)}
    told = Task.objects.filter(kind=coming_back.CAME_BACK).values_list("detail", flat=True)
    assert not [detail for detail in told if detail.endswith(("/retained", f"/{later.collection}"))]
