"""What becomes of an answer after it was handed over: opened, kept longer, over, asked for anew, sent by post."""

import re
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from cases.casework.workflow import Refusal
from cases.models import AuditEntry, Case, Standstill, User
from cases.models.keys import KeyUse
from cases.request import anew
from cases.sealed import vault
from exports import pdf, retention
from exports.fetching import longer, post
from exports.models import Answer, Breach, Download
from exports.opened.pdfs import lines, pages
from tests.operators import placed
from tests.operators.by_hand import mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(ask: Callable[..., Case], staff: Callable[..., User]) -> Answer:
    case, content = ask("access"), b"PK the package"
    names = {part: f"cases/{case.pk}/package/1-{part}" for part in ("package", "letter")}
    for name in names.values():
        with vault.sealed_file(case, KeyUse.PACKAGE, name) as file:
            file.write(content)
    now, digest = timezone.now(), sha256(content).hexdigest()
    given = placed.approved(
        case, by=staff("approver"), status="delivered", name=names["package"], letter_name=names["letter"],
        sha256=digest, bytes=len(content), prepared_by=staff("caseworker"), delivered_at=now,
        expires_at=now + timedelta(days=14), files=[{"name": "letter.pdf", "sha256": digest}],
    )  # fmt: skip
    placed.move(case, "closed", outcome="granted", closed_at=now)
    given.case.refresh_from_db()
    return given


def person(case: Case, *, minutes_ago: int = 1) -> Client:
    """The browser of somebody who entered a mailed code so long ago."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    session = client.session
    until = (timezone.now() + timedelta(minutes=60 - minutes_ago)).timestamp()
    session["status"] = {"submission": str(case.submission_id), "until": until}
    session.save()
    return client


def over(answer: Answer) -> Answer:
    Answer.objects.filter(pk=answer.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    answer.refresh_from_db()
    return answer


def requests(case: Case) -> str:
    return reverse("public:requests", args=[case.operator_id])


def test_it_is_kept_longer_once_with_a_fresh_proof(answer: Answer) -> None:
    path = reverse("exports:keep-longer", args=[answer.case.operator_id, answer.pk])
    end = answer.expires_at
    assert end is not None
    old = person(answer.case, minutes_ago=30)
    assert path in old.get(requests(answer.case)).content.decode()
    sent_away = old.post(path)
    assert sent_away["Location"].startswith(reverse("public:status", args=[answer.case.operator_id]))
    # Nothing that follows links does it.
    assert person(answer.case).get(path).status_code == 405
    assert Client().post(path).status_code == 404
    answer.refresh_from_db()
    assert (answer.expires_at, answer.kept_longer_at) == (end, None)

    fresh = person(answer.case)
    assert fresh.post(path)["Location"] == requests(answer.case)
    answer.refresh_from_db()
    assert answer.expires_at is not None
    # Days of the operator's clock: it is kept to the end of a day there.
    assert timezone.localdate(answer.expires_at) - timezone.localdate(end) == timedelta(days=14)
    assert path not in fresh.get(requests(answer.case)).content.decode()
    assert AuditEntry.objects.filter(action="package.kept-longer", actor="data-subject").count() == 1
    with pytest.raises(Refusal, match="kept-longer"):
        longer.keep(answer)
    with pytest.raises(Refusal, match="package-gone"):
        longer.keep(over(answer))


def test_a_desk_that_is_held_back_keeps_nothing_longer(answer: Answer) -> None:
    Standstill.objects.create(dump="0" * 64)
    with pytest.raises(Refusal, match="held-back"):
        longer.keep(answer)


def test_when_its_time_is_over_one_click_begins_a_new_access_request(answer: Answer) -> None:
    case = over(answer).case
    retention.purge_expired()
    path = reverse("public:anew", args=[case.operator_id, case.pk])
    browser = person(case)
    assert path in browser.get(requests(case)).content.decode()
    led_to = browser.post(path)["Location"]
    again = case.followed_by.get()
    assert led_to == reverse("public:code", args=[case.operator_id, again.submission_id])
    assert (again.right, again.stage, again.received_on) == ("access", "verification", timezone.localdate())
    assert not again.submission.proofs.exists()
    assert not again.identifiers.exists()
    assert (len(mails(again.submission, "code")), again.submission.receipt is not None) == (1, True)
    shown = browser.get(requests(case)).content.decode()
    assert path not in shown
    assert again.reference in shown
    # A second click finds the first one's.
    browser.post(path)
    assert case.followed_by.count() == 1


def test_nothing_is_asked_anew_while_it_can_be_fetched_or_where_it_reached_another(
    answer: Answer, staff: Callable[..., User]
) -> None:
    with pytest.raises(Refusal, match="not-over"):
        anew.ask_anew(answer.case)
    over(answer)
    now = timezone.now()
    Breach.objects.create(
        answer=answer, aware_at=now, authority_by=now + timedelta(hours=72), happened="Another's mailbox.",
        risk="risk", fetched=0, recorded_by=staff("caseworker"),
    )  # fmt: skip
    with pytest.raises(Refusal, match="not-over"):
        anew.ask_anew(answer.case)


def test_the_case_shows_what_became_of_it_by_what_was_done(
    answer: Answer, signed_in: Callable[..., Client]
) -> None:
    desk = signed_in("caseworker")

    def shown() -> str:
        page = strip_tags(desk.get(answer.case.get_absolute_url()).content.decode())
        return re.sub(r"\s+", " ", page)

    first = shown()
    assert "Not opened by the person" in first
    assert "Can be fetched until" in first
    person(answer.case).get(reverse("exports:package", args=[answer.case.operator_id, answer.pk]))
    assert Download.objects.get().who == "subject"
    assert "First opened by the person" in shown()
    longer.keep(answer)
    assert "Kept longer, as the person asked" in shown()
    over(answer)
    assert "Could be fetched until" in shown()


@pytest.mark.pango
def test_the_letter_is_printed_for_the_post_as_it_was_approved(
    answer: Answer, signed_in: Callable[..., Client], staff: Callable[..., User]
) -> None:
    letter = pdf.set_type("<html lang=sv><title>t</title><p>The letter itself", "r").content
    with vault.sealed_file(answer.case, KeyUse.PACKAGE, answer.letter_name) as file:
        file.write(letter)
    answer.files = [{"name": "letter.pdf", "sha256": sha256(letter).hexdigest()}]
    answer.save()
    path = reverse("exports:post", args=[answer.case.reference, 1])
    desk = signed_in("caseworker")
    assert "Anna Test" in desk.get(path).content.decode()
    assert desk.post(path, {"address": ""}).status_code == 422
    assert not Download.objects.exists()
    printed = desk.post(path, {"address": "Anna Test\nStorgatan 1\n582 23 Linköping"})
    found = pages(printed.content)
    assert len(found) == 3
    assert "Storgatan 1" in found[0]
    assert (found[1].strip(), "The letter itself" in found[2]) == ("", True)
    assert "582 23 Linköping" in lines(printed.content)
    assert Download.objects.get().part == "post"
    told = AuditEntry.objects.get(action="post.fetched")
    assert "Storgatan" not in str(told.data)
    assert signed_in("auditor").post(path, {"address": "x"}).status_code == 403
    # Of whoever hides where they live nothing is filled in, and nothing printed that is not to be sent on.
    answer.case.protected_by = "asker"
    assert post.address_known(answer) == ()
    with pytest.raises(Refusal, match="protected-package"):
        post.print_ready(answer, address=["Anna Test"], by=staff("caseworker"))
