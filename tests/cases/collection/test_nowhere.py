"""Nothing found is nothing held only where every source that can hold the person was asked by what finds them there."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases.casework.workflow import Refusal, stalled
from cases.collection import ways_on
from cases.collection.nowhere import nowhere, told
from cases.execution import carrying_out
from cases.identity import matching
from cases.identity.claimed import add_by_hand, confirm_claimed, open_claims, reject_claimed
from cases.models import AuditEntry, Authority, Case, Submission, Task, User
from cases.models.case import Stage
from cases.public.words import outcome_words as told_to_the_person
from exports import delivery
from exports.answer import building
from exports.answer.outcomes import outcome_of
from exports.answer.snapshot import facts_of
from exports.letter.content import answer as letter
from exports.letter.paragraphs import searched
from exports.letter.texts.reading import texts
from tests.operators.by_hand import decide, gather, mails, prepare, read_and_approve, sent, work
from tests.operators.scenes import SMALL

pytestmark = pytest.mark.django_db
LOST = "leads nowhere: nothing was searched by it"
EVERYWHERE = {("crm", "customer"), ("crm", "subscription"), ("crm", "invoice"), ("crm", "calls")}
REASON = "The person was asked and knows no customer number."
CARD_BY_NUMBER = SMALL.connectors.replace('link = ["email"]\n', "").replace(
    'find = { customer_no = "customer_no", email = "email" }', 'find = { customer_no = "customer_no" }'
)
SURVEY = """
[[source.collection]]
key = "survey"
category = "surveys"
name = { sv = "Enkäter", da = "Undersøgelser", en = "Surveys" }
table = "survey"
key_columns = ["id"]
find = { email = "email" }
"""
ARCHIVE = """
[[source]]
key = "archive"
name = { sv = "Pappersarkiv", da = "Papirarkiv", en = "Paper archive" }
kind = "manual"
owner = "archive@example.com"

[[source.collection]]
key = "contracts"
category = "contact"
name = { sv = "Avtal", da = "Aftaler", en = "Contracts" }
"""


def settle(case: Case, by: User, *, confirm: bool = True) -> Case:
    """Judge every claim, and let the workers do the rest."""
    matching.match(case.pk)
    for claim in open_claims(case):
        (confirm_claimed if confirm else reject_claimed)(claim, by=by)
    return work(case)


def pages(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def places(case: Case) -> set[tuple[str, str]]:
    left = nowhere(case)
    return {one.place for one in left.places} if left else set()


def lead(case: Case) -> str:
    sections = letter(facts_of(case)).sections
    return " ".join(str(part) for section in sections for part in section.parts)


@pytest.fixture
def stopped(ask: Callable[..., Case], staff: Callable[..., User]) -> Case:
    """Nobody's mailbox, and the number of a customer: confirmed, but no source finds a customer by a number."""
    return settle(ask("access", "eve@example.com", phone="0701740605"), staff("caseworker"))


def test_a_confirmed_number_that_no_source_finds_its_customer_by_stops_the_case(stopped: Case) -> None:
    assert (stopped.stage, stopped.blocked_by) == ("collection", "leads-nowhere")
    left = nowhere(stopped)
    assert left
    assert [one.kind for one in left.identifiers] == ["msisdn"]
    assert places(stopped) == {("crm", "subscription")}
    task = Task.objects.get(case=stopped, kind="leads-nowhere", done_at=None)
    assert task.detail == told(left) == "msisdn|crm/subscription:customer_no"


def test_it_waits_for_a_person_and_opens_one_task(stopped: Case) -> None:
    gather(stopped)
    gather(stopped)
    Case.objects.update(kicked_at="2026-01-01T00:00:00Z")
    assert list(stalled(Stage.COLLECTION)) == []
    assert Task.objects.filter(case=stopped, kind="leads-nowhere").count() == 1
    assert AuditEntry.objects.filter(case=stopped.reference, action="task.opened").count() == 1


def test_nobody_by_that_mailbox_need_not_be_asked_for_further_on(ask: Callable[..., Case]) -> None:
    """The customer register was asked and knows nobody: there is no number to ask the list of calls for."""
    case = work(ask("access", "eve@example.com"))
    assert (case.stage, nowhere(case), outcome_of(case)) == ("decisions", None, "nothing-held")
    assert "Vi har sökt i alla våra system" in lead(case)


