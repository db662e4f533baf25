"""Anna asks for Bo with papers: accepted, accepted in part, refused. What is asked for meanwhile, who gets the answer,
and what is left of the papers."""

import sqlite3
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases import tasks
from cases.casework import case_clock
from cases.casework.workflow import Refusal, close
from cases.identity import looking
from cases.identity.claimed import name_person
from cases.identity.mandates import asking
from cases.identity.mandates.addressing import ALLOWED
from cases.identity.mandates.deciding import Acceptance, accept, refuse
from cases.models import (
    AuditEntry,
    Authority,
    AuthorityRefusal,
    Case,
    ClockEvent,
    Operator,
    Paper,
    Submission,
    Task,
    User,
)
from cases.models.case import AuthorityKind, Outcome
from cases.models.evidence.authority import AnswerTo
from cases.models.sealing.text import GONE
from cases.request.asked import IntakeProblem
from cases.request.intake import submit
from cases.sealed.typed import Typed, read_file
from cases.sealed.uploads import Upload
from dsar.scratch.proving import prove
from exports.answer.snapshot import facts_of
from exports.letter.plain import plain
from exports.notices import authority_refused
from exports.retention import PAPERS_KEPT, purge, purge_files
from tests.operators.by_hand import answer, decide, mails, request, work
from tests.operators.line import answered

pytestmark = pytest.mark.django_db
Staff = Callable[..., User]
PDF = b"%PDF-1.7\nPower of attorney for Bo Test"
BO = {"standing": "proxy", "on_behalf_of": "Bo Test", "authority": "attorney"}
WHY = "Fullmakten gäller inte längre."


@pytest.fixture
def waiting(ask_together: Callable[..., list[Case]]) -> Callable[..., list[Case]]:
    """waiting("access", "erasure"): Anna asks for Bo, has proven her mailbox, and the cases wait for the check."""

    def make(*rights: str, **typed: Any) -> list[Case]:
        cases = ask_together(*rights, **{**BO, **typed})
        for case in cases:
            tasks.match(case.pk)
            case.refresh_from_db()
        return cases

    return make


def accepted(case: Case, by: User, *rights: str, **more: Any) -> Case:
    found = {"kind": "attorney", "checked": "Seen.", "rights": frozenset(rights or (case.right,)), **more}
    accept(case, Acceptance(**found), by=by)
    case.refresh_from_db()
    return case


def searched(case: Case, by: User) -> Case:
    """Bo has been confirmed as the person, and everything gathered."""
    tasks.match(case.pk)
    name_person(case, kind="customer_no", value="C2", by=by)
    return work(case)


def fetched(case: Case) -> int:
    """What a browser is answered in which whoever asked has just shown who they are, and fetches the package."""
    client, delivered = Client(), case.answers.get(status="delivered")
    session = client.session
    session["status"] = {"submission": str(case.submission_id), "until": timezone.now().timestamp() + 60}
    session.save()
    return client.get(reverse("exports:package", args=[case.operator_id, delivered.pk])).status_code


def letter(case: Case) -> str:
    return " ".join(plain(answered(facts_of(case))).split())


def audited(case: Case) -> list[str]:
    return list(
        AuditEntry.objects.filter(case=case.reference).order_by("number").values_list("action", flat=True)
    )


# Two people, from what is typed to the database.


def test_what_is_typed_is_kept_apart_for_the_one_and_the_other(waiting: Callable[..., list[Case]]) -> None:
    (case,) = waiting("access", person_email="bo@example.com", phone="0701740605")
    typed = read_file(case)
    assert (typed.name, typed.email) == ("Anna Test", "anna@example.com")
    assert (typed.on_behalf_of, typed.person_email) == ("Bo Test", "bo@example.com")
    assert case.submission.authority_kind == "attorney"
    assert {claim.kind for claim in case.claimed.all()} == {"email", "msisdn"}
    assert case.submission.mailbox_digest not in set(case.claimed.values_list("digest", flat=True))


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"authority": "attorney"}, "authority"),
        ({"person_email": "bo@example.com"}, "person_email"),
        ({**BO, "authority": "friend"}, "authority"),
        ({**BO, "person_email": "Anna@example.com "}, "person_email"),
        ({**BO, "person_email": "nobody"}, "person_email"),
    ],
)
def test_what_does_not_fit_two_people_is_told_at_its_field(
    operator: Operator, typed: dict[str, str], field: str
) -> None:
    with pytest.raises(IntakeProblem) as problem:
        submit(request(operator, "access", **typed))
    assert set(problem.value.errors) == {field}


