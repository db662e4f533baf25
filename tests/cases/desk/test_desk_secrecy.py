"""What lies under secrecy changes no byte of what others see; cleared officers find it in a part of its own."""

import re
from collections.abc import Callable
from datetime import date

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from cases.casework import audit
from cases.models import Case, Finding, Operator, ScheduledErasure, User
from cases.models.secrecy import Kind
from cases.rows import chunks
from cases.sealed import secrets
from tests.operators.placed import answered
from tests.operators.sealed import registered

pytestmark = pytest.mark.django_db

CHANGING = re.compile(r'(csrfmiddlewaretoken" value="|x-csrftoken": ")[^"]+')
OTHERS = [("caseworker",), ("approver",), ("legal",), ("auditor",), ("caseworker", "legal", "approver")]


def pages(client: Client, case: Case) -> dict[str, str]:
    """Everything the desk shows this member of the case and around it."""
    run = case.runs.get(category="retained")
    paths = [
        case.get_absolute_url(),
        reverse("desk:progress", args=[case.reference]) + f"?stage={case.stage}&done=5",
        reverse("desk:rows", args=[case.reference, run.pk]),
        reverse("desk:queue"),
        reverse("desk:tasks"),
        reverse("desk:orders"),
        reverse("desk:audit"),
        reverse("exports:cleared-annex", args=[case.reference]),
    ]
    return {path: CHANGING.sub("", client.get(path).content.decode()) for path in paths}


def keep_secrets(case: Case, by: User) -> None:
    """An order, rows, findings, a schedule and a record that only cleared officers may know of."""
    order = registered(
        case.operator, rule="SE-LEK-ORDER", court="Solna tingsrätt", court_case="B 77-26",
        identifier_kind="msisdn", identifier_digest=case.identifiers.get(kind="msisdn").digest, registered_by=by,
        decided_on=date(2026, 11, 1), days=30,
    )  # fmt: skip
    run = case.runs.get(category="retained")
    chunks.keep(run, [orjson.dumps({"id": 99, "note": "SECRET"})], secret=True)
    finding = Finding(run=run, view="cleared", verdict="withhold", rule="SE-LEK-ORDER", rows=41)
    secrets.keep(Kind.FINDING, case.operator_id, str(case.pk), finding)
    entry = ScheduledErasure(
        case=case, source="network", collection="retained", rule="SE-LEK-ORDER", secret=True, name="x", rows=1
    )
    secrets.keep(Kind.ERASURE, case.operator_id, str(case.pk), entry)
    audit.record(case, "order.registered", by=by, stream="cleared", order=order.pk)


@pytest.mark.parametrize("roles", OTHERS, ids="-".join)
@pytest.mark.parametrize("stage", ["decisions", "approval"])
def test_no_byte_differs_for_others(
    stage: str,
    roles: tuple[str, ...],
    review_case: Case,
    signed_in: Callable[..., Client],
    staff: Callable[..., User],
) -> None:
    if stage == "approval":
        answered(review_case, staff("caseworker", name="sam"))
    officer, client = staff("cleared"), signed_in(*roles)
    before = pages(client, review_case)
    keep_secrets(review_case, officer)
    assert pages(client, review_case) == before


def test_cleared_officers_see_the_other_view(
    review_case: Case, signed_in: Callable[..., Client], staff: Callable[..., User]
) -> None:
    keep_secrets(review_case, staff("cleared"))
    page = signed_in("cleared").get(review_case.get_absolute_url()).content.decode()
    assert 'id="cleared"' in page
    assert ">41<" in page


@pytest.mark.parametrize("name", ["exports:cleared", "exports:cleared-annex"])
@pytest.mark.parametrize("roles", OTHERS, ids="-".join)
def test_the_cleared_part_is_closed_to_others(
    roles: tuple[str, ...], name: str, review_case: Case, signed_in: Callable[..., Client]
) -> None:
    client = signed_in(*roles)
    url = reverse(name, args=[review_case.reference])
    assert client.get(url).status_code in {403, 405}
    assert client.post(url).status_code in {403, 405}
    assert 'id="cleared"' not in client.get(review_case.get_absolute_url()).content.decode()


def test_at_another_operator_clearance_is_worth_nothing(
    review_case: Case, other_operator: Operator, signed_in: Callable[..., Client]
) -> None:
    client = signed_in("cleared", at=other_operator)
    assert client.get(review_case.get_absolute_url()).status_code == 404
    assert client.post(reverse("exports:cleared", args=[review_case.reference])).status_code == 404
