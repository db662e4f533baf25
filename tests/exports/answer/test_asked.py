"""What a package says of every source that was asked, and that it says the same with a secret order and without."""

import io
import sqlite3
from collections.abc import Callable
from datetime import date

import orjson
import pytest

from cases.assessment import assessing
from cases.casework import case_clock
from cases.casework.signing import keys
from cases.models import Case, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from exports.answer.asked import asked
from exports.answer.snapshot import facts_of
from exports.answer.writing import write_files
from exports.models import Answer
from exports.package import verify
from tests.operators.by_hand import decide, work
from tests.operators.scenes import SMALL, Scene
from tests.operators.sealed import registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    """Calls are traffic, which secret rules can touch."""
    return Scene(SMALL.connectors.replace('category = "usage"', 'category = "traffic"'), SMALL.tables)


def said(case: Case) -> dict[str, dict[str, object]]:
    """By collection, without its names."""
    names = ("source", "collection", "category", "name")
    places = orjson.loads(orjson.dumps(list(asked(case, facts_of(case)))))
    return {one["collection"]: {k: v for k, v in one.items() if k not in names} for one in places}


def test_each_source_that_was_asked_is_told(
    ask: Callable[..., Case], crm: sqlite3.Connection, staff: Callable[..., User]
) -> None:
    crm.execute("DELETE FROM invoice WHERE customer_no = 'C1'")
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    assert said(case) == {
        "customer": {"state": "searched", "found": 1, "given": 1, "withheld": [], "file": "data/contact-crm-customer"},
        "subscription": {
            "state": "searched", "found": 1, "given": 1, "withheld": [], "file": "data/account-crm-subscription",
        },
        "invoice": {"state": "nothing-held"},
        "calls": {"state": "general", "given": 2, "file": "data/traffic-crm-calls"},
    }  # fmt: skip
    decision = case.decisions.get(subject="contact")
    decision.outcome, decision.status, decision.reason = "withhold", "overridden", "Another's."
    decision.save()
    held = {
        "state": "searched",
        "found": 1,
        "given": 0,
        "withheld": [{"rows": 1, "verdict": "withhold", "rule": ""}],
    }
    assert said(Case.objects.get(pk=case.pk))["customer"] == held


def test_an_erasure_tells_under_which_rule_rows_stay_and_nothing_of_what_a_secret_rule_can_touch(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    told = said(case)
    assert told["invoice"]["decided"] == [{"rows": 1, "verdict": "keep", "rule": "SE-BFL"}]
    assert told["calls"] == {"state": "general"}


@pytest.mark.pango
@pytest.mark.parametrize("right", ["access", "erasure"])
def test_the_package_is_the_same_to_the_byte_with_a_secret_order_and_without_and_proven(
    ask: Callable[..., Case], staff: Callable[..., User], right: str
) -> None:
    case, by = work(ask(right)), staff("caseworker")
    decide(case, by)

    def written(version: int) -> Answer:
        answer = Answer(case=Case.objects.get(pk=case.pk), version=version, prepared_by=by)
        write_files(answer.case, answer)
        return answer

    before = written(1)
    one = case.identifiers.get(kind="msisdn")
    registered(
        case.operator, rule="SE-LEK-ORDER", court="Solna tingsrätt", court_case="B 77-26",
        identifier_kind=one.kind, identifier_digest=one.digest, registered_by=staff("cleared"),
        decided_on=case_clock.today(case), days=30,
    )  # fmt: skip
    Case.objects.filter(pk=case.pk).update(stage="holds")
    assessing.assess(case.pk)
    after = written(2)
    assert (before.sha256, before.files) == (after.sha256, after.files)
    content = b"".join(vault.unsealed_stream(case, KeyUse.PACKAGE, after.name))
    verdict = verify.check(io.BytesIO(content), list(keys.published()))
    assert (verdict.proven, verdict.faults) == (True, [])
    keys.turn(case.operator)
    assert verify.check(io.BytesIO(content), list(keys.published())).proven
    keys.withdraw(case.operator.signing_keys.exclude(until=None).get())
    [fault] = verify.check(io.BytesIO(content), list(keys.published())).faults
    assert f"withdrawn on {date.today()}" in fault
