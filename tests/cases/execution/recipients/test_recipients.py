"""Who really received data is named in an access answer (Art. 15(1)(c)), and told of what happened since (Art. 19)."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core import mail as outbox
from django.utils import timezone

from cases.assessment.situations import situation_of
from cases.casework import case_clock
from cases.execution import carrying_out
from cases.execution.recipients import notices, telling
from cases.identity.people.protection import mark_protected
from cases.models import Case, Order, RecipientNotice
from cases.orders.court_orders import register_order
from cases.sealed.typed import read_file
from cases.sealed.vault import seal_for_operator
from cases.sources.loading import load_operator
from exports.letter.document import Document
from tests.operators.line import Staff, approve, decide, finish, letter, said, work
from tests.operators.scenes import TELLING, Scene

pytestmark = pytest.mark.django_db
Ask = Callable[..., Case]


def actual(document: Document) -> str:
    """What the letter says about who has actually received data; empty if nothing."""
    found = [s for s in document.sections if s.heading == "Who has actually received data about you"]
    return " ".join(part.text for s in found for part in s.parts)  # type: ignore[union-attr]


def test_an_access_answer_names_who_got_data_each_company_once(ask: Ask, staff: Staff) -> None:
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    assert actual(letter(case)) == "According to our records: Meta, Google and Dun & Bradstreet."


def test_somebody_elses_recipients_are_not_ours(ask: Ask, staff: Staff, crm: sqlite3.Connection) -> None:
    crm.execute("INSERT INTO profile VALUES (9, 'C2', 'x', '2026-06-01', 'Snapchat', 0)")
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    assert "Snapchat" not in actual(letter(case))


def test_a_name_the_register_lacks_is_told_as_it_stands(
    ask: Ask, staff: Staff, crm: sqlite3.Connection
) -> None:
    crm.execute("INSERT INTO disclosure VALUES (1, 'C1', '', '2026-05-01', 'Inkasso Exempel AB', NULL)")
    case = work(ask("access"))
    decide(case, staff("caseworker"))
    assert "Inkasso Exempel AB" in actual(letter(case))


def rights_holder(crm: sqlite3.Connection, legal: object, case: Case, handed_over: date) -> Order:
    crm.execute(
        f"INSERT INTO disclosure VALUES (1, 'C1', '', '{handed_over}', 'Filmbolaget Exempel AB', NULL)"
    )
    return register_order(
        case.operator, by=legal, rule="SE-IPRED-NOTICE", kind="customer_no", value="C1", court="PMD",
        court_case="PMT 1-26", categories=["disclosures"], handed_over_on=handed_over,
    )  # fmt: skip


@pytest.mark.parametrize(("days", "is_named"), [(10, False), (40, True)])
def test_a_rights_holder_is_not_named_before_its_window_opens(
    ask: Ask, staff: Staff, crm: sqlite3.Connection, days: int, is_named: bool
) -> None:
    case = ask("access")
    rights_holder(crm, staff("legal"), case, timezone.localdate() - timedelta(days=days))
    work(case)
    decide(case, staff("caseworker"))
    assert ("Filmbolaget" in said(letter(case))) is is_named


def test_only_an_access_answer_tells_who_got_data(ask: Ask, staff: Staff) -> None:
    case = work(ask("portability"))
    decide(case, staff("caseworker"))
    assert "Meta" not in said(letter(case))


def test_who_received_erased_data_is_told_by_mail(
    ask: Ask, staff: Staff, crm: sqlite3.Connection, django_capture_on_commit_callbacks: object
) -> None:
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    assert "we tell this to those who have received the data from us: Meta." in said(letter(case))
    approve(case, staff)
    carrying_out.execute(case.pk)
    [notice] = notices.notices_of(case)
    assert (notice.recipient, notice.channel, notice.status) == ("meta", "mail", "waiting")
    assert telling.tell(notice.pk)
    [mail] = [mail for mail in outbox.outbox if mail.to == ["privacy@meta.example"]]
    assert mail.subject.endswith(case.reference)
    assert "C2" not in mail.subject
    # A worker that dies before it notes the mail sends it again under the same name.
    assert mail.message()["Message-ID"].startswith(f"<art19-{case.reference}-{notice.pk}@")
    assert "C2" in mail.body
    assert "Bo Test" not in mail.body
    notice.refresh_from_db()
    assert (notice.status, bytes(notice.sealed)) == ("told", b"")
    assert not telling.tell(notice.pk)


def waiting_notice(case: Case, **fields: object) -> RecipientNotice:
    content = {
        "reference": case.reference,
        "action": "erased",
        "person": ["C2"],
        "categories": [],
        "corrections": [],
    }
    sealed = seal_for_operator(json.dumps(content).encode())
    made = {
        "recipient": "meta",
        "channel": "mail",
        "address": "privacy@meta.example",
        "sealed": sealed,
        **fields,
    }
    return RecipientNotice.objects.create(case=case, **made)


def test_the_address_proven_is_the_address_mailed(ask: Ask) -> None:
    assert telling.tell(waiting_notice(ask("erasure"), address="info@straße.de").pk)
    assert outbox.outbox[-1].to == ["info@xn--strae-oqa.de"]


def test_a_notice_nobody_can_read_is_a_task_and_keeps_no_other(ask: Ask) -> None:
    case = ask("erasure")
    damaged, whole = (
        waiting_notice(case, sealed=b"age-encryption.org/v1\n"),
        waiting_notice(case, recipient="google"),
    )
    Case.objects.filter(pk=case.pk).update(stage="execution", blocked_by="recipients")
    assert [telling.tell(damaged.pk), telling.tell(whole.pk)] == [False, True]
    damaged.refresh_from_db()
    assert (damaged.status, damaged.error) == ("failed", "DecryptError")
    assert case.tasks.get(kind="inform-recipients").detail == "meta"
    assert list(telling.waiting()) == []


def test_who_did_not_receive_is_not_told(ask: Ask, staff: Staff, crm: sqlite3.Connection) -> None:
    crm.execute("DELETE FROM profile")
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    finish(case, staff)
    assert notices.notices_of(case) == []


def test_a_recipient_without_an_address_is_a_task(ask: Ask, staff: Staff, crm: sqlite3.Connection) -> None:
    crm.execute("UPDATE profile SET shared_with = 'Reddit'")
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    approve(case, staff)
    carrying_out.execute(case.pk)
    [notice] = notices.notices_of(case)
    task = case.tasks.get(kind="inform-recipients")
    assert (notice.channel, task.detail) == ("by-hand", "reddit")
    assert task.due_on == case_clock.last_day(case)
    assert telling.note_told_by_hand() == 0
    task.done_at, task.done_by = timezone.now(), staff("caseworker")
    task.save()
    assert telling.note_told_by_hand() == 1
    assert RecipientNotice.objects.get(case=case).status == "told"


def test_the_task_has_the_day_that_the_letter_states(ask: Ask, staff: Staff) -> None:
    """What is stopped at once is told to the recipients at once too, long before the answer is due."""
    case = work(ask("consent-withdrawal"))
    decide(case, staff("caseworker"))
    promised = letter(case)
    finish(case, staff)
    notices.open_task(notices.notices_of(case)[0])
    case.refresh_from_db()
    days = set(case.tasks.filter(kind="inform-recipients").values_list("due_on", flat=True))
    assert days == {case.act_by} != {case.due_on}
    assert f"{case.act_by:%-d %B %Y}" in said(promised)


def test_an_authority_is_no_recipient(ask: Ask, staff: Staff, crm: sqlite3.Connection) -> None:
    crm.execute("UPDATE profile SET shared_with = 'authorities'")
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    finish(case, staff)
    assert notices.notices_of(case) == []


class Web(BaseHTTPRequestHandler):
    """A recipient's web service: answers with what is in `status`, remembers what it was told."""

    status = 204
    told: list[dict[str, object]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.told.append(json.loads(body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[type[Web]]:
    Web.told, Web.status = [], 204
    server = HTTPServer(("127.0.0.1", 0), Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Web.address = f"http://127.0.0.1:{server.server_port}/art19"  # type: ignore[attr-defined]
    yield Web
    server.shutdown()
    server.server_close()


@pytest.fixture
def scene(web: type[Web], request: pytest.FixtureRequest) -> Scene:
    by_web = "web_service" in request.function.__name__
    return replace(TELLING, contacts={"meta": web.address}) if by_web else TELLING  # type: ignore[attr-defined]


def test_a_web_service_is_told_again_until_it_says_yes(ask: Ask, staff: Staff, web: type[Web]) -> None:
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    approve(case, staff)
    carrying_out.execute(case.pk)
    [notice] = notices.notices_of(case)
    web.status = 503
    assert not telling.tell(notice.pk)
    notice.refresh_from_db()
    assert (notice.status, notice.attempts) == ("waiting", 1)
    assert notice.next_try_at > timezone.now()
    assert notice not in telling.waiting()
    web.status = 204
    assert not telling.tell(notice.pk)
    RecipientNotice.objects.update(next_try_at=timezone.now())
    assert telling.tell(notice.pk)
    assert web.told[-1] == {
        "operator": "tele2-se", "article": "19", "action": "erased", "reference": case.reference, "person": ["C2"],
        "categories": ["profile"], "corrections": [],
    }  # fmt: skip


def test_a_recipient_nobody_can_reach_is_a_task_at_last(ask: Ask, staff: Staff, web: type[Web]) -> None:
    case = work(ask("erasure", "bo@example.com"))
    decide(case, staff("caseworker"))
    approve(case, staff)
    carrying_out.execute(case.pk)
    RecipientNotice.objects.update(
        channel="webhook", address="http://127.0.0.1:1/", attempts=telling.MAX_ATTEMPTS - 1
    )
    [notice] = notices.notices_of(case)
    assert not telling.tell(notice.pk)
    notice.refresh_from_db()
    assert (notice.status, notice.error) == ("failed", "ConnectError")
    assert case.tasks.filter(kind="inform-recipients", detail="meta", done_at=None).count() == 1


def test_a_withdrawal_is_told_to_the_partners_of_that_consent(ask: Ask, staff: Staff) -> None:
    case = work(ask("consent-withdrawal"))
    decide(case, staff("caseworker"))
    finish(case, staff)
    assert {notice.recipient for notice in notices.notices_of(case)} == {"meta", "google"}


def meta(folder: Path, kind: str) -> None:
    """Meta is a recipient of this kind, whom the person's contact details may be told."""
    register = folder / "register.toml"
    was = 'kind = "ad-partner"\nown_controller = true\nreceives = ["profile", '
    text = register.read_text()
    assert was in text
    become = f'kind = "{kind}"\nown_controller = true\nreceives = ["profile", "contact", '
    register.write_text(text.replace(was, become, 1))
    load_operator(folder.name)


def told(case: Case, staff: Staff) -> list[tuple[str, list[str]]]:
    """The channel, and what the recipient is to know the person by, of each notice."""
    decide(case, staff("caseworker"))
    notices.plan(case, situation_of(case, case_clock.today(case)))
    return [(one.channel, notices.content_of(one)["person"]) for one in notices.notices_of(case)]


@pytest.mark.parametrize(("contact", "is_told"), [("", True), ("Call my sister.", False)])
def test_who_pays_is_not_told_of_whoever_is_to_be_kept_safe(
    ask: Ask, staff: Staff, folder_of_operator: Path, contact: str, is_told: bool
) -> None:
    meta(folder_of_operator, "customer")
    case = work(ask("erasure", "bo@example.com", standing="user", contact=contact))
    assert bool(told(case, staff)) is is_told


@pytest.mark.parametrize("kept", ["protected", "safe", ""])
def test_what_somebody_kept_safe_typed_leaves_for_no_recipient(
    ask: Ask, staff: Staff, folder_of_operator: Path, crm: sqlite3.Connection, kept: str
) -> None:
    """Meta knows the person by nothing but what it would be told."""
    meta(folder_of_operator, "ad-partner")
    crm.execute("DELETE FROM profile")
    crm.execute("INSERT INTO disclosure VALUES (1, 'C2', '', '2026-05-01', 'Meta', NULL)")
    contact = "Call my sister." if kept == "safe" else ""
    case = work(ask("erasure", "bo@example.com", standing="user", contact=contact))
    if kept == "protected":
        mark_protected(case, by=staff("caseworker"))
    name = read_file(case).name
    assert told(case, staff) == [("by-hand", []) if kept else ("mail", [f"{name}, bo@example.com"])]
