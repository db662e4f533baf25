"""Whose a number was is found number by number and interval by interval, and holds for the package."""

import sqlite3
from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from cases.assessment import assessing, deciding
from cases.assessment.numbers import find_use, numbers_of, take_back
from cases.assessment.situations import situation_of
from cases.casework.workflow import Refusal
from cases.law.reasons import say
from cases.models import Case, Finding, NumberUse, User
from cases.rows.signatures import rows
from exports.answer import building
from exports.answer.given_rows import GivenRows
from exports.answer.snapshot import facts_of
from exports.letter.plain import plain
from tests.operators.by_hand import accept, work
from tests.operators.line import answered
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
CALLS = SMALL.connectors.replace('category = "usage"', 'category = "traffic"')
PLACES = (
    CALLS
    + """
[[source.collection]]
key = "places"
category = "location"
name = { sv = "Platser", da = "Steder", en = "Places" }
table = "calls"
key_columns = ["id"]
find = { msisdn = "msisdn" }
at = "started_at"
on_erase = "delete"
"""
)


@pytest.fixture
def shared(
    configured: Callable[[str], None], ask: Callable[..., Case], crm: sqlite3.Connection
) -> Callable[..., Case]:
    """Anna pays for a number that Ida used in February 2026: a call in each of February and March."""

    def make(right: str = "access", described: str = PLACES, **typed: str) -> Case:
        configured(described)
        return work(ask(right, **{"standing": "holder", "language": "en", **typed}))

    return make


def found(case: Case, by: User, **told: object) -> NumberUse:
    [number] = numbers_of(case)
    given = {"used_by": "other", "traffic": False, "location": False, "reason": "She has said so."}
    use = find_use(number, **given | told, by=by)
    assessing.assess(case.pk)
    case.refresh_from_db()
    return use


FEBRUARY = {"since": date(2026, 2, 1), "until": date(2026, 2, 28)}
LATER = {"since": date(2026, 3, 1), "used_by": "asker", "traffic": True, "location": True}


def verdicts(case: Case, category: str) -> list[tuple[str, int, str]]:
    made = Finding.objects.filter(run__case=case, run__category=category).order_by("verdict")
    return [(one.verdict, one.rows, one.review.get("code", "")) for one in made]


def given(case: Case, category: str) -> list[bytes]:
    run = case.runs.get(category=category)
    run.case = case
    return list(GivenRows(case, run, situation_of(case, case.received_on)).lines())


def test_days_nobody_has_decided_wait(shared: Callable[..., Case], staff: Staff) -> None:
    case = shared()
    found(case, staff("caseworker"), **FEBRUARY)
    assert verdicts(case, "traffic") == [("others", 1, ""), ("redact", 1, "review.other-user")]
    accept(case, staff("caseworker"))
    assert set(case.decisions.filter(status="proposed").values_list("subject", flat=True)) == {
        "traffic", "location",
    }  # fmt: skip


def test_what_is_decided_holds_for_the_package(shared: Callable[..., Case], staff: Staff) -> None:
    case, worker = shared(), staff("caseworker")
    found(case, worker, **FEBRUARY, location=True)
    found(case, worker, **LATER)
    accept(case, worker)
    assert not case.decisions.filter(status="proposed").exists()
    traffic, location = given(case, "traffic"), given(case, "location")
    assert [b"2026-03-01" in line for line in traffic] == [True]
    assert len(location) == 2
    building.prepare(case, by=worker)


def test_given_and_withheld_add_up_to_what_was_gathered(shared: Callable[..., Case], staff: Staff) -> None:
    case = shared()
    found(case, staff("caseworker"), **FEBRUARY)
    for run in case.runs.all():
        run.case = case
        assert sum(one.rows for one in run.findings.all()) == run.rows == len(list(rows(run)))


def test_the_letter_says_that_somebody_else_used_it_and_not_who(
    shared: Callable[..., Case], staff: Staff
) -> None:
    case, worker = shared(), staff("caseworker")
    found(case, worker, **FEBRUARY)
    found(case, worker, **LATER)
    accept(case, worker)
    letter = plain(answered(facts_of(case)))
    assert "Not yours: somebody else used the number" in letter
    assert "only that person gets it" in letter
    assert "She has said so" not in letter