def test_nobody_has_an_address_who_is_not_named() -> None:
    with pytest.raises(ValueError, match="nobody else named"):
        Typed("Anna", "anna@example.com", person_email="bo@example.com")


def test_the_database_knows_no_authority_without_another_person(ask: Callable[..., Case]) -> None:
    case = ask("access")
    with pytest.raises(IntegrityError, match="submission_authority_for_another"), transaction.atomic():
        Submission.objects.filter(pk=case.submission_id).update(authority_kind="custody")


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"kind": "friend"}, "authority_known_kind"),
        ({"covers_from": date(2026, 2, 1), "covers_until": date(2026, 1, 1)}, "authority_period_forward"),
        ({"answer_to": "nobody"}, "authority_known_answer_to"),
        ({"kind": "estate", "answer_to": "person"}, "authority_nobody_answers_the_dead"),
        ({"kind": "attorney", "child_heard": "She wants it."}, "authority_custody_alone_hears"),
    ],
)
def test_the_database_takes_no_authority_that_cannot_be(
    wrong: dict[str, Any], constraint: str, staff: Staff
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Authority.objects.create(**{"checked": "Seen", "by": staff("caseworker"), **wrong})


# The papers, and the clock.


def test_papers_come_in_sealed_after_the_proof_and_not_before(operator: Operator) -> None:
    submission = submit(request(operator, "access", **BO))
    with pytest.raises(Refusal, match="closed"):
        asking.give(submission, Upload(PDF))
    prove(submission)
    paper = asking.give(submission, Upload(PDF))
    assert (paper.about, paper.by) == ("authority", None)
    assert audited(submission.cases.get())[-1] == "paper.taken"


def test_who_asks_for_themselves_gives_none(ask: Callable[..., Case]) -> None:
    case = ask("access")
    assert not asking.may_give(case.submission)
    with pytest.raises(Refusal, match="closed"):
        asking.give(case.submission, Upload(PDF))


def test_missing_papers_stop_no_clock(waiting: Callable[..., list[Case]], staff: Staff) -> None:
    (case,) = waiting("access")
    due = case.due_on
    assert asking.ask(case, by=staff("caseworker")) is False
    case.refresh_from_db()
    assert (case.due_on, case_clock.is_paused(case)) == (due, False)
    (mail,) = mails(case.submission, "papers")
    assert "räknas inte" not in mail["body"]
    assert "Bo Test" not in mail["body"]
    assert "authority.asked" in audited(case)


def test_a_doubt_in_time_stops_it_until_the_papers_come(
    waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    access, erasure = waiting("access", "erasure")
    assert asking.ask(access, doubt="Namnet stämmer inte.", by=staff("caseworker")) is True
    assert all(map(case_clock.is_paused, (access, erasure)))
    assert "räknas inte" in mails(access.submission, "papers")[0]["body"]
    asking.give(access.submission, Upload(PDF))
    assert not any(map(case_clock.is_paused, (access, erasure)))
    paused = ClockEvent.objects.get(case=access, kind="paused")
    assert (paused.asks_who, paused.reason, paused.doubt) == (True, "", "Namnet stämmer inte.")


def test_a_doubt_that_comes_late_stops_nothing(waiting: Callable[..., list[Case]], staff: Staff) -> None:
    (case,) = waiting("access")
    long_ago = timezone.localdate() - timedelta(days=20)
    Case.objects.filter(pk=case.pk).update(received_on=long_ago)
    ClockEvent.objects.filter(case=case).update(on=long_ago)
    case.refresh_from_db()
    assert asking.ask(case, doubt="Namnet stämmer inte.", by=staff("caseworker")) is False
    assert not case_clock.is_paused(case)


def test_a_marketing_objections_day_stays_where_it_was(
    waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    (case,) = waiting("marketing-objection")
    act_by = case.act_by
    asking.ask(case, doubt="Namnet stämmer inte.", by=staff("caseworker"))
    case.refresh_from_db()
    assert case.act_by == act_by is not None
    (mail,) = mails(case.submission, "receipt")
    assert "om du får fråga" in mail["body"]


# What a caseworker sees before the decision.


def test_a_look_shows_what_the_sources_tell_and_keeps_nothing(
    waiting: Callable[..., list[Case]], staff: Staff, crm: sqlite3.Connection
) -> None:
    (case,) = waiting("access", customer_no="C2", phone="0701740605")
    seen = looking.look(case, by=staff("caseworker"))
    told = {(one.collection, one.claim.kind): one for one in seen}
    card = told["subscription", "customer_no"]
    assert [(each.kind, each.typed, each.askers) for each in card.told] == [("msisdn", True, False)]
    case.refresh_from_db()
    assert (case.identifiers.count(), case.runs.count(), case.blocked_by) == (0, 0, "authority-to-check")
    assert audited(case)[-1] == "authority.looked"


def test_a_look_is_for_whoever_works_cases(waiting: Callable[..., list[Case]], staff: Staff) -> None:
    (case,) = waiting("access", customer_no="C2")
    with pytest.raises(PermissionDenied):
        looking.look(case, by=staff("auditor"))
    assert "authority.looked" not in audited(case)


# Accepted, in whole and in part.


@pytest.mark.parametrize("role", ["auditor", "approver", "admin", "cleared"])
def test_nobody_decides_without_the_permission(
    role: str, waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    (case,) = waiting("access")
    with pytest.raises(PermissionDenied):
        accepted(case, staff(role))
    with pytest.raises(PermissionDenied):
        refuse(case, ground="not-shown", reason=WHY, by=staff(role))
    with pytest.raises(PermissionDenied):
        asking.ask(case, by=staff(role))
    case.refresh_from_db()
    assert (case.authority, case.is_closed) == (None, False)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"kind": "friend"}, "authority-kind"),
        ({"checked": " "}, "reason-needed"),
        ({"rights": frozenset()}, "authority-no-right"),
        ({"covers_from": date(2026, 2, 1), "covers_until": date(2026, 1, 1)}, "authority-period"),
        ({"kind": "estate", "answer_to": "both"}, "authority-answer-to"),
        ({"kind": "estate"}, "authority-no-death"),
        ({"kind": "attorney", "together": "He called."}, "authority-custody-alone"),
    ],
)
def test_what_cannot_be_accepted_is_told_and_nothing_is_done(
    wrong: dict[str, Any], refusal: str, waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    (case,) = waiting("access")
    with pytest.raises(Refusal, match=refusal):
        accepted(case, staff("caseworker"), **wrong)
    case.refresh_from_db()
    assert (case.authority, case.blocked_by) == (None, "authority-to-check")


def test_the_days_it_covers_narrow_what_is_gathered_and_given(
    waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    (case,), worker = waiting("access"), staff("caseworker")
    accepted(case, worker, covers_from=date(2025, 6, 1), covers_until=date(2025, 6, 1))
    searched(case, worker)
    rows = {run.collection: run.rows for run in case.runs.all()}
    assert rows == {"customer": 1, "subscription": 1, "invoice": 0, "calls": 1}
    decide(case, worker)
    assert "från och med den 1 juni 2025 till och med den 1 juni 2025" in letter(case)


def test_the_day_before_is_outside(waiting: Callable[..., list[Case]], staff: Staff) -> None:
    (case,), worker = waiting("access"), staff("caseworker")
    accepted(case, worker, covers_from=date(2025, 6, 2))
    searched(case, worker)
    assert case.runs.get(collection="calls").rows == 0
    decide(case, worker)
    assert "Det som är äldre är inte med." in letter(case)


def test_what_is_erased_is_of_the_days_it_covers_and_the_rest_came_no_later(
    waiting: Callable[..., list[Case]], staff: Staff, crm: sqlite3.Connection
) -> None:
    (case,), worker = waiting("erasure"), staff("caseworker")
    accepted(case, worker, covers_from=date(2026, 1, 1))
    searched(case, worker)
    answer(case, worker, staff("approver"))
    assert crm.execute("SELECT id FROM calls ORDER BY id").fetchall() == [(1,), (2,), (3,)]
    assert not case.later_rows.filter(rows__gt=0).exists()


def test_the_interim_measure_waits_for_the_acceptance_and_is_then_taken(
    waiting: Callable[..., list[Case]], staff: Staff, crm: sqlite3.Connection
) -> None:
    (case,), worker = waiting("marketing-objection"), staff("caseworker")
    tasks.take_interim_measure(case.pk)
    asked = "SELECT name FROM customer WHERE marketing_allowed = 0"
    assert crm.execute(asked).fetchall() == []
    accepted(case, worker)
    tasks.match(case.pk)
    tasks.take_interim_measure(case.pk)
    assert crm.execute(asked).fetchall() == []
    name_person(case, kind="customer_no", value="C2", by=worker)
    tasks.match(case.pk)
    tasks.take_interim_measure(case.pk)
    assert crm.execute(asked).fetchall() == [("Bo Test",)]


# Who gets the answer.


def test_each_kind_has_a_proposal_and_the_dead_get_no_mail() -> None:
    assert ALLOWED.keys() == set(AuthorityKind)
    assert {kind: may[0] for kind, may in ALLOWED.items()} == dict.fromkeys(AuthorityKind, AnswerTo.ASKER)
    assert ALLOWED[AuthorityKind.ESTATE] == (AnswerTo.ASKER,)


@pytest.mark.parametrize(
    ("answer_to", "addressed", "said", "by_hand"),
    [
        ("asker", ("Bo Test", "c/o Anna Test"), "", False),
        ("person", ("Bo Test",), "Anna Test får inte det här brevet.", True),
        ("both", ("Bo Test", "kopia till Anna Test"), "Anna Test får samma brev.", True),
    ],
)
def test_the_answer_goes_where_it_was_decided(
    answer_to: str,
    addressed: tuple[str, ...],
    said: str,
    by_hand: bool,
    waiting: Callable[..., list[Case]],
    staff: Staff,
) -> None:
    (case,), worker = waiting("access"), staff("caseworker")
    accepted(case, worker, answer_to=answer_to)
    searched(case, worker)
    answer(case, worker, staff("approver"))
    assert answered(facts_of(case)).recipient == addressed
    assert said in letter(case)
    (mail,) = mails(case.submission, "ready")
    assert mail["to"] == "anna@example.com"
    assert ("inte till dig" in mail["body"]) is (answer_to == "person")
    assert Task.objects.filter(case=case, kind="hand-to-person").exists() is by_hand
    assert fetched(case) == (404 if answer_to == "person" else 200)


@pytest.mark.parametrize(
    ("slug", "died"), [("tele2-se", timedelta(days=200)), ("telenor-dk", timedelta(days=11 * 365))]
)
@pytest.mark.parametrize("kind", ["estate", "attorney"])
def test_no_paper_brings_the_law_back_to_the_dead(
    slug: str, died: timedelta, kind: str, waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    """In Sweden from the death on, in Denmark once ten years have passed."""
    (case,) = waiting("access", authority="estate", died_on=timezone.localdate() - died)
    with pytest.raises(Refusal, match="authority-beyond-law"):
        accepted(case, staff("caseworker"), kind=kind)
    case.refresh_from_db()
    assert case.authority is None


@pytest.mark.parametrize("slug", ["telenor-dk"])
def test_the_letter_for_an_estate_is_to_whoever_speaks_for_it(
    slug: str, waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    died = timezone.localdate() - timedelta(days=200)
    (case,), worker = waiting("access", authority="estate", died_on=died), staff("caseworker")
    accepted(case, worker, kind="estate")
    searched(case, worker)
    decide(case, worker)
    assert answered(facts_of(case)).recipient == ("Anna Test", "för dödsboet efter Bo Test")
    assert "Hej Anna Test!" in letter(case)
    assert "uppgifter om Bo Test" in letter(case)
    assert "vilka uppgifter vi har om Bo Test" in letter(case)


# Refused.


def test_a_refusal_closes_with_a_letter_that_tells_nothing_of_the_other(
    waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    access, erasure = waiting("access", "erasure", customer_no="C2")
    refuse(access, ground="not-valid", reason=WHY, by=staff("caseworker"))
    for case in (access, erasure):
        case.refresh_from_db()
        assert (case.stage, case.outcome) == ("closed", "refused")
        assert case.clock_events.filter(kind="answered").exists()
        assert not case.tasks.filter(done_at=None).exists()
        said = " ".join(plain(authority_refused.letter(case.authority_refusal)).split())
        for told in (
            WHY,
            "Det som du har visat oss gäller inte.",
            "Integritetsskyddsmyndigheten",
            "tingsrätt",
            "C2",
        ):
            assert (told in said) is (told != "C2"), told
        assert "Hej Anna Test!" in said
    first, second = mails(access.submission, "refused")
    assert first["to"] == second["to"] == "anna@example.com"
    assert "Bo Test" not in first["body"]
    assert WHY not in first["body"]


@pytest.mark.parametrize(("ground", "reason"), [("because", WHY), ("not-shown", " ")])
def test_a_refusal_gives_a_ground_and_a_reason(
    ground: str, reason: str, waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    (case,) = waiting("access")
    with pytest.raises(Refusal, match=r"authority-ground|reason-needed"):
        refuse(case, ground=ground, reason=reason, by=staff("caseworker"))
    case.refresh_from_db()
    assert not case.is_closed


def test_what_is_decided_is_decided(waiting: Callable[..., list[Case]], staff: Staff) -> None:
    (case,) = waiting("access")
    accepted(case, staff("caseworker"))
    with pytest.raises(Refusal, match="already-decided"):
        refuse(case, ground="not-shown", reason=WHY, by=staff("caseworker"))


# What is left.


def test_papers_end_when_the_page_said_and_not_a_day_before(
    waiting: Callable[..., list[Case]], staff: Staff
) -> None:
    access, erasure = waiting("access", "erasure")
    paper = asking.give(access.submission, Upload(PDF))
    accepted(access, staff("caseworker"), "erasure", refused_why=WHY)
    long_ago = timezone.now() - PAPERS_KEPT - timedelta(days=1)
    Case.objects.filter(pk=access.pk).update(closed_at=long_ago)
    purge()
    paper.refresh_from_db()
    assert paper.deleted_at is None, "the other case of the request goes on"
    erasure.refresh_from_db()
    close(erasure, Outcome.WITHDRAWN, by=staff("caseworker"))
    Case.objects.filter(pk=erasure.pk).update(closed_at=timezone.now() - PAPERS_KEPT + timedelta(hours=1))
    purge()
    paper.refresh_from_db()
    assert paper.deleted_at is None
    Case.objects.filter(pk=erasure.pk).update(closed_at=long_ago)
    purge()
    paper.refresh_from_db()
    assert (paper.name, paper.deleted_at is None) == ("", False)
    assert not Paper.objects.filter(deleted_at=None).exists()
    assert "paper.deleted" in audited(access)


def test_the_reason_goes_with_the_case_file(waiting: Callable[..., list[Case]], staff: Staff) -> None:
    (case,) = waiting("access")
    refuse(case, ground="not-valid", reason=WHY, by=staff("caseworker"))
    Case.objects.update(closed_at="2010-01-01T00:00Z")
    assert purge_files() == 1
    assert AuthorityRefusal.objects.get(case=case).reason == GONE


def test_so_do_the_words_of_a_doubt_and_of_a_child(waiting: Callable[..., list[Case]], staff: Staff) -> None:
    (case,), worker = waiting("access", authority="custody"), staff("caseworker")
    asking.ask(case, doubt="Namnet stämmer inte.", by=worker)
    accepted(case, worker, kind="custody", child_heard="Hon vill.", together="Han ringde.")
    close(case, Outcome.WITHDRAWN, by=worker)
    Case.objects.update(closed_at="2010-01-01T00:00Z")
    assert purge_files() == 1
    authority = Authority.objects.get(cases=case)
    assert (authority.child_heard, authority.together) == ("", "")
    assert {one.doubt for one in ClockEvent.objects.filter(case=case)} == {"", GONE}
