"""Data go straight to another provider once, and the letter says so only where they did (Article 20(2))."""

import hashlib
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.casework.members.hands import HANDS
from cases.casework.workflow import Refusal, stalled
from cases.models import AuditEntry, Case, Operator, User
from cases.models.keys import KeyUse
from cases.registers.elsewhere.receivers import Receivers
from cases.request.asked import check
from cases.sealed import vault
from cases.sealed.typed import read_file
from connectors.description.tomlfile import parse
from demo.servers.receiver import Provider
from exports import delivery, tasks
from exports.answer import building
from exports.models import Answer, Transfer
from exports.opened import pdfs
from exports.porting import choosing, sending
from exports.porting.handing_over import NotTaken, hand_over
from exports.porting.signing import digest, private_key, signed
from tests.exports.porting.conftest import RECEIVERS, SEED
from tests.operators.by_hand import carry_out, request
from tests.operators.line import approve, decide, work

pytestmark = [pytest.mark.django_db, pytest.mark.pango]
Staff = Callable[..., User]


@pytest.fixture
def ready(ask: Callable[..., Case], staff: Staff) -> Callable[..., Answer]:
    """An approved answer at the door of delivery, of whoever chose the receiver."""

    def approved(send_to: str = "nordlind") -> Answer:
        case = work(ask("portability", send_to=send_to))
        decide(case, staff("caseworker"))
        answer = approve(case, staff)
        carry_out(case, staff("caseworker"))
        return answer

    return approved


def receipt_of(answer: Answer) -> str:
    answer.refresh_from_db()
    read = b"".join(vault.unsealed_stream(answer.case, KeyUse.PACKAGE, answer.receipt_name))
    return " ".join(" ".join(pdfs.lines(read)).split())


def letter_of(answer: Answer) -> str:
    return " ".join(" ".join(pdfs.lines(delivery.letter_of(answer))).split())


def test_the_data_go_there_signed_once_and_the_receipt_says_so(
    ready: Callable[..., Answer], provider: Provider, django_capture_on_commit_callbacks: Any
) -> None:
    answer = ready()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.deliver(answer.case_id)
    answer.refresh_from_db()
    assert answer.status == "delivered"
    [(key, content)] = provider.zips.items()
    transfer = answer.transfer
    assert (str(transfer.key), transfer.attempts) == (key, 1)
    assert transfer.sha256 == hashlib.sha256(content).hexdigest() == json.loads(transfer.receipt)["sha256"]
    ours, theirs = (ZipFile(BytesIO(one)) for one in (b"".join(delivery.open_package(answer)), content))
    data = [name for name in ours.namelist() if name.startswith("data/")]
    assert theirs.namelist() == [*data, "manifest.json"]
    assert all(theirs.read(name) == ours.read(name) for name in data)
    assert "skicka filerna direkt till Nordlind Mobil" in letter_of(answer)
    said = receipt_of(answer)
    assert "skickade vi dina uppgifter direkt till Nordlind Mobil" in said
    assert transfer.sha256 in said.replace(" ", "")
    assert f"N-{key[:8]}" in said
    assert AuditEntry.objects.get(action="transfer.sent").data["receiver"] == "nordlind"
    with pytest.raises(FileNotFoundError):
        b"".join(
            vault.unsealed_stream(answer.case, KeyUse.PACKAGE, f"cases/{answer.case_id}/package/1-parcel")
        )


def test_whoever_asks_for_themselves_alone_has_nothing_sent_and_nothing_said(
    ready: Callable[..., Answer], provider: Provider
) -> None:
    answer = ready("")
    tasks.deliver(answer.case_id)
    answer.refresh_from_db()
    assert (answer.status, answer.receipt_name, provider.zips) == ("delivered", "", {})
    assert "Nordlind" not in letter_of(answer)


def test_a_receiver_that_is_away_is_tried_again_later_with_the_same_bytes_under_the_same_key(
    ready: Callable[..., Answer], provider: Provider, staff: Staff
) -> None:
    answer = ready()
    provider.answers = {"status": 503}
    tasks.deliver(answer.case_id)
    assert building.write_receipt(answer.case_id)
    delivery.deliver(answer.case_id)
    answer.refresh_from_db()
    assert (answer.status, answer.receipt_name) == ("approved", ""), "neither is before the data are there"
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.update(sent_at=timezone.now())
    case, transfer = Case.objects.get(pk=answer.case_id), Transfer.objects.get()
    assert (case.blocked_by, case.blocked_why) == ("receiver-away", "nordlind: status-503")
    assert transfer.next_try_at
    assert transfer.next_try_at > timezone.now()
    provider.answers = {}
    tasks.deliver(case.pk)
    assert (Transfer.objects.get().attempts, provider.taken) == (1, {}), "not before its time"
    # The receiver has it, and its answer is lost: taken under the same key it is taken once.
    provider.zips[str(transfer.key)] = b"as it came first"
    sending.try_again(case, by=staff("caseworker"))
    tasks.deliver(case.pk)
    transfer.refresh_from_db()
    assert (transfer.attempts, len(provider.zips), [*provider.taken]) == (2, 1, [str(transfer.key)])
    tasks.deliver(case.pk)
    assert Transfer.objects.get().attempts == 2, "what was taken is not sent again"


