"""What is secret exists for cleared officers only: everybody else sees the same with it and without it."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from difflib import unified_diff

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from cases.assessment.deciding import open_decisions
from cases.casework import audit
from cases.casework.workflow import Refusal
from cases.execution.recipients import notices
from cases.models import AuditEntry, Case, Finding
from cases.orders.cleared import assess_cleared, hidden
from cases.orders.court_orders import register_order
from exports.answer.snapshot import facts_of
from exports.letter import content
from exports.notices import annex
from tests.operators.line import Staff, answered, decide, finish, said, work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]
OPEN = """
    INSERT INTO retained VALUES (1, 'C2', '', '2026-10-01 10:00:00', NULL), (2, 'C2', '', '2026-11-01 10:00:00', NULL);
    INSERT INTO disclosure VALUES (1, 'C2', '', '2026-06-01', 'Meta', 'C2');
"""
SECRET = """
    INSERT INTO retained VALUES (8, 'C2', 'targeted', '2026-11-02 10:00:00', 'A-9');
    INSERT INTO retained VALUES (9, 'C2', 'targeted', '2026-11-03 10:00:00', 'A-9');
    INSERT INTO disclosure VALUES (9, 'C2', 'authority', '2026-07-01', 'Polisen', 'C2');
"""
LATER = """
    INSERT INTO retained VALUES (21, 'C2', '', '2026-11-04 10:00:00', NULL);
    INSERT INTO note VALUES (9, 'C2', '2019-06-01', 'Wrote again.');
"""
SECRET_LATER = "INSERT INTO retained VALUES (22, 'C2', 'targeted', '2026-11-05 10:00:00', 'A-9');"


@pytest.fixture
def scene() -> Scene:
    return TELLING


def preserve(case: Case, staff: Staff) -> None:
    """A secret order that keeps everything of Bo's that its rule reaches."""
    register_order(
        case.operator, by=staff("cleared"), rule="SE-LEK-ORDER", kind="customer_no", value="C2", court="Polisen",
        court_case="K 1-26", decided_on=timezone.localdate() - timedelta(days=3), days=90,
    )  # fmt: skip


def plain(text: str, case: Case) -> str:
    """Without what differs from one case to the next: references, ids, tokens, the time of day."""
    text = text.replace(case.reference, "REF")
    text = re.sub(r"\b[A-Za-z0-9]{64}\b|nonce=\"[^\"]+\"", "", text)
    text = re.sub(r"\d\d:\d\d(:\d\d)?(\.\d+)?", "TIME", text)
    text = re.sub(r"(/|-|id=\"|\b[0-9a-f]{8}-)\d+(/|\")", r"\1N\2", text)
    return re.sub(
        r"[0-9a-f]{64}|\b[0-9a-f]{10,12}\b|[0-9a-f]{8}-[0-9a-f-]{27}|\b\d[\d,.]*\s(KB|MB|kB|bytes)",
        "HASH",
        text,
    )


def seen(case: Case, staff: Staff, token: str) -> dict[str, str]:
    """Everything that somebody without clearance can look at."""
    found = {}
    for role in ("caseworker", "approver", "legal", "auditor"):
        client = Client()
        client.force_login(staff(role))
        for page in (
            case.get_absolute_url(),
            "/desk/",
            "/desk/orders/",
            "/desk/tasks/",
            "/desk/audit/",
            "/desk/sources/",
        ):
            answer = client.get(page)
            found[f"{role} {page.replace(case.reference, 'REF')}"] = (
                f"{answer.status_code} {answer.content.decode()}"
            )
    api = APIClient(headers={"Authorization": f"Token {token}"})
    found["api"] = api.get(f"/api/cases/{case.reference}/").content.decode()
    facts = facts_of(case)
    if not open_decisions(case):
        found["letter"] = said(answered(facts))
    if facts.executions:
        found["receipt"] = said(content.receipt(facts))
    found["audit"] = json.dumps(
        [[e.number, e.action, e.actor, e.data] for e in AuditEntry.objects.filter(stream="open")]
    )
    found["later"] = str(list(case.later_rows.values_list("collection", "rows", "first_on")))
    found["told"] = str([(n.recipient, n.channel) for n in notices.notices_of(case)])
    found["schedule"] = str(
        list(case.scheduled.order_by("rule", "until").values_list("collection", "rule", "until", "rows"))
    )
    return {name: plain(text, case) for name, text in found.items()}


@pytest.fixture
def world(
    ask: Ask, staff: Staff, crm: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[dict[str, str]]]:
    """world("access", secret=True) works one case to its end and returns what was seen of it on the way."""
    for role in ("caseworker", "approver", "legal", "auditor", "cleared"):
        staff(role)
    crm.executescript(OPEN)

    capsys.readouterr()
    call_command("api_token", "portal", operator=["tele2-se"])
    token = capsys.readouterr().out.strip()
    before = sqlite3.connect(":memory:")
    crm.backup(before)

    def run(right: str, *, secret: bool) -> list[dict[str, str]]:
        before.backup(crm)
        crm.executescript(SECRET if secret else "")
        with transaction.atomic():
            views = list(lived(ask(right, "bo@example.com"), staff, token, crm, secret=secret))
            # The next world begins where this one began.
            transaction.set_rollback(True)
        return views

    return run


