"""A source that may not hand something over by law, from its 403 to the closed case; and what nobody may notice."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from cases.casework.workflow import TO_READ
from cases.models import Case, Run, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from dsar.bench.workers import workers
from exports.models import Answer
from tests.operators.looked_at import wait_until
from tests.operators.sealed import registered
from tests.systems.slow_system import CONNECTORS, SlowSystem

WORDS = "Kept as evidence in the case against Anna Ek"
WHY = "En domstol har beslutat att uppgifterna ska hållas hemliga"
CHANGING = re.compile(r'(csrfmiddlewaretoken" value="|x-csrftoken": ")[^"]+')


@pytest.fixture
def system(describe: Callable[..., object]) -> Iterator[SlowSystem]:
    with SlowSystem() as slow:
        slow.refused = {"/calls/ANNA?page=2&size=2": [WORDS]}
        describe(CONNECTORS, SLOW_URL=slow.url)
        yield slow


def press(client: Client, name: str, *args: object, **typed: str) -> int:
    return client.post(reverse(name, args=args), typed).status_code


def page(client: Client, case: Case) -> str:
    return CHANGING.sub("", client.get(case.get_absolute_url()).content.decode())


@pytest.mark.pango
@pytest.mark.django_db(transaction=True)
def test_the_real_line_from_the_refusal_to_the_closed_case(
    system: SlowSystem, as_here: None, ask: Callable[..., Case], signed_in: Callable[..., Client]
) -> None:
    """The first page comes, the second is refused: nothing of either is handed over."""
    caseworker, approver = signed_in("caseworker"), signed_in("approver")
    with workers(1):
        case = ask()
        at = case.reference
        wait_until(lambda: Run.objects.filter(case=case, collection="calls", status="failed").exists())
        run = case.runs.get(collection="calls")
        assert "you can go on without it" in page(caseworker, case)
        assert press(caseworker, "desk:run-leave-out", at, run.pk, reason=WHY) == 302
        wait_until(lambda: Case.objects.get(pk=case.pk).stage == "decisions")
        assert press(caseworker, "desk:accept-all", at) == 302
        assert press(caseworker, "exports:prepare", at) == 302
        wait_until(lambda: Case.objects.get(pk=case.pk).blocked_by == TO_READ)
        answer = Answer.objects.get(case=case)
        assert press(caseworker, "exports:send", at, answer.version) == 302
        assert f"{WHY}</span>" in page(approver, case)
        for part in ("exports:answer", "exports:preview"):
            assert approver.get(reverse(part, args=[at, answer.version])).status_code == 200
        assert press(approver, "exports:approve", at, answer.version, sha256=answer.sha256) == 302
        wait_until(lambda: Case.objects.get(pk=case.pk).stage == "closed")
    case.refresh_from_db()
    assert case.outcome == "partly"
    assert [one["name"] for one in answer.files if "calls" in one["name"]] == []
    said = letter(answer)
    assert f"Skälet: {WHY}." in said
    assert "artiklarna 12.4 och 23" in said
    assert "Integritetsskyddsmyndigheten" in said
    assert WORDS not in said


def letter(answer: Answer) -> str:
    content = b"".join(vault.unsealed_stream(answer.case, KeyUse.PACKAGE, answer.letter_name))
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(one.extract_text() for one in pages).split())


@pytest.fixture
def refused(system: SlowSystem, ask: Callable[..., Case], gather: Callable[[Case], Case]) -> Run:
    return gather(ask()).runs.get(collection="calls")


@pytest.mark.django_db
def test_the_form_says_what_the_source_said_and_asks_for_a_reason(
    refused: Run, signed_in: Callable[..., Client]
) -> None:
    client, path = (
        signed_in("caseworker"),
        reverse("desk:run-leave-out", args=[refused.case.reference, refused.pk]),
    )
    asked = client.get(path).content.decode()
    assert WORDS in asked
    assert "The person reads this in the letter." in asked
    for typed in ("", " ", "x" * 2001):
        again = client.post(path, {"reason": typed})
        assert again.status_code == 422
        assert 'href="#id_reason"' in again.content.decode()
    assert Run.objects.get(pk=refused.pk).status == "failed"
    assert client.post(path, {"reason": WHY}).status_code == 302


@pytest.mark.django_db
def test_only_a_refusal_by_law_offers_it(refused: Run, signed_in: Callable[..., Client]) -> None:
    client, path = (
        signed_in("caseworker"),
        reverse("desk:run-leave-out", args=[refused.case.reference, refused.pk]),
    )
    assert path in page(client, refused.case)
    assert path not in page(signed_in("auditor"), refused.case)
    assert signed_in("auditor").get(path).status_code == 403
    Run.objects.filter(pk=refused.pk).update(error="denied: 403")
    assert path not in page(client, refused.case)
    assert client.post(path, {"reason": WHY}).status_code == 302
    assert Run.objects.get(pk=refused.pk).status == "failed"


@pytest.mark.django_db
def test_what_is_left_out_shows_with_its_reason_and_can_be_tried_again(
    refused: Run, signed_in: Callable[..., Client]
) -> None:
    client, at = signed_in("caseworker"), refused.case.reference
    Run.objects.filter(case=refused.case).exclude(pk=refused.pk).update(status="paused", finished_at=None)
    press(client, "desk:run-leave-out", at, refused.pk, reason=WHY)
    shown = page(client, refused.case)
    assert "Left out" in shown
    assert WHY in shown
    assert WHY not in page(signed_in("auditor"), refused.case)
    press(client, "desk:run-retry", at, refused.pk)
    assert Run.objects.get(pk=refused.pk).status == "waiting"
    assert WHY not in page(client, refused.case)


@pytest.mark.django_db
def test_where_an_order_may_be_behind_it_no_byte_tells(
    system: SlowSystem,
    describe: Callable[..., object],
    ask: Callable[..., Case],
    gather: Callable[[Case], Case],
    signed_in: Callable[..., Client],
    staff: Callable[..., User],
) -> None:
    """Offered in the same way, without a place to write what nobody may know."""
    describe(CONNECTORS.replace('category = "usage"', 'category = "retained"'), SLOW_URL=system.url)
    case = gather(ask())
    client, path = (
        signed_in("caseworker"),
        reverse("desk:run-leave-out", args=[case.reference, case.runs.get(collection="calls").pk]),
    )

    def shown() -> list[str]:
        return [page(client, case), CHANGING.sub("", client.get(path).content.decode())]

    before = shown()
    assert path in before[0]
    assert "<textarea" not in before[1]
    order(case, staff("cleared"))
    assert shown() == before
    assert WORDS not in "".join(before)
    assert client.post(path, {"reason": WHY}).status_code == 302
    assert case.runs.get(collection="calls").status == "left-out"
    assert not case.source_refusals.exists()
    assert WHY not in page(client, case)


def order(case: Case, by: User) -> None:
    """A secret one about this person."""
    one = case.identifiers.first()
    assert one is not None
    registered(
        case.operator, rule="SE-LEK-ORDER", court="Solna tingsrätt", court_case="B 77-26",
        identifier_kind=one.kind, identifier_digest=one.digest, registered_by=by,
        decided_on=date(2026, 11, 1), days=30,
    )  # fmt: skip
