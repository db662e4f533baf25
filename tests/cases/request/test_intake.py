"""A request is taken in whole or not at all, once however often it is sent, and its clock runs from then on."""

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils.translation import override

from cases.casework.workflow import Refusal
from cases.identity import identifiers
from cases.identity.known import plain
from cases.models import Case, MailedCode, Operator, OutgoingMail, Submission, WrappedKey
from cases.request import intake
from cases.request.asked import Intake, IntakeProblem, check
from cases.request.intake import submit
from cases.sealed import vault
from cases.sealed.typed import read_file, typed_in
from tests.operators.by_hand import mails, request

pytestmark = pytest.mark.django_db


def test_each_right_asked_is_a_case_of_its_own(operator: Operator) -> None:
    submission = submit(request(operator, "access", "erasure", "access"))
    assert [case.right for case in submission.cases.order_by("pk")] == ["access", "erasure"]


def test_the_clock_starts_with_receipt(operator: Operator) -> None:
    case = submit(request(operator, "access")).cases.get()
    assert [(event.kind, event.on) for event in case.clock_events.all()] == [("received", case.received_on)]
    assert 28 <= (case.due_on - case.received_on).days <= 40
    assert case.act_by is None


def test_an_objection_to_marketing_must_act_within_days(operator: Operator) -> None:
    case = submit(request(operator, "marketing-objection")).cases.get()
    assert case.act_by is not None
    assert case.received_on < case.act_by < case.due_on


def test_what_was_typed_is_sealed_and_only_claimed(operator: Operator) -> None:
    submission = submit(request(operator, "access", phone="070-174 06 05", note="My dog is called Rex."))
    case = submission.cases.get()
    assert b"Rex" not in bytes(submission.sealed) + bytes(case.file_sealed)
    assert typed_in(submission).note == read_file(case).note == "My dog is called Rex."
    assert {one.kind for one in case.claimed.all()} == {"email", "msisdn"}
    assert not case.identifiers.exists()


@pytest.mark.parametrize(
    ("typed", "kind", "kept"),
    [
        ({"phone": "070-174 06 05"}, "msisdn", "+46701740605"),
        ({"phone": "+45 20 12 34 56"}, "msisdn", "+4520123456"),
        ({"national_id": "880320-0016"}, "national_id", "198803200016"),
        ({"customer_no": "  C1 "}, "customer_no", "C1"),
        ({"email": " Anna@Example.COM "}, "email", "anna@example.com"),
    ],
)
def test_identifiers_are_written_one_way(
    operator: Operator, typed: dict[str, str], kind: str, kept: str
) -> None:
    claimed = submit(request(operator, "access", **typed)).cases.get().claimed.get(kind=kind)
    assert plain(claimed.case, claimed) == kept
    assert claimed.digest == vault.digest(operator.pk, kind, kept)


HOSTILE: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "  "}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": "Anna\x00"}, "name"),
    ({"name": "Anna\nBcc: all@example.com"}, "name"),
    ({"name": "Anna \u202eatseT"}, "name"),
    ({"name": "\ud800"}, "name"),
    ({"customer_no": "\udfff"}, "customer_no"),
    ({"note": "x" * 4001}, "note"),
    ({"note": "bell \x07"}, "note"),
    ({"email": "nobody"}, "email"),
    ({"email": "a@b"}, "email"),
    ({"email": "a@example.com\nBcc: b@example.com"}, "email"),
    ({"phone": "call me"}, "phone"),
    ({"phone": "+" + "9" * 39}, "phone"),
    ({"national_id": "880320-0017"}, "national_id"),
    ({"national_id": "'; DROP TABLE"}, "national_id"),
    ({"rights": ()}, "rights"),
    ({"rights": ("everything",)}, "rights"),
    ({"language": "xx"}, "language"),
    ({"standing": "emperor"}, "standing"),
    ({"standing": "proxy"}, "on_behalf_of"),
    ({"purposes": ("T9-P99",)}, "purposes"),
    ({"rights": ("objection",), "note": ""}, "purposes"),
    ({"rights": ("objection",), "note": " \n"}, "purposes"),
    ({"rights": ("rectification",), "note": " "}, "note"),
    ({"rights": ("rectification",), "note": "", "purposes": ("T2-P05",)}, "note"),
]


@pytest.mark.parametrize(("typed", "field"), HOSTILE)
def test_hostile_input_is_one_sentence_at_its_field_and_no_case(
    operator: Operator, typed: dict[str, Any], field: str
) -> None:
    rights = typed.pop("rights", ("access",)) if "rights" in typed else ("access",)
    with pytest.raises(IntakeProblem) as refused:
        submit(request(operator, *rights, **typed))
    assert set(refused.value.errors) == {field}
    assert refused.value.errors[field].endswith(".")
    assert not Submission.objects.exists()
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "said", [{"note": "My web history.", "purposes": ()}, {"note": "", "purposes": ("T2-P05",)}]
)
def test_an_objection_names_a_use_or_describes_one(operator: Operator, said: dict[str, Any]) -> None:
    assert check(request(operator, "objection", **said)) == {}


