"""The reply address is corrected once it is proven who asks; what did not arrive goes there, and both hear of it."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from cases.casework import mail
from cases.casework.bounces.whose import mailbox_in_doubt
from cases.casework.workflow import Refusal
from cases.identity import mailed_codes
from cases.identity.authority import is_askers
from cases.identity.claimed import reject_claimed
from cases.identity.contact import correcting
from cases.models import AuditEntry, Case, MailedCode, OutgoingMail, Proof, Task, User
from cases.sealed.typed import read_file, reply_address
from cases.sealed.vault import digest
from dsar.scratch.proving import mailed_code, opened
from tests.operators.by_hand import mails

pytestmark = pytest.mark.django_db
NEW = "anna@new.example"
REASON = "Called back on the number of her subscription."


def came_back(case: Case, kind: str = "receipt") -> OutgoingMail:
    """A mail of this kind did not arrive."""
    lost = case.submission.mails.filter(kind=kind).latest("pk")
    mail.fail(lost, how="bounced", status="5.1.1")
    return lost


def by_code(case: Case, address: str = NEW) -> int:
    typed = correcting.ask_for_code(case.submission, address)
    return correcting.enter_code(case.submission, typed, mailed_code(case.submission, "address_code"))


def test_the_person_shows_that_the_new_mailbox_is_theirs(ask: Callable[..., Case]) -> None:
    case = ask("access")
    correcting.ask_for_code(case.submission, NEW)
    assert mails(case.submission, "address_code")[0]["to"] == NEW
    # Nothing is changed by asking.
    assert reply_address(case.submission) == "anna@example.com"
    correcting.enter_code(case.submission, NEW, mailed_code(case.submission, "address_code"))
    case.refresh_from_db()
    case.submission.refresh_from_db()
    assert (reply_address(case.submission), read_file(case).email, read_file(case).name) == (
        NEW,
        NEW,
        "Anna Test",
    )
    assert case.submission.mailbox_digest == digest(case.operator_id, "email", NEW)
    assert not mailbox_in_doubt(case.submission)


def test_a_wrong_code_changes_nothing(ask: Callable[..., Case]) -> None:
    case = ask("access")
    correcting.ask_for_code(case.submission, NEW)
    wrong = f"{(int(mailed_code(case.submission, 'address_code')) + 1) % 10**6:06}"
    with pytest.raises(Refusal, match="code-wrong"):
        correcting.enter_code(case.submission, NEW, wrong)
    # Nor does the code that opens the page.
    mailed_codes.send_code(case.submission, purpose=MailedCode.Purpose.STATUS)
    with pytest.raises(Refusal, match="code-wrong"):
        correcting.enter_code(case.submission, NEW, mailed_code(case.submission, "status_code"))
    assert reply_address(case.submission) == "anna@example.com"


def test_a_code_is_for_the_address_it_was_mailed_to_last(ask: Callable[..., Case]) -> None:
    case = ask("access")
    correcting.ask_for_code(case.submission, "one@new.example")
    first = mailed_code(case.submission, "address_code")
    correcting.ask_for_code(case.submission, NEW)
    if first != mailed_code(case.submission, "address_code"):
        with pytest.raises(Refusal, match="code-wrong"):
            correcting.enter_code(case.submission, NEW, first)


def test_a_code_from_ones_own_mailbox_makes_nobody_elses_the_address(ask: Callable[..., Case]) -> None:
    """Two tabs: the first has somebody else's address typed, the newest code went to the second's."""
    case = ask("access")
    elsewhere = correcting.ask_for_code(case.submission, "somebody@else.example")
    correcting.ask_for_code(case.submission, NEW)
    code = mailed_code(case.submission, "address_code")
    with pytest.raises(Refusal, match="code-wrong"):
        correcting.enter_code(case.submission, elsewhere, code)
    assert reply_address(case.submission) == "anna@example.com"
    correcting.enter_code(case.submission, NEW, code)
    assert reply_address(Case.objects.get().submission) == NEW


def test_a_mailbox_is_not_flooded_by_many_requests_that_name_it_as_their_new_one(
    ask: Callable[..., Case],
) -> None:
    case, other = ask("access"), ask("access", "bo@example.com")
    box = digest(case.operator_id, "email", NEW)
    told = [
        MailedCode(submission=other.submission, purpose="address", mailbox_digest=box)
        for _ in range(mailed_codes.PER_MAILBOX)
    ]
    MailedCode.objects.bulk_create(told)
    with pytest.raises(Refusal, match="mail-limit"):
        correcting.ask_for_code(case.submission, NEW)
    # Their own mailbox has room, and so has another one.
    assert mailed_codes.send_code(case.submission, purpose=MailedCode.Purpose.STATUS)
    correcting.ask_for_code(case.submission, "anna@other.example")


def test_what_did_not_arrive_goes_to_the_new_address(ask: Callable[..., Case]) -> None:
    case = ask("access")
    lost = came_back(case)
    assert by_code(case) == 1
    again = case.submission.mails.filter(kind="receipt").latest("pk")
    assert (again.pk == lost.pk, opened(again)["to"]) == (False, NEW)
    assert not Task.objects.filter(done_at=None).exists()
    lost.refresh_from_db()
    assert lost.sealed == b""
    assert AuditEntry.objects.get(action="address.corrected").data["sent_again"] == 1


def test_a_mailbox_that_is_not_the_persons_gets_nothing_more(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = ask("access", proven=False)
    Proof.objects.create(
        submission=case.submission, level="high", method="bankid", issuer="https://e.example"
    )
    Case.objects.filter(pk=case.pk).update(stage="matching")
    reject_claimed(case.claimed.get(kind="email"), by=staff("caseworker"))
    waiting = mail.queue(case.submission, "closed", to="anna@example.com", case=case, for_whom=False)
    assert waiting is not None
    assert not mail.deliver(waiting.pk)
    assert case.tasks.get(done_at=None).kind == mail.FAILED
    assert AuditEntry.objects.get(action="mail.failed").data["how"] == "rejected"
    assert correcting.correct_for_person(case, address=NEW, reason=REASON, by=staff("caseworker")) == 1
    assert [one["to"] for one in mails(case.submission, "readdressed")] == [NEW]
    assert not case.tasks.filter(done_at=None).exists()


def test_a_code_that_did_not_arrive_is_not_sent_again(ask: Callable[..., Case]) -> None:
    case = ask("access")
    came_back(case, "code")
    assert by_code(case) == 0
    assert case.submission.mails.filter(kind="code").count() == 1


@pytest.mark.parametrize(("lost", "told"), [(False, ["anna@example.com", NEW]), (True, [NEW])])
def test_old_and_new_are_told_but_for_a_mailbox_that_takes_nothing(
    ask: Callable[..., Case], lost: bool, told: list[str]
) -> None:
    case = ask("access")
    if lost:
        came_back(case)
    by_code(case)
    written = mails(case.submission, "readdressed")
    assert [one["to"] for one in written] == told
    assert not [one for one in written if NEW in one["body"]]


def test_codes_in_the_old_mailbox_open_nothing_any_more(ask: Callable[..., Case]) -> None:
    case = ask("access")
    mailed_codes.send_code(case.submission, purpose=MailedCode.Purpose.STATUS)
    old = mailed_code(case.submission, "status_code")
    by_code(case)
    refusal, _many = mailed_codes.redeem(case.submission, purpose=MailedCode.Purpose.STATUS, code=old)
    assert refusal is not None
    assert refusal.code == "code-expired"


def test_before_anybody_is_proven_no_address_is_changed(
    ask: Callable[..., Case], staff: Callable[..., User]
) -> None:
    case = ask("access", proven=False)
    with pytest.raises(Refusal, match="proof-missing"):
        correcting.ask_for_code(case.submission, NEW)
    with pytest.raises(Refusal, match="proof-missing"):
        correcting.correct_for_person(case, address=NEW, reason=REASON, by=staff("caseworker"))


def test_a_caseworker_says_how_they_know(ask: Callable[..., Case], staff: Callable[..., User]) -> None:
    case = ask("access")
    with pytest.raises(Refusal, match="reason-needed"):
        correcting.correct_for_person(case, address=NEW, reason=" ", by=staff("caseworker"))
    for roles in (["approver"], ["auditor"], []):
        with pytest.raises(PermissionDenied):
            correcting.correct_for_person(case, address=NEW, reason=REASON, by=staff(*roles))
    came_back(case)
    assert correcting.correct_for_person(case, address=NEW, reason=REASON, by=staff("caseworker")) == 1
    entry = AuditEntry.objects.get(action="address.corrected")
    assert entry.actor == staff("caseworker").username
    assert NEW not in str(entry.data)
    assert case.submission.former_addresses.get().reason == REASON


@pytest.mark.parametrize(
    ("typed", "code"),
    [("anna@", "address-invalid"), ("", "address-invalid"), ("a b@c.example", "address-invalid"),
     ("ANNA@example.com", "address-same"), (f"{'a' * 250}@c.example", "address-invalid")],
)  # fmt: skip
def test_what_is_no_new_address(ask: Callable[..., Case], typed: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        correcting.ask_for_code(ask("access").submission, typed)


def test_no_mailbox_is_flooded(ask: Callable[..., Case]) -> None:
    case = ask("access")
    for number in range(mailed_codes.PER_HOUR - 1):
        correcting.ask_for_code(case.submission, f"a{number}@new.example")
    with pytest.raises(Refusal, match="mail-limit"):
        correcting.ask_for_code(case.submission, NEW)


def test_every_case_of_the_request_is_written_to_there(ask_together: Callable[..., list[Case]]) -> None:
    cases = ask_together("access", "erasure")
    by_code(cases[0])
    for case in cases:
        case.refresh_from_db()
        assert read_file(case).email == NEW
    assert AuditEntry.objects.filter(action="address.corrected").count() == 2


def test_the_old_mailbox_stays_known_as_the_askers_own(ask: Callable[..., Case]) -> None:
    """Or it could be taken for that of the person they ask for."""
    case = ask("access")
    old = case.submission.mailbox_digest
    by_code(case)
    Case.objects.update(for_other=True)
    case = Case.objects.select_related("submission").get()
    assert is_askers(case, "email", old)
    assert is_askers(case, "email", case.submission.mailbox_digest)


def test_a_request_whose_file_is_gone_has_no_address(ask: Callable[..., Case]) -> None:
    case = ask("access")
    Case.objects.update(file_sealed=b"")
    case.submission.sealed = b""
    case.submission.save()
    with pytest.raises(Refusal, match="case-file-gone"):
        correcting.ask_for_code(case.submission, NEW)


def test_the_last_of_two_corrections_counts(ask: Callable[..., Case]) -> None:
    case = ask("access")
    by_code(case)
    OutgoingMail.objects.update(created_at=timezone.now())
    by_code(case, "anna@newest.example")
    assert [one.by for one in case.submission.former_addresses.all()] == [None, None]
    assert reply_address(Case.objects.get().submission) == "anna@newest.example"


def test_a_code_from_one_mailbox_proves_no_other(ask: Callable[..., Case]) -> None:
    """Two browsers have the page open; the second has its code mailed, the first is the one that enters it."""
    case = ask("access")
    theirs = correcting.ask_for_code(case.submission, "other@new.example")
    correcting.ask_for_code(case.submission, NEW)
    code = mailed_code(case.submission, "address_code")
    with pytest.raises(Refusal, match="code-wrong"):
        correcting.enter_code(case.submission, theirs, code)
    assert reply_address(case.submission) == "anna@example.com"
    correcting.enter_code(case.submission, NEW, code)
    case.submission.refresh_from_db()
    assert reply_address(case.submission) == NEW


def test_what_came_back_too_late_to_go_again_stays_a_task(
    ask_together: Callable[..., list[Case]], staff: Callable[..., User]
) -> None:
    first, second = ask_together("access", "portability")
    for case in (first, second):
        mail.queue(case.submission, "letter", to="anna@example.com", case=case)
    lost = first.submission.mails.get(kind="letter", case=first)
    OutgoingMail.objects.filter(pk=lost.pk).update(sealed=b"", sent_at=timezone.now() - mail.MAY_COME_BACK)
    for one in first.submission.mails.filter(kind="letter"):
        mail.fail(one, how="bounced", status="4.4.7")
    came_back(first, "code")
    assert correcting.correct_for_person(first, address=NEW, reason=REASON, by=staff("caseworker")) == 1
    left = Task.objects.filter(done_at=None).values_list("case", "detail")
    assert list(left) == [(first.pk, "letter")]


def test_a_code_to_an_address_that_is_none_says_nothing_of_the_old_one(ask: Callable[..., Case]) -> None:
    """Or whoever has the page open would keep the old mailbox from hearing of the change."""
    case = ask("access")
    correcting.ask_for_code(case.submission, "nobody@new.example")
    came_back(case, "address_code")
    assert not correcting.not_arrived(case.submission)
    by_code(case)
    told = {one["to"] for one in mails(case.submission, "readdressed")}
    assert told == {"anna@example.com", NEW}


def test_where_contact_must_be_safe_no_other_address_is_taken(ask: Callable[..., Case]) -> None:
    case = ask("access", contact="Call me at work, nine to five.")
    with pytest.raises(Refusal, match="address-safe-contact"):
        correcting.ask_for_code(case.submission, NEW)
    assert mails(case.submission, "address_code") == []