def test_what_is_not_taken_waits_for_a_person_who_gives_it_up_and_the_receipt_says_so(
    ready: Callable[..., Answer], provider: Provider, staff: Staff
) -> None:
    answer = ready()
    provider.answers = {"status": 422}
    tasks.deliver(answer.case_id)
    case = Case.objects.get(pk=answer.case_id)
    assert (case.blocked_by, case.blocked_why) == ("receiver-refused", "nordlind: status-422")
    assert not stalled(case.stage).filter(pk=case.pk).exists()
    answer.refresh_from_db()
    assert (answer.status, answer.receipt_name) == ("approved", "")
    sending.give_up(case, by=staff("caseworker"))
    tasks.deliver(case.pk)
    answer.refresh_from_db()
    assert answer.status == "delivered"
    said = receipt_of(answer)
    assert "Nordlind Mobil har inte bekräftat" in said
    assert "skickade vi" not in said


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"TAKE_URL": "http://localhost:1/take"}, "address-not-encrypted"),
        ({"TAKE_KEY": "no key"}, "key-or-certificate"),
        ({"TAKE_KEY": ""}, "secret-missing"),
        ({"TAKE_KEY": "ab" * 32}, "status-401"),
        ({"TAKE_AUTHORITY_FILE": "", "TAKE_AUTHORITY": "no certificate"}, "key-or-certificate"),
    ],
)
def test_nothing_is_sent_unencrypted_or_unsigned_or_to_whom_no_certificate_names(
    environ: dict[str, str], why: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert refusal_of(RECEIVERS) == why
    assert not provider.taken


@pytest.mark.parametrize("named", ["0" * 64, None, 7])
def test_a_receipt_of_something_else_is_none(named: object, provider: Provider) -> None:
    provider.answers = {"said": {"sha256": named}}
    assert refusal_of(RECEIVERS) == "receipt-of-another"


def test_it_is_spoken_to_where_the_operator_said_and_nowhere_else_inside(provider: Provider) -> None:
    assert refusal_of(RECEIVERS.replace('networks = ["127.0.0.0/8", "::1/128"]', "")) == "SourceMisconfigured"
    assert refusal_of(RECEIVERS.replace('authority = "env:TAKE_AUTHORITY"', "")) == "ConnectError"
    assert not provider.taken


def refusal_of(receivers: str) -> str:
    """Why a receiver of these did not take a file."""
    [receiver] = parse(receivers, "receivers.toml", Receivers).root.values()
    with pytest.raises(NotTaken) as refused:
        hand_over(receiver, content=[b"zip"], sha256=hashlib.sha256(b"zip").hexdigest(), size=3, key=uuid4())
    return refused.value.why


def test_what_is_signed_is_everything_that_says_what_is_sent(provider: Provider) -> None:
    """Changed on the way, each part alone, it is not believed."""
    content, url = b"zip", "https://localhost/take"
    told = {"Content-Type": "application/zip", "Content-Digest": digest(hashlib.sha256(content).hexdigest()),
            "Idempotency-Key": "one"}  # fmt: skip
    sent = told | signed(url, told, key=private_key(SEED), key_id="us-1", created=1)
    headers = {name.lower(): value for name, value in sent.items()}
    assert provider.take(url, headers, content)[0] == 201
    assert provider.take("https://localhost/other", headers, content)[0] == 401
    assert provider.take(url, headers, b"another")[0] == 400
    for name in ("content-type", "idempotency-key"):
        assert provider.take(url, headers | {name: "another"}, content)[0] == 401
    later = headers["signature-input"].replace("created=1", "created=2")
    assert provider.take(url, headers | {"signature-input": later}, content)[0] == 401


def test_a_caseworker_writes_down_what_the_person_says_and_that_is_a_hand_in_the_answer(
    ask: Callable[..., Case], staff: Staff, signed_in: Callable[..., Client]
) -> None:
    case = work(ask("portability"))
    desk = signed_in("caseworker")
    page = desk.get(case.get_absolute_url()).content.decode()
    assert "Nordlind Mobil" in page
    desk.post(reverse("exports:send-to", args=[case.reference]), {"receiver": "nordlind"})
    case.refresh_from_db()
    assert read_file(case).send_to == "nordlind"
    assert "transfer.chosen" in HANDS
    with pytest.raises(Refusal, match="no-such-receiver"):
        choosing.choose(case, "another", by=staff("caseworker"))
    other = ask("access", "bo@example.com")
    with pytest.raises(Refusal, match="no-such-receiver"):
        choosing.choose(other, "nordlind", by=staff("caseworker"))


def test_a_request_names_a_receiver_of_the_operators_and_only_to_have_data_of_ones_own(
    operator: Operator,
) -> None:
    assert not check(request(operator, "portability", send_to="nordlind"))
    for wrong in (
        request(operator, "portability", send_to="another"),
        request(operator, "access", send_to="nordlind"),
        request(
            operator,
            "portability",
            send_to="nordlind",
            standing="proxy",
            on_behalf_of="Bo",
            authority="attorney",
        ),
    ):
        assert [*check(wrong)] == ["send_to"]


def test_a_receipt_that_says_what_is_masked_stops_the_delivery(
    ready: Callable[..., Answer], receivers: Callable[[str], None]
) -> None:
    answer = ready()
    # Since the letter was read the receiver was given a name that is a number masked in the answer.
    receivers(RECEIVERS.replace("Nordlind Mobil", "0701-74 06 97"))
    tasks.deliver(answer.case_id)
    answer.refresh_from_db()
    assert (answer.status, answer.receipt_name) == ("approved", "")
    assert Case.objects.get(pk=answer.case_id).blocked_by == "receipt-read-back"