def test_a_blank_field_is_an_empty_one(operator: Operator) -> None:
    assert check(request(operator, "access", phone="  ", national_id=" ")) == {}


def test_a_note_may_have_lines(operator: Operator) -> None:
    assert check(request(operator, "access", note="one\r\n\ttwo 👪")) == {}


def test_a_fault_half_way_leaves_nothing(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second case fails; the first one, its keys, claims and the mail go with it."""
    given = iter([intake.references.new(2026)])
    monkeypatch.setattr(intake.references, "of_case", lambda reference, number: next(given))
    with pytest.raises(StopIteration):
        submit(request(operator, "access", "erasure"))
    kept = (Submission, Case, WrappedKey, OutgoingMail, MailedCode)
    assert [model.objects.count() for model in kept] == [0, 0, 0, 0, 0]


def test_the_same_form_sent_twice_is_one_request(operator: Operator) -> None:
    form = request(operator, "access")
    assert submit(form) == submit(form)
    assert Case.objects.count() == OutgoingMail.objects.count() == 1


def test_the_same_key_with_the_same_content_is_one_request(operator: Operator) -> None:
    first = submit(request(operator, "access"), idempotency_key="k")
    assert submit(request(operator, "access"), idempotency_key="k") == first


def test_the_same_key_with_other_content_is_refused(operator: Operator) -> None:
    submit(request(operator, "access"), idempotency_key="k")
    with pytest.raises(Refusal, match="key-reused"):
        submit(request(operator, "erasure"), idempotency_key="k")


# What a request had before anything was added to the form.
FIRST_FIELDS = {
    "id", "operator", "language", "rights", "name", "email", "standing", "phone", "customer_no", "national_id",
    "on_behalf_of", "note", "purposes", "channel",
}  # fmt: skip


def content_sha256(form: Intake) -> str:
    """Of a request as it was before there were later fields."""
    typed = {name: value for name, value in asdict(form).items() if name in FIRST_FIELDS}
    content = {**typed, "id": UUID(int=0), "operator": form.operator.pk}
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def test_what_recognises_a_request_again_cannot_be_guessed(operator: Operator) -> None:
    form = request(operator, "access")
    assert submit(form).request_sha256 not in ("", content_sha256(form))


def test_a_request_from_before_a_field_was_added_is_known_again(operator: Operator) -> None:
    """Or a system that sends it once more after the desk was brought up to date would be refused."""
    form = request(operator, "access")
    assert submit(form).request_sha256 == vault.digest(operator.pk, "request", content_sha256(form))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", ["id", "key"])
def test_two_threads_with_one_request_make_one(operator: Operator, same: str) -> None:
    shared, found, ready = uuid4(), [], threading.Barrier(2)

    def send() -> None:
        form = request(operator, "access", id=shared if same == "id" else uuid4())
        ready.wait()
        try:
            found.append(submit(form, idempotency_key="k" if same == "key" else None).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert len(set(found)) == 1
    assert Case.objects.count() == 1


def test_the_code_goes_to_the_address_that_was_typed_and_to_no_other(operator: Operator) -> None:
    submission = submit(request(operator, "access", email="anna@straße.example"))
    [mail] = mails(submission, "code")
    assert mail["to"] == "anna@straße.example"


def test_whoever_asks_gets_a_code_customer_or_not(operator: Operator) -> None:
    known, unknown = (
        submit(request(operator, "access", email=box)) for box in ("anna@example.com", "x@example.org")
    )
    shape = [
        [mail["subject"], mail["body"].count("\n")] for one in (known, unknown) for mail in mails(one, "code")
    ]
    assert shape[0] == shape[1]


def test_danish_numbers_are_for_danish_operators() -> None:
    assert identifiers.normalise("national_id", "211062-5629", "DK") == "2110625629"
    with pytest.raises(identifiers.NotAnIdentifier):
        identifiers.normalise("national_id", "211062-5629", "SE")


def test_an_intake_is_complete_before_it_is_a_case(ask: Callable[..., Case]) -> None:
    """Every field of the form ends in the file, in the claims, or on the case."""
    case = ask("access", proven=False, phone="0701740605", on_behalf_of="Bo", standing="proxy")
    assert (case.language, case.submission.standing, read_file(case).on_behalf_of) == ("sv", "proxy", "Bo")
    assert Intake.__dataclass_fields__.keys() >= {"purposes", "channel"}


@pytest.mark.parametrize("field", ["name", "note", "on_behalf_of"])
def test_what_turns_the_reading_direction_is_named_with_its_place(operator: Operator, field: str) -> None:
    typed = {"standing": "proxy", "on_behalf_of": "Bo", field: "Anna \u202eatseT"}
    sentence = "An invisible character (direction mark, U+202E) stands after “Anna”. Please type it again."
    with override("en"):
        assert check(request(operator, "access", **typed)) == {field: sentence}