def lived(
    case: Case, staff: Staff, token: str, crm: sqlite3.Connection, *, secret: bool
) -> Iterator[dict[str, str]]:
    if secret:
        preserve(case, staff)
    work(case)
    if secret:
        assess_cleared(case, by=staff("cleared"))
    yield seen(case, staff, token)
    decide(case, staff("caseworker"))
    crm.executescript(LATER + (SECRET_LATER if secret else ""))
    finish(case, staff)
    yield seen(case, staff, token)


@pytest.mark.pango
@pytest.mark.parametrize("right", ["access", "erasure", "restriction"])
def test_everybody_else_sees_the_same(world: Callable[..., list[dict[str, str]]], right: str) -> None:
    without = world(right, secret=False)
    with_secrets = world(right, secret=True)
    assert ("note" in without[-1]["later"]) is (right == "erasure")
    for once, again in zip(without, with_secrets, strict=True):
        assert once.keys() == again.keys()
        differing = {name: _difference(once[name], again[name]) for name in once if once[name] != again[name]}
        assert not differing


def _difference(one: str, other: str) -> list[str]:
    return list(unified_diff(one.split("\n"), other.split("\n"), n=0, lineterm=""))[3:9]


@pytest.fixture
def held(ask: Ask, staff: Staff, crm: sqlite3.Connection) -> Case:
    """Bo's erasure, with secret rows and a secret order about him."""
    crm.executescript(OPEN + SECRET)
    case = ask("erasure", "bo@example.com")
    preserve(case, staff)
    return work(case)


def test_cleared_officers_see_every_row_once(held: Case, staff: Staff) -> None:
    assert assess_cleared(held, by=staff("cleared")) == assess_cleared(held, by=staff("cleared"))
    rows = {
        view: sum(Finding.objects.filter(run__case=held, view=view).values_list("rows", flat=True))
        for view in ("open", "cleared")
    }
    assert rows["cleared"] == rows["open"] + 3
    kept = Finding.objects.filter(run__case=held, view="cleared", rule="SE-LEK-ORDER")
    assert {finding.run.collection for finding in kept} == {"retained"}


def test_the_annex_lists_secret_rows_their_rule_and_their_last_day(held: Case, staff: Staff) -> None:
    until = timezone.localdate() + timedelta(days=87)
    found = {(one.collection, one.kind): one for one in hidden(held, by=staff("cleared"))}
    assert found["retained", "targeted"].rows == 2
    assert found["disclosure", "authority"].rows == 1
    assert (found["retained", ""].rule, found["retained", ""].until) == ("SE-LEK-ORDER", until)
    assert ("customer", "") not in found
    text = said(annex.annex(held, language="en", by=staff("cleared")))
    assert "targeted" in text
    assert "K 1-26" in text


@pytest.mark.pango
def test_reading_it_stands_in_the_cleared_stream_alone(held: Case, staff: Staff) -> None:
    count = AuditEntry.objects.filter(stream="open").count()
    assess_cleared(held, by=staff("cleared"))
    annex.read_annex(held, language="sv", by=staff("cleared"))
    assert AuditEntry.objects.filter(stream="open").count() == count
    actions = AuditEntry.objects.filter(stream="cleared", case=held.reference).values_list(
        "action", flat=True
    )
    assert list(actions) == ["cleared.assessed", "cleared.annex-read"]
    assert "cleared" not in {entry.stream for entry in audit.timeline(held)}


@pytest.mark.parametrize("role", ["caseworker", "approver", "legal", "auditor", "admin"])
def test_nobody_else_gets_at_it(held: Case, staff: Staff, role: str) -> None:
    for look in (assess_cleared, hidden):
        with pytest.raises(PermissionDenied):
            look(held, by=staff(role))
    client = Client()
    client.force_login(staff(role))
    assert client.get(f"/desk/cases/{held.reference}/cleared/annex/").status_code in (403, 404)
    assert client.post(f"/desk/cases/{held.reference}/cleared/").status_code in (403, 404)


def test_there_is_nothing_to_judge_before_anything_is_gathered(ask: Ask, staff: Staff) -> None:
    with pytest.raises(Refusal, match="wrong-stage"):
        assess_cleared(ask("erasure"), by=staff("cleared"))


def test_numbers_of_orders_tell_of_no_others(ask: Ask, staff: Staff) -> None:
    case = ask("erasure")
    preserve(case, staff)
    preserve(case, staff)
    first, second = case.operator.orders.values_list("pk", flat=True)
    assert abs(first - second) > 1