def test_a_rejected_number_says_nothing(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = settle(ask("access", "eve@example.com", phone="0701740605"), staff("caseworker"), confirm=False)
    assert (case.stage, outcome_of(case)) == ("decisions", "nothing-held")


def test_a_customer_number_that_is_looked_for_everywhere_may_be_nobodys(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = settle(ask("access", "eve@example.com", customer_no="C9"), staff("caseworker"))
    assert (case.stage, outcome_of(case)) == ("decisions", "nothing-held")


def test_where_nothing_could_ask_the_register_nobody_has_been_looked_for(
    configured: Callable[[str], None], ask: Callable[..., Case]
) -> None:
    configured(CARD_BY_NUMBER)
    case = work(ask("access", "eve@example.com"))
    assert (case.stage, case.blocked_by) == ("collection", "leads-nowhere")
    assert places(case) == EVERYWHERE
    left = nowhere(case)
    assert left
    assert [one.kind for one in left.identifiers] == ["email"]


def test_a_source_that_the_mailbox_may_not_enter_was_not_asked(
    configured: Callable[[str], None], ask: Callable[..., Case], staff: Callable[..., User],
    crm: sqlite3.Connection,
) -> None:  # fmt: skip
    """Nobody tells a mailbox, and only a proven one is known: the surveys stay shut until a caseworker vouches."""
    crm.execute("CREATE TABLE survey (id INTEGER PRIMARY KEY, email TEXT)")
    configured(SMALL.connectors + SURVEY)
    case = work(ask("access", "eve@example.com"))
    assert places(case) == {("crm", "survey")}
    add_by_hand(case, kind="email", value="Eve@example.com", by=staff("caseworker"))
    case = work(case)
    assert (case.stage, outcome_of(case)) == ("decisions", "nothing-held")


def test_an_owner_who_looks_for_whatever_is_known_need_not_be_asked_for_nobody(
    configured: Callable[[str], None], ask: Callable[..., Case]
) -> None:
    configured(SMALL.connectors + ARCHIVE)
    assert work(ask("access", "eve@example.com")).stage == "decisions"


def test_rows_that_only_cleared_officers_may_know_of_change_nothing(
    configured: Callable[[str], None], ask: Callable[..., Case], staff: Callable[..., User],
    crm: sqlite3.Connection,
) -> None:  # fmt: skip
    """A stop that came only for those of whom there is nothing secret would tell of the secret."""
    crm.execute("CREATE TABLE handed (id INTEGER PRIMARY KEY, msisdn TEXT, kind TEXT)")
    configured(
        SMALL.connectors
        + SURVEY.replace("surveys", "disclosures")
        .replace("survey", "handed")
        .replace('{ email = "email" }', '{ msisdn = "msisdn" }')
        + 'record_kind = { column = "kind" }\ninterval = false\n'
    )
    without = settle(ask("access", "eve@example.com", phone="0701740605"), staff("caseworker"))
    crm.execute("INSERT INTO handed VALUES (1, '+46701740605', 'authority')")
    with_one = settle(ask("access", "eve@example.com", phone="0701740605"), staff("caseworker"))
    assert places(without) == places(with_one)
    assert (without.blocked_by, with_one.blocked_by) == ("leads-nowhere", "leads-nowhere")


def test_a_confirmed_number_that_leads_nowhere_was_not_searched_for_although_others_found_rows(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = settle(ask("access", phone="0701740688"), staff("caseworker"))
    assert case.stage == "decisions"
    assert [one.origin for one in case.identifiers.filter(kind="msisdn")].count("caseworker") == 1
    told = [one.value for one in facts_of(case).identifiers_searched if one.kind == "msisdn"]
    assert told
    assert not [one for one in told if one.endswith("88")]
    (lost,) = facts_of(case).led_nowhere
    assert lost.value.endswith("88")
    said = searched(replace(facts_of(case), outcome="granted"), texts("en"))
    assert "did not lead to anything" in str(said[0].parts[0])
    assert ("Phone number", lost.value) in said[0].parts[1].items
    assert pages(staff("caseworker")).get(case.get_absolute_url()).content.decode().count(LOST) == 1


# The ways on


def test_an_identifier_added_by_hand_finds_the_person(stopped: Case, staff: Callable[..., User]) -> None:
    with pytest.raises(PermissionDenied):
        add_by_hand(stopped, kind="customer_no", value="C1", by=staff("approver"))
    add_by_hand(stopped, kind="customer_no", value=" C1 ", by=staff("caseworker"))
    case = work(stopped)
    assert case.stage == "decisions"
    assert case.runs.get(collection="customer").rows == 1
    assert not Task.objects.filter(case=case, kind="leads-nowhere", done_at=None).exists()


def test_an_identifier_by_hand_goes_through_the_one_form(stopped: Case, staff: Callable[..., User]) -> None:
    with pytest.raises(Refusal, match="not-an-identifier"):
        add_by_hand(stopped, kind="customer_no", value="C\u200b1", by=staff("caseworker"))
    with pytest.raises(Refusal, match="identifier-known"):
        add_by_hand(stopped, kind="msisdn", value="+46 70 174 06 05", by=staff("caseworker"))


def test_a_mended_description_is_searched_again(
    configured: Callable[[str], None], stopped: Case, staff: Callable[..., User]
) -> None:
    configured(
        SMALL.connectors.replace(
            'find = { customer_no = "customer_no" }\nat = "valid_to"',
            'find = { customer_no = "customer_no", msisdn = "msisdn" }\nat = "valid_to"',
        ).replace(
            'yields = [{ kind = "msisdn", column = "msisdn", from = "valid_from", to = "valid_to" }]',
            'yields = [{ kind = "msisdn", column = "msisdn" }, { kind = "customer_no", column = "customer_no" }]',
        )
    )
    ways_on.search_again(stopped, by=staff("caseworker"))
    assert work(stopped).stage == "decisions"
    assert stopped.runs.get(collection="customer").rows > 0


def test_the_person_is_asked_for_what_would_find_them(stopped: Case, staff: Callable[..., User]) -> None:
    ways_on.ask_person(stopped, by=staff("caseworker"))
    [mail] = mails(stopped.submission, "more")
    assert mail["to"] == "eve@example.com"
    assert "kundnummer" in mail["body"]
    assert "+46" not in mail["body"] + mail["subject"]


def test_going_on_without_needs_a_reason_and_the_letter_says_where(
    stopped: Case, staff: Callable[..., User]
) -> None:
    with pytest.raises(Refusal, match="reason-needed"):
        ways_on.go_on_without(stopped, reason=" ", by=staff("caseworker"))
    ways_on.go_on_without(stopped, reason=REASON, by=staff("caseworker"))
    case = work(stopped)
    assert (case.stage, outcome_of(case)) == ("decisions", "nothing-held")
    run = case.runs.get(collection="subscription")
    assert (run.status, run.reason) == ("unsearched", REASON)
    said = lead(case)
    assert "alla våra system och" not in said
    assert "Vi kunde inte söka överallt" in said
    assert "Kundregister: Abonnemang (där hittar man en person med kundnummer)" in said
    assert Task.objects.get(case=case, kind="leads-nowhere").done_by == staff("caseworker")
    with pytest.raises(Refusal, match="wrong-stage"):
        ways_on.go_on_without(case, reason=REASON, by=staff("caseworker"))


@pytest.mark.parametrize("language", ["sv", "da", "en"])
def test_every_language_says_that_not_everywhere_was_looked(
    stopped: Case, staff: Callable[..., User], language: str
) -> None:
    Case.objects.filter(pk=stopped.pk).update(language=language)
    ways_on.go_on_without(stopped, reason=REASON, by=staff("caseworker"))
    stopped.refresh_from_db()
    written = letter(facts_of(stopped))
    everywhere = {
        "sv": "sökt i alla våra system",
        "da": "søgt i alle vores systemer",
        "en": "looked in all our",
    }
    assert everywhere[language] not in lead(stopped)
    assert {"sv": "där vi kunde", "da": "hvor vi kunne", "en": "where we could"}[language] in written.title


def test_the_case_goes_on_to_its_end_and_the_status_page_says_the_same(
    stopped: Case, staff: Callable[..., User]
) -> None:
    ways_on.go_on_without(stopped, reason=REASON, by=staff("caseworker"))
    case = work(stopped)
    prepared = building.prepare(case, by=staff("caseworker"))
    building.build(case.pk)
    sent(case, staff("caseworker"))
    read_and_approve(prepared, by=staff("approver"))
    carrying_out.execute(case.pk)
    delivery.deliver(case.pk)
    case.refresh_from_db()
    assert (case.stage, case.outcome) == ("closed", "nothing-held")
    assert "where we could look" in told_to_the_person(case)


def test_the_case_page_names_what_leads_nowhere_and_the_ways_on(
    stopped: Case, staff: Callable[..., User]
) -> None:
    client = pages(staff("caseworker"))
    page = client.get(stopped.get_absolute_url()).content.decode()
    assert "does not lead to every source" in page
    assert "Customer register, Subscriptions: customer number" in page
    for name in ("ask-person", "identifier-add", "search-again", "unsearched"):
        assert reverse(f"desk:{name}", args=[stopped.reference]) in page
    tasks = client.get(reverse("desk:tasks")).content.decode()
    assert (
        "phone number leads nowhere; Customer register, Subscriptions is searched by: customer number"
        in tasks
    )
    refused = client.post(reverse("desk:unsearched", args=[stopped.reference]), {"reason": ""})
    assert refused.status_code == 422
    added = client.post(
        reverse("desk:identifier-add", args=[stopped.reference]),
        {"kind": "customer_no", "value": "C\u200b1"},
        follow=True,
    )
    assert "zero-width space, U+200B" in added.content.decode()
    assert (
        client.post(reverse("desk:unsearched", args=[stopped.reference]), {"reason": REASON}).status_code
        == 302
    )
    stopped.refresh_from_db()
    assert stopped.stage == "holds"


def test_the_database_keeps_an_unsearched_run_empty_and_reasoned(stopped: Case) -> None:
    with pytest.raises(IntegrityError, match="run_unsearched"), transaction.atomic():
        stopped.runs.create(source="crm", collection="x", category="contact", status="unsearched")
    with pytest.raises(IntegrityError, match="run_unsearched"), transaction.atomic():
        stopped.runs.create(
            source="crm", collection="x", category="contact", status="unsearched", reason="So.", rows=1
        )


# Nothing gathered for want of proof is not nothing held


@pytest.mark.usefixtures("proof_asked")
@pytest.mark.parametrize("proof_asked", ["high"])
def test_a_customer_of_whom_nothing_was_gathered_for_want_of_proof_is_not_told_that_nothing_is_held(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = work(ask("access"))
    assert set(case.runs.values_list("status", flat=True)) == {"not-proven"}
    assert outcome_of(case) == "refused"
    assert "inga uppgifter om dig" not in lead(case)
    assert prepare(case, staff("caseworker")).status == "ready"


@pytest.mark.parametrize("right", ["objection", "automated-decision"])
def test_a_right_that_looks_at_customers_alone_does_not_say_all_systems(
    ask: Callable[..., Case], staff: Callable[..., User], right: str
) -> None:
    case = work(ask(right, "eve@example.com"))
    if case.decisions.exists():
        decide(case, staff("caseworker"))
    assert outcome_of(case) == "nothing-held"
    assert "alla våra system" not in lead(case)


@pytest.mark.parametrize(
    ("language", "theirs"),
    [
        ("sv", "Berätta det för oss, inte ditt eget"),
        ("da", "Fortæl os det, ikke dit eget"),
        ("en", "Tell us theirs, not your own"),
    ],
)
def test_whoever_asks_for_somebody_else_is_asked_for_the_others_number(
    stopped: Case, staff: Callable[..., User], language: str, theirs: str
) -> None:
    checked = Authority.objects.create(checked="A power of attorney.", by=staff("legal"))
    Case.objects.update(for_other=True, authority=checked)
    Submission.objects.update(language=language)
    case = Case.objects.get(pk=stopped.pk)
    ways_on.ask_person(case, by=staff("caseworker"))
    (mail,) = mails(case.submission, "more")
    assert theirs in " ".join(mail["body"].split())
