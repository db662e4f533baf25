"""The case page: what it shows, what can be done from it, and by whom."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.identity import failed_search
from cases.models import AuditEntry, Case, Operator, Run, User
from cases.models.case import Stage
from connectors.contract.base import SourceMisconfigured
from tests.cases.desk.case.pages import page, post
from tests.operators.placed import EMAIL, ERASURE, PHONE, answered, gathered, hand_in, move, proven

pytestmark = pytest.mark.django_db


def test_every_stage_has_a_page_with_a_next_sentence(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    client = signed_in("caseworker")
    for stage in [stage for stage in Stage.values if stage != Stage.CLOSED]:
        assert "<strong>Next:</strong>" in page(client, move(review_case, stage))


def test_a_page_has_at_most_one_primary_button(
    signed_in: Callable[..., Client], staff: Callable[..., User], operator: Operator, review_case: Case
) -> None:
    waiting = gathered(proven(hand_in(operator)))
    answered(waiting, staff("caseworker"))
    client = signed_in("caseworker", "approver", name="both")
    for case in (hand_in(operator), review_case, waiting):
        assert page(client, case).count('class="primary"') <= 1


def test_identifiers_stand_masked(signed_in: Callable[..., Client], review_case: Case) -> None:
    html = page(signed_in("caseworker"), review_case)
    assert EMAIL not in html
    assert PHONE not in html
    assert "a••••@example.com" in html


def test_looking_at_an_identifier_is_recorded(signed_in: Callable[..., Client], review_case: Case) -> None:
    phone = review_case.identifiers.get(kind="msisdn")
    assert PHONE in post(signed_in("caseworker"), "desk:reveal", review_case, "identifier", phone.pk)
    entry = AuditEntry.objects.get(action="identifier.read", case=review_case.reference)
    assert entry.actor == "caseworker"
    assert PHONE not in str(entry.data)


def test_an_identifier_is_theirs_from_the_first_local_day_to_the_last(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    """The end is half-open: a number given up as June begins was theirs until the last of May."""
    phone = review_case.identifiers.filter(kind="msisdn")
    client = signed_in("caseworker")
    phone.update(
        valid_from=datetime(2024, 12, 31, 23, tzinfo=UTC), valid_to=datetime(2026, 5, 31, 22, tzinfo=UTC)
    )
    assert "1 Jan 2025 – 31 May 2026" in page(client, review_case)
    phone.update(valid_to=datetime(2026, 6, 1, 10, tzinfo=UTC))
    assert "1 Jan 2025 – 1 Jun 2026" in page(client, review_case)
    phone.update(valid_to=None)
    assert "1 Jan 2025 – …" in page(client, review_case)


def test_a_closed_case_names_the_local_days(
    signed_in: Callable[..., Client], staff: Callable[..., User], review_case: Case
) -> None:
    """What happened after midnight here happened the day before in UTC."""
    answered(review_case, staff("caseworker"), Stage.DELIVERY)
    night = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    review_case.answers.update(expires_at=night)
    move(review_case, Stage.CLOSED, closed_at=night, outcome="granted")
    html = page(signed_in("caseworker"), review_case)
    assert html.count("Wed 1 Jul 2026") == 2
    assert "30 Jun 2026" not in html


def test_an_identifier_of_another_case_is_not_revealed(
    signed_in: Callable[..., Client], review_case: Case, operator: Operator
) -> None:
    foreign = proven(hand_in(operator)).identifiers.get(kind="msisdn")
    url = reverse("desk:reveal", args=[review_case.reference, "identifier", foreign.pk])
    assert signed_in("caseworker").post(url).status_code == 404


def test_htmx_gets_the_value_alone(signed_in: Callable[..., Client], review_case: Case) -> None:
    url = reverse(
        "desk:reveal", args=[review_case.reference, "identifier", review_case.identifiers.first().pk]
    )
    part = signed_in("caseworker").post(url, headers={"HX-Request": "true"}).content.decode()
    assert EMAIL in part
    assert "<html" not in part


def test_the_data_table_has_verdicts_rules_and_ends(
    signed_in: Callable[..., Client], operator: Operator
) -> None:
    case = gathered(proven(hand_in(operator, "erasure")), ERASURE)
    html = page(signed_in("caseworker"), case)
    assert "Bookkeeping (Swedish law)" in html
    assert "31 Dec 2033" in html


def test_an_erasure_shows_what_goes_now_and_when_the_rest_goes(
    signed_in: Callable[..., Client], operator: Operator
) -> None:
    case = gathered(proven(hand_in(operator, "erasure")), ERASURE)
    shown = signed_in("caseworker").get(case.get_absolute_url()).context["what_if"]
    assert shown.now == 11
    assert [(bar.month, bar.rows) for bar in shown.bars] == [
        (date(2027, 5, 1), 40),
        (date(2029, 10, 1), 1),
        (date(2034, 1, 1), 14),
    ]


def test_rows_are_masked_until_somebody_asks_on_the_record(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    client, run = signed_in("caseworker"), review_case.runs.get(category="traffic")
    url = reverse("desk:rows", args=[review_case.reference, run.pk])
    assert "Secret word" not in client.get(url).content.decode()
    assert "Secret word 7" in client.post(url).content.decode()
    assert AuditEntry.objects.filter(action="rows.read", case=review_case.reference).count() == 1


def test_rows_are_paged_across_chunks(signed_in: Callable[..., Client], review_case: Case) -> None:
    run = review_case.runs.get(category="traffic")
    url = reverse("desk:rows", args=[review_case.reference, run.pk])
    last = signed_in("caseworker").post(f"{url}?page=3").content.decode()
    assert "Secret word 119" in last
    assert "Secret word 99<" not in last


def test_an_auditor_does_not_see_rows_in_full(signed_in: Callable[..., Client], review_case: Case) -> None:
    url = reverse("desk:rows", args=[review_case.reference, review_case.runs.first().pk])
    assert signed_in("auditor").post(url).status_code == 403


def test_a_refusal_of_the_stage_is_a_sentence_not_an_error(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    move(review_case, Stage.COLLECTION)
    html = post(signed_in("caseworker"), "desk:accept-all", review_case)
    assert "this can&#x27;t be done there" in html
    assert 'class="error"' in html


def test_an_extension_needs_a_reason(signed_in: Callable[..., Client], review_case: Case) -> None:
    client, why = signed_in("caseworker"), "Archives must be restored"
    assert "Write down the reason" in post(client, "exports:extend", review_case, reason="")
    assert "the law knows complexity and number" in post(client, "exports:extend", review_case, reason=why)
    assert "sent no other request" in post(client, "exports:extend", review_case, reason=why, ground="number")
    assert "Extended" in post(client, "exports:extend", review_case, ground="complexity", reason=why)


def test_pausing_and_resuming_the_clock(signed_in: Callable[..., Client], review_case: Case) -> None:
    client = signed_in("caseworker")
    asked = {"text": "Which number?", "waits": "which"}
    assert "10,000 rows or more" in post(client, "desk:message", review_case, **asked)
    review_case.runs.filter(pk=review_case.runs.first().pk).update(expected=12_000)
    assert "The clock is paused" in post(client, "desk:message", review_case, **asked)
    assert "The clock runs again" in post(client, "desk:clock-resume", review_case)


def test_taking_a_case_and_putting_it_back(signed_in: Callable[..., Client], review_case: Case) -> None:
    client = signed_in("caseworker")
    assert "Assigned: you" in post(client, "desk:assign", review_case, to="me")
    assert "Assigned to nobody" in post(client, "desk:assign", review_case, to="nobody")


def test_a_failed_source_has_its_reason_and_a_retry(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    move(review_case, Stage.COLLECTION, blocked_by="source-failed")
    run = review_case.runs.first()
    Run.objects.filter(pk=run.pk).update(status="failed", finished_at=None, error="unreachable")
    client = signed_in("caseworker")
    html = page(client, review_case)
    assert "The source does not answer" in html
    assert "Try again" in html
    assert "asked again" in post(client, "desk:run-retry", review_case, run.pk)
    run.refresh_from_db()
    assert run.status == "waiting"


def test_the_progress_part_polls_while_something_moves(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    client, url = signed_in("caseworker"), reverse("desk:progress", args=[review_case.reference])
    move(review_case, Stage.COLLECTION)
    part = client.get(f"{url}?stage=collection&done=1").content.decode()
    assert 'hx-trigger="every 2s"' in part
    assert "5 of 5 collections are gathered" in part
    assert "collections are gathered" not in client.get(f"{url}?stage=collection&done=5").content.decode()


def test_a_run_shows_its_rows_bytes_rate_and_how_long_it_will_be(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    move(review_case, Stage.COLLECTION)
    run = review_case.runs.get(category="traffic")
    begun = timezone.now() - timedelta(seconds=100)
    Run.objects.filter(pk=run.pk).update(
        status="running", finished_at=None, started_at=begun, rows=40_000, expected=120_000, bytes=5_000_000
    )
    part = page(signed_in("caseworker"), review_case)
    assert "40,000 of about 120,000" in part
    assert "4.8 MB" in part
    assert re.search(r"\d min left, \d+ rows a second", part)


def test_a_stage_that_moved_on_reloads_the_page(signed_in: Callable[..., Client], review_case: Case) -> None:
    url = reverse("desk:progress", args=[review_case.reference])
    assert signed_in("caseworker").get(f"{url}?stage=collection")["HX-Refresh"] == "true"


def test_a_typed_identifier_waits_for_a_check(signed_in: Callable[..., Client], operator: Operator) -> None:
    case = move(proven(hand_in(operator)), Stage.MATCHING)
    case.claimed.update(confirmed_at=None)
    claim, client = case.claimed.get(kind="msisdn"), signed_in("caseworker")
    assert "Check whose it is" in page(client, case)
    assert "Confirmed. The sources are asked again" in post(client, "desk:claim-confirm", case, claim.pk)
    assert "decided this already" in post(client, "desk:claim-reject", case, claim.pk)


@pytest.mark.parametrize("blocked_by", ["source-failed", "source-down"])
def test_a_source_that_stops_the_search_is_said_to(
    blocked_by: str, signed_in: Callable[..., Client], operator: Operator
) -> None:
    """Also while what the person typed is unconfirmed: the search is not through, so nobody has to check it yet."""
    case = move(proven(hand_in(operator)), Stage.MATCHING)
    case.claimed.update(confirmed_at=None)
    client = signed_in("caseworker")
    assert "Gathering begins when it is known" in page(client, case)
    failed_search.note_search_failure(
        case.pk, "crm", "subscription", SourceMisconfigured("no-column", "customer_no")
    )
    move(case, Stage.MATCHING, blocked_by=blocked_by)
    html = unescape(page(client, case))
    assert "A source stops the search for the person's identifiers. It is asked again by itself" in html
    sources = html.partition('<section id="sources"')[2].partition("</section>")[0]
    assert "The search for the person's identifiers is stopped." in sources
    assert "proven" not in sources
    named = "A configured column is not there (customer_no)" in sources
    assert named == (blocked_by == "source-failed")


def test_the_source_that_stops_the_search_now_is_shown(
    signed_in: Callable[..., Client], operator: Operator
) -> None:
    """One is mended and the next one fails: the case stays stopped, for another reason."""
    case = move(proven(hand_in(operator)), Stage.MATCHING, blocked_by="source-failed")
    for column in ("customer_no", "customer_no", "msisdn"):
        failed_search.note_search_failure(
            case.pk, "crm", "subscription", SourceMisconfigured("no-column", column)
        )
    assert AuditEntry.objects.filter(case=case.reference, action="run.failed").count() == 2
    sources = page(signed_in("caseworker"), case).partition('<section id="sources"')[2]
    shown = sources.partition("</section>")[0]
    assert "(msisdn)" in shown
    assert "(customer_no)" not in shown


def test_vouching_for_a_person_keeps_the_name(signed_in: Callable[..., Client], operator: Operator) -> None:
    case = hand_in(operator)
    told = {"evidence": "called", "checked": "She knew her last invoice."}
    post(signed_in("caseworker"), "desk:prove", case, level="substantial", **told)
    proof = case.submission.proofs.get()
    assert (proof.level, proof.method, str(proof.by)) == ("substantial", "manual", "caseworker")
    shown = page(signed_in("caseworker"), case)
    assert "called back on a number known before" in shown
    assert "She knew her last invoice." in shown


def test_swedish_is_spoken_to_who_chose_it(signed_in: Callable[..., Client], review_case: Case) -> None:
    client = signed_in("caseworker")
    client.post(reverse("set_language"), {"language": "sv", "next": "/desk/"})
    assert '<html lang="sv">' in page(client, review_case)


def test_a_case_outlives_the_configuration_of_its_sources(
    signed_in: Callable[..., Client], review_case: Case
) -> None:
    review_case.runs.filter(category="contact").update(source="old-crm", collection="people")
    client = signed_in("caseworker")
    assert "old-crm" in client.get(review_case.get_absolute_url()).content.decode()
    gone = review_case.runs.get(category="contact")
    assert client.get(reverse("desk:rows", args=[review_case.reference, gone.pk])).status_code == 404