@pytest.mark.parametrize(("right", "gives"), [("portability", "port"), ("erasure", "erase")])
def test_for_the_other_rights_too_nothing_of_the_other_is_touched(
    right: str, gives: str, shared: Callable[..., Case], staff: Staff
) -> None:
    case = shared(right)
    found(case, staff("caseworker"), **FEBRUARY)
    assert ("others", 1, "") in verdicts(case, "traffic")
    assert gives not in {verdict for verdict, _rows, review in verdicts(case, "traffic") if not review}


def test_a_changed_decision_of_the_category_does_not_reach_the_others_rows(
    shared: Callable[..., Case], staff: Staff
) -> None:
    case, worker = shared(), staff("caseworker")
    found(case, worker, **FEBRUARY)
    deciding.override(case.decisions.get(subject="traffic"), outcome="give", reason="All hers.", by=worker)
    assert len(given(case, "traffic")) == 1


def test_what_was_found_is_taken_back_and_waits_again(shared: Callable[..., Case], staff: Staff) -> None:
    case, worker = shared(), staff("caseworker")
    use = found(case, worker)
    assert {verdict for verdict, _rows, _review in verdicts(case, "traffic")} == {"others"}
    take_back(use, by=worker)
    assessing.assess(case.pk)
    assert {review for _verdict, _rows, review in verdicts(case, "traffic")} == {"review.other-user"}


def test_a_user_gets_what_they_used_of_somebody_elses_number(
    shared: Callable[..., Case], staff: Staff
) -> None:
    case, worker = shared(standing="user"), staff("caseworker")
    found(case, worker, used_by="asker", traffic=True, location=True)
    accept(case, worker)
    assert len(given(case, "traffic")) == 2


@pytest.mark.parametrize(
    ("told", "refusal"),
    [
        ({"since": date(2026, 3, 1), "until": date(2026, 2, 1)}, "interval-backwards"),
        ({"since": date(2026, 2, 28)}, "interval-overlaps"),
        ({}, "interval-overlaps"),
        ({"since": date(2026, 3, 1), "reason": " "}, "reason-needed"),
        ({"since": date(2026, 3, 1), "used_by": "nobody"}, "outcome-unknown"),
    ],
)
def test_what_cannot_be_so_is_refused(
    told: dict[str, object], refusal: str, shared: Callable[..., Case], staff: Staff
) -> None:
    case = shared()
    found(case, staff("caseworker"), **FEBRUARY)
    with pytest.raises(Refusal, match=refusal):
        found(case, staff("caseworker"), **told)
    with pytest.raises(IntegrityError), transaction.atomic():
        NumberUse.objects.update(since=date(2027, 1, 1))


def test_what_is_logged_by_law_stays_with_a_lawyer(shared: Callable[..., Case], staff: Staff) -> None:
    case = shared(described=CALLS.replace('category = "traffic"', 'category = "retained"'))
    assert numbers_of(case) == []


def test_the_desk_shows_who_holds_and_who_uses(
    shared: Callable[..., Case], staff: Staff, signed_in: Callable[..., Client]
) -> None:
    case, client = shared(), signed_in("caseworker")
    page = client.get(case.get_absolute_url()).content.decode()
    assert "not decided: waits for a person" in page
    [number] = numbers_of(case)
    decide = f"/desk/cases/{case.reference}/numbers/{number.pk}/"
    assert client.get(decide).status_code == 200
    wrong = client.post(decide, {"since": "2026-02-01"})
    assert wrong.status_code == 422
    assert "Choose who used the number on these days" in wrong.content.decode()
    typed = {"since": "2026-02-01", "until": "2026-02-28", "used_by": "other", "reason": "Ida said so."}
    assert client.post(decide, typed).status_code == 302
    assessing.assess(case.pk)
    page = client.get(case.get_absolute_url()).content.decode()
    for said in ("Somebody else", "Ida said so.", "not given", "what is not decided above waits"):
        assert said in page
    assert say is not None
    use = case.number_uses.get()
    client.post(f"/desk/cases/{case.reference}/numbers/found/{use.pk}/back/")
    assert not case.number_uses.exists()
