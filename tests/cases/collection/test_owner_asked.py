"""A system nobody can connect: its owner is asked by mail, and hands over rows, files, or says there is nothing."""

import base64
import gzip
import json
import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.assessment import assessing, deciding
from cases.casework.workflow import Refusal
from cases.collection import owner_answers, owners
from cases.collection.run_commands import retry_run
from cases.models import AuditEntry, Case, HandedFile, OwnerRequest, Run, Task, User
from exports import delivery
from exports.answer import building
from tests.chromium import chromium, fits_narrow
from tests.operators.by_hand import accept, read_and_approve, sent
from tests.operators.looked_at import mailed, rows

pytestmark = pytest.mark.django_db

CONNECTORS = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:SOURCES_CRM"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "customer"
category = "contact"
NAME
table = "customer"
key_columns = ["customer_no"]
find = { customer_no = "customer_no", email = "email" }
link = ["email"]
yields = [
  { kind = "customer_no", column = "customer_no" },
  { kind = "msisdn", column = "msisdn", from = "since", to = "until" },
]

[[source]]
key = "shop"
name = { sv = "Butikernas pärm", da = "Butikkernes mappe", en = "The shops' binder" }
kind = "manual"
owner = "shops@operator.test"
time_zone = "Europe/Stockholm"

[[source.collection]]
key = "visits"
category = "correspondence"
NAME
find = { msisdn = "number" }
at = "at"
"""
TABLE = """
CREATE TABLE customer (customer_no TEXT PRIMARY KEY, email TEXT, msisdn TEXT, since DATETIME, until DATETIME);
INSERT INTO customer VALUES ('C1', 'anna@example.com', '+46701740605', '2026-01-01', NULL);
"""
PDF = b"%PDF-1.7\n1 0 obj\n<< >>\nendobj\ntrailer\n<< >>\n%%EOF\n"
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 50
CSV = "number;at;note\n+46701740605;2026-02-03 10:00;Fick ny telefon\n"


@pytest.fixture
def waiting(
    describe: Callable[..., object],
    tmp_path: Path,
    ask: Callable[..., Case],
    gather: Callable[[Case], Case],
) -> Run:
    """A case that waits for the owner of the shops' binder, who has been written to."""
    with sqlite3.connect(tmp_path / "crm.sqlite") as crm:
        crm.executescript(TABLE)
    describe(CONNECTORS, SOURCES_CRM=f"sqlite:///{tmp_path}/crm.sqlite")
    case = gather(ask())
    for run_id in owners.unasked().values_list("pk", flat=True):
        owners.ask(run_id)
    return case.runs.get(source="shop")


def link_of(run: Run) -> str:
    found = re.search(r"http://\S+(/sources/\S+/)", mailed(run.case.submission, "owner")["body"])
    assert found
    return found[1]


def hand(client: Client, run: Run, *contents: bytes | str, action: str = "give") -> str:
    """Hand files over as the owner would; the page that follows."""
    files = [
        SimpleUploadedFile(f"{number}.bin", content.encode() if isinstance(content, str) else content)
        for number, content in enumerate(contents)
    ]
    response = client.post(link_of(run), {"action": action, "files": files}, follow=True)
    return response.content.decode()


def test_the_case_waits_and_says_for_whom(waiting: Run) -> None:
    assert (waiting.status, waiting.case.stage, waiting.case.blocked_by) == (
        "asked",
        "collection",
        "waiting-for-owner",
    )


def test_the_mail_tells_the_owner_nothing_about_the_person(waiting: Run) -> None:
    mail = mailed(waiting.case.submission, "owner")
    assert mail["to"] == "shops@operator.test"
    assert "Butikernas pärm" in mail["body"]
    for personal in ("+46701740605", "anna@example.com", "Anna", "C1"):
        assert personal not in mail["subject"] + mail["body"]
    assert waiting.case.reference in mail["subject"]


@pytest.mark.browser
def test_the_page_never_scrolls_sideways_with_a_long_value(waiting: Run, tmp_path: Path) -> None:
    shown = Client().post(link_of(waiting), {"action": "reveal"}, follow=True)
    assert "+46701740605" in shown.content.decode()
    page = shown.content.decode().replace("+46701740605", "fornamn.efternamn@langtforetagsnamn.example")
    # The page as it is, opened from a file: nothing else of a server is looked at.
    style = Path(settings.BASE_DIR, "static", "dsar.css").as_uri()
    written = tmp_path / "owner.html"
    written.write_text(re.sub(r'href="[^"]*dsar[^"]*\.css"', f'href="{style}"', page))
    with chromium(tmp_path, 390) as browser:
        browser.get(written.as_uri())
        assert (
            browser.execute_script(
                "return getComputedStyle(document.querySelector('.masthead')).borderTopWidth"
            )
            == "4px"
        )
        assert fits_narrow(browser, 390) == []


def test_an_owner_is_asked_once_however_often_the_task_runs(waiting: Run) -> None:
    owners.ask(waiting.pk)
    assert waiting.case.submission.mails.filter(kind="owner").count() == 1


def test_what_to_look_for_is_shown_on_request_and_on_the_record(waiting: Run, client: Client) -> None:
    before = client.get(link_of(waiting)).content.decode()
    assert "+46701740605" not in before
    after = client.post(link_of(waiting), {"action": "reveal"}, follow=True).content.decode()
    assert "+46701740605" in after
    assert AuditEntry.objects.get(action="owner.opened").actor == "source-owner"


def test_a_passed_on_link_shows_it_to_nobody_else(waiting: Run, client: Client) -> None:
    client.post(link_of(waiting), {"action": "reveal"})
    stranger = Client()
    page = stranger.post(link_of(waiting), {"action": "reveal"}, follow=True).content.decode()
    assert "+46701740605" not in page
    assert AuditEntry.objects.filter(action="owner.opened").count() == 1


def test_a_new_mail_shows_it_once_more(waiting: Run, client: Client, staff: Callable[..., User]) -> None:
    client.post(link_of(waiting), {"action": "reveal"})
    owners.write_again(waiting, by=staff("caseworker"))
    page = Client().post(link_of(waiting), {"action": "reveal"}, follow=True).content.decode()
    assert "+46701740605" in page


@pytest.mark.parametrize("token", ["x", "WzEsMV0:1abcde:forged", "%00", "a" * 3000])
def test_a_forged_link_opens_nothing(waiting: Run, client: Client, token: str) -> None:
    assert client.get(f"/sources/{token}/").status_code in {400, 404}


def test_a_newer_mail_ends_the_links_before_it(
    waiting: Run, client: Client, staff: Callable[..., User]
) -> None:
    old = link_of(waiting)
    owners.write_again(waiting, by=staff("caseworker"))
    assert client.get(old).status_code == 404
    assert client.post(old, {"action": "nothing"}).status_code == 404
    assert Run.objects.get(pk=waiting.pk).status == "asked"
    assert client.get(link_of(waiting)).status_code == 200


def test_the_owner_is_not_told_who_holds_the_link_by_its_address(waiting: Run) -> None:
    said = link_of(waiting).removeprefix("/sources/").partition(":")[0]
    assert re.fullmatch(rb"\[\d+,\d+\]", base64.urlsafe_b64decode(f"{said}=="))


def test_rows_that_only_cleared_officers_may_know_of_are_not_counted(
    waiting: Run, client: Client, configured: Callable[[str], None]
) -> None:
    kinds = CONNECTORS.replace('"correspondence"', '"retained"') + 'record_kind = { column = "kind" }\n'
    configured(kinds.replace("NAME", 'name = { sv = "Namn", da = "Navn", en = "Name" }'))
    first, second = (f"+46701740605;{day} 10:00;internet\n" for day in ("2026-11-03", "2026-01-05"))
    hand(client, waiting, "number;at;kind\n" + first + second)
    waiting.refresh_from_db()
    assert sum(chunk.rows for chunk in waiting.chunks.filter(secret=True)) == 1
    assert (waiting.rows, waiting.handed.get().rows) == (1, 1)
    assert AuditEntry.objects.get(action="owner.gave").data["rows"] == 1


@pytest.mark.parametrize("json", [False, True])
def test_a_long_file_is_taken_a_page_at_a_time(
    waiting: Run, client: Client, monkeypatch: pytest.MonkeyPatch, json: bool
) -> None:
    monkeypatch.setattr(owner_answers, "PAGE_ROWS", 1000)
    head, row, foot = (
        ("[", '{{"number": "+46701740605", "at": "2026-02-03 10:00", "note": "{}"}},', "]")
        if json
        else ("number;at;note\n", "+46701740605;2026-02-03 10:00;{}\n", "")
    )
    content = (head + "".join(row.format(number) for number in range(4500))).rstrip(",") + foot
    hand(client, waiting, content)
    run = Run.objects.get(pk=waiting.pk)
    assert (run.rows, list(run.chunks.values_list("rows", flat=True))) == (4500, [1000] * 4 + [500])
    assert [row["note"] for row in rows(waiting.case, "visits")] == [str(number) for number in range(4500)]


def test_a_fault_far_down_in_a_file_takes_nothing_of_it(
    waiting: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_answers, "PAGE_ROWS", 10)
    content = CSV + "+46701740605;2026-02-03 10:00;x\n" * 40 + "+46709999999;2026-02-03;x\n"
    with pytest.raises(Refusal) as refused:
        owner_answers.take(waiting, content.encode(), by=owner_answers.OWNER)
    assert (refused.value.code, refused.value.params["row"]) == ("upload-foreign", 42)
    assert not waiting.chunks.exists()


def test_what_was_handed_over_can_be_corrected_until_it_is_decided(
    waiting: Run, client: Client, signed_in: Callable[..., Client], gather: Callable[[Case], Case]
) -> None:
    hand(client, waiting, CSV)
    hand(client, waiting, action="finish")
    desk, reference = signed_in("caseworker"), waiting.case.reference
    page = desk.get(reverse("desk:run-answer", args=[reference, waiting.pk])).content.decode()
    address = reverse("desk:run-reopen", args=[reference, waiting.pk])
    assert address in page
    assert signed_in("approver").post(address).status_code == 403
    desk.post(address)
    case = gather(Case.objects.get(pk=waiting.case_id))
    assert (case.stage, case.blocked_by) == ("collection", "waiting-for-owner")
    hand(client, waiting, action="start-over")
    hand(client, waiting, CSV.replace("ny telefon", "ny router"))
    hand(client, waiting, action="finish")
    assert [row["note"] for row in rows(case, "visits")] == ["Fick ny router"]
    assert Case.objects.get(pk=case.pk).stage == "holds"


def test_a_link_runs_out(waiting: Run, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    link = link_of(waiting)
    monkeypatch.setattr(owners, "LIFE", timedelta(seconds=-1))
    gone = client.get(link)
    assert gone.status_code == 404
    assert waiting.case.operator.name in gone.content.decode(), "whose pages these are"


def test_csv_becomes_rows_and_the_case_goes_on(waiting: Run, client: Client) -> None:
    hand(client, waiting, CSV)
    assert waiting.case.runs.get(source="shop").status == "asked"
    hand(client, waiting, action="finish")
    case = Case.objects.get(pk=waiting.case_id)
    assert case.stage == "holds"
    assert rows(case, "visits") == [
        {"number": "+46701740605", "at": "2026-02-03 10:00", "note": "Fick ny telefon"}
    ]


def test_json_keeps_every_digit(waiting: Run) -> None:
    exact = '{"number": "+46701740605", "at": "2026-02-03T10:00:00+01:00", "fee": 199.00, "id": 12345678901234567890}'
    owner_answers.take(waiting, f"[{exact}]".encode(), by=owner_answers.OWNER)
    run = Run.objects.get(pk=waiting.pk)
    chunk = run.chunks.get()
    from cases.rows.chunks import lines_of

    assert lines_of(chunk) == [exact.replace(": ", ":").replace(", ", ",").encode()]


def test_nothing_held_is_an_answer(waiting: Run, client: Client) -> None:
    hand(client, waiting, action="nothing")
    run = Run.objects.get(pk=waiting.pk)
    assert (run.status, run.rows, run.case.stage) == ("done", 0, "holds")


def test_nothing_held_after_files_is_refused(waiting: Run, client: Client) -> None:
    hand(client, waiting, CSV)
    hand(client, waiting, action="nothing")
    assert Run.objects.get(pk=waiting.pk).status == "asked"


def test_starting_over_takes_everything_back(waiting: Run, client: Client) -> None:
    hand(client, waiting, CSV, PDF)
    hand(client, waiting, action="start-over")
    run = Run.objects.get(pk=waiting.pk)
    assert (run.rows, run.chunks.count(), run.handed.count()) == (0, 0, 0)
    hand(client, waiting, CSV)
    assert Run.objects.get(pk=waiting.pk).rows == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "upload-empty"),
        ("number;at\n", "upload-empty"),
        ("[]", "upload-empty"),
        ("number;number\na;b\n", "upload-header"),
        ("number;;at\na;b;c\n", "upload-header"),
        ("number;at\n+46701740605\n", "upload-columns"),
        ('number;at\n"+467;2026\n', "upload-csv"),
        ('{"number": "+46701740605", "number": "x"}', "upload-twice"),
        ('[{"number": NaN}]', "upload-json"),
        ('[{"number": "\\ud800"}]', "upload-json"),
        ("[1, 2]", "upload-not-a-row"),
        ("[" * 100_000, "upload-json"),
        ('{"a": ' + '{"a": ' * 900 + "1" + "}" * 901, "upload-json"),
        ("<html><script>alert(1)</script></html>", "upload-type"),
        (b"MZ\x90\x00" + bytes(200), "upload-type"),
        (b"PK\x03\x04" + bytes(200), "upload-type"),
        (b"MSCF" + bytes(200), "upload-type"),
        (b"<!-- %PDF-1.7 -->" + PDF, "upload-type"),
        (b"\xef\xbb\xbf\n <svg onload='alert(1)'/>", "upload-type"),
        ("number;at\n+46701740605;\ud83d\n".encode("utf-8", "surrogatepass"), "upload-encoding"),
        ("number;at;note\n+46701740605;2026-02-03;Å blåst\n".encode("cp850"), "upload-encoding"),
        ("number;at;note\n+46701740605;2026-02-03;Överföring\n".encode("mac-roman"), "upload-encoding"),
        ("number;at;note\n+46701740605;2026-02-03;å\n".encode() + b"\xe5", "upload-encoding"),
        ("number;at;;\n+46701740605;2026-02-03;;x\n", "upload-columns"),
        ('[{"number": "+46701740605"},]', "upload-json"),
        ('[{"number": "+46701740605", "at": "2026-02-03T10:00"}', "upload-json"),
        ('{"number": "+46701740605", "at": "2026-02-03T10:00"} x', "upload-json"),
        (bytes(range(256)), "upload-type"),
        ("number;at\x00\n", "upload-type"),
        ("number;at;note\n+46709999999;2026-02-03;x\n", "upload-foreign"),
        ("number;at;note\n+46701740605;2025-12-31;x\n", "upload-time"),
        ("number;at;note\n+46701740605;yesterday;x\n", "upload-time"),
        ("number;note\n+46701740605;x\n", "upload-time"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_reason(waiting: Run, content: bytes | str, told: str) -> None:
    with pytest.raises(Refusal) as refused:
        owner_answers.take(
            waiting, content.encode() if isinstance(content, str) else content, by=owner_answers.OWNER
        )
    assert refused.value.code == told
    assert refused.value.message
    assert not Run.objects.get(pk=waiting.pk).rows


def test_one_bad_file_does_not_undo_the_good_one_before_it(waiting: Run, client: Client) -> None:
    page = hand(client, waiting, CSV, "number;at\n")
    assert "error" in page
    assert Run.objects.get(pk=waiting.pk).rows == 1


def test_a_file_sent_twice_is_taken_once(waiting: Run, client: Client) -> None:
    hand(client, waiting, CSV)
    hand(client, waiting, CSV)
    assert Run.objects.get(pk=waiting.pk).rows == 1


def test_a_file_beyond_the_limit_is_refused_and_kept_nowhere(
    waiting: Run, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_answers, "MOST_BYTES", 1000)
    hand(client, waiting, PDF + bytes(1000))
    hand(client, waiting, PDF, MP3 + bytes(990))
    assert [each.type for each in HandedFile.objects.all()] == ["application/pdf"]


def test_an_answered_question_takes_nothing_more(waiting: Run, client: Client) -> None:
    hand(client, waiting, action="nothing")
    with pytest.raises(Refusal) as refused:
        owner_answers.take(waiting, CSV.encode(), by=owner_answers.OWNER)
    assert refused.value.code in {"owner-answered", "wrong-stage"}
    assert client.get(link_of(waiting)).status_code == 200


def test_sealed_files_say_nothing_on_disk(waiting: Run, settings: object) -> None:
    from cases.sealed import vault

    handed = owner_answers.take(waiting, PDF, by=owner_answers.OWNER)
    assert handed.type == "application/pdf"
    assert b"PDF" not in vault.read(handed.name)


def test_what_a_file_is_called_does_not_decide_what_it_is(waiting: Run, client: Client) -> None:
    upload = SimpleUploadedFile("../../../etc/harmless.csv", b"MZ\x90\x00" + bytes(200), "text/csv")
    client.post(link_of(waiting), {"action": "give", "files": [upload]})
    assert not HandedFile.objects.exists()


def test_nothing_that_is_handed_over_is_unpacked(waiting: Run) -> None:
    """Neither a gigabyte in a few bytes, nor a link that leads out, nor a path upwards: an archive is no answer."""
    link = ZipInfo("rows.csv")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("../../rows.csv", CSV)
    bombs = (gzip.compress(CSV.encode() * 300_000), packed.getvalue())
    for bomb in bombs:
        with pytest.raises(Refusal) as refused:
            owner_answers.take(waiting, bomb, by=owner_answers.OWNER)
        assert refused.value.code == "upload-type"
    assert not HandedFile.objects.exists()


def test_the_desk_can_answer_for_the_owner(waiting: Run, signed_in: Callable[..., Client]) -> None:
    desk = signed_in("caseworker")
    case_page = desk.get(waiting.case.get_absolute_url()).content.decode()
    address = reverse("desk:run-answer", args=[waiting.case.reference, waiting.pk])
    assert address in case_page
    assert "+46701740605" in desk.post(address, {"action": "reveal"}).content.decode()
    desk.post(address, {"action": "give", "files": [SimpleUploadedFile("a.csv", CSV.encode())]})
    desk.post(address, {"action": "finish"})
    assert Case.objects.get(pk=waiting.case_id).stage == "holds"
    actions = AuditEntry.objects.filter(action__startswith="owner.", actor="caseworker")
    assert list(actions.values_list("action", flat=True)) == ["owner.opened", "owner.gave", "owner.answered"]


def test_an_approver_cannot_answer_for_the_owner(waiting: Run, signed_in: Callable[..., Client]) -> None:
    address = reverse("desk:run-answer", args=[waiting.case.reference, waiting.pk])
    assert signed_in("approver").post(address, {"action": "nothing"}).status_code == 403


def test_a_silent_owner_is_reminded_after_five_and_ten_days_and_no_more(waiting: Run) -> None:
    sent = []
    for days in (4, 6, 9, 11, 30):
        OwnerRequest.objects.update(asked_at=timezone.now() - timedelta(days=days))
        owners.remind()
        owners.remind()
        sent.append(waiting.case.submission.mails.filter(kind="owner").count())
    assert sent == [1, 2, 2, 3, 3]


def test_an_owner_who_has_answered_is_not_reminded(waiting: Run) -> None:
    owner_answers.finish(waiting, nothing=True, by=owner_answers.OWNER)
    OwnerRequest.objects.update(asked_at=timezone.now() - timedelta(days=6))
    assert owners.remind() == 0


def test_when_time_is_short_it_is_a_task_until_the_owner_answers(waiting: Run) -> None:
    owners.remind()
    assert not waiting.case.tasks.exists()
    Case.objects.update(due_on=timezone.localdate() + timedelta(days=5))
    owners.remind()
    owners.remind()
    assert waiting.case.tasks.get().kind == "owner-silent"
    owner_answers.finish(waiting, nothing=True, by=owner_answers.OWNER)
    assert not waiting.case.tasks.exists()


def test_an_owner_is_not_told_to_erase_by_configuration(describe: Callable[..., object]) -> None:
    from connectors.description.tomlfile import ConfigError

    manual = 'find = { msisdn = "number" }\nat = "at"\n'
    with pytest.raises(ConfigError, match="on_erase"):
        describe(CONNECTORS.replace(manual, manual + 'key_columns = ["id"]\non_erase = "delete"\n'))


@pytest.mark.pango
def test_files_and_rows_are_in_the_package(waiting: Run, staff: Callable[..., User]) -> None:
    for content in (CSV.encode(), PDF, MP3):
        owner_answers.take(waiting, content, by=owner_answers.OWNER)
    owner_answers.finish(waiting, by=owner_answers.OWNER)
    case, caseworker = waiting.case, staff("caseworker")
    assessing.assess(case.pk)
    accept(case, caseworker)
    for decision in case.decisions.filter(status="proposed"):
        deciding.override(decision, outcome="give", reason="Looked at.", by=caseworker)
    building.prepare(case, by=caseworker)
    building.build(case.pk)
    answer = sent(case, caseworker)
    assert answer
    assert answer.status == "ready", answer.error
    read_and_approve(answer, by=staff("approver"))
    case.refresh_from_db()
    from cases.execution import carrying_out

    carrying_out.execute(case.pk)
    building.write_receipt(case.pk)
    delivery.deliver(case.pk)
    answer.refresh_from_db()
    with ZipFile(BytesIO(b"".join(delivery.fetch(answer, who=delivery.DATA_SUBJECT)))) as package:
        data = json.loads(package.read("data/correspondence-shop-visits.json"))
        files = [row["file"] for row in data if "file" in row]
        assert [package.read(name) for name in files] == [PDF, MP3]
    assert len(data) == 3


def another_case(ask: Callable[..., Case], gather: Callable[[Case], Case]) -> Run:
    case = gather(ask())
    return case.runs.get(source="shop")


@pytest.mark.parametrize("said", [('key = "shop"', 'key = "shops"'), ('kind = "manual"', 'kind = "manuel"')])
def test_an_owner_who_left_the_description_is_a_failed_run_and_ends_nobodys_reminders(
    waiting: Run,
    ask: Callable[..., Case],
    gather: Callable[[Case], Case],
    configured: Callable[[str], None],
    folder_of_operator: Path,
    staff: Callable[..., User],
    said: tuple[str, str],
) -> None:
    unasked, whole = another_case(ask, gather), (folder_of_operator / "connectors.toml").read_text()
    owners.ask((late := another_case(ask, gather)).pk)
    OwnerRequest.objects.update(asked_at=timezone.now() - timedelta(days=6))
    configured(whole.replace(*said))
    owners.ask(unasked.pk)
    assert owners.remind() == 0
    for run in (waiting, late, unasked):
        run.refresh_from_db()
        assert (run.status, run.attempts) == ("failed", 1)
        assert AuditEntry.objects.filter(action="run.failed", case=run.case.reference).count() == 1
    assert not OwnerRequest.objects.exclude(reminders=0).exists()
    configured(whole)
    for run in (waiting, late, unasked):
        retry_run(run, by=staff("caseworker"))
        run.refresh_from_db()
        assert run.status == "asked"
    owners.ask(unasked.pk)
    assert owners.remind() == 2
    assert OwnerRequest.objects.count() == 3


def test_the_owner_is_asked_also_where_the_person_must_not_be_written_to(
    describe: Callable[..., object], tmp_path: Path, ask: Callable[..., Case], gather: Callable[[Case], Case]
) -> None:
    with sqlite3.connect(tmp_path / "crm.sqlite") as crm:
        crm.executescript(TABLE)
    describe(CONNECTORS, SOURCES_CRM=f"sqlite:///{tmp_path}/crm.sqlite")
    case = gather(ask(standing="user", contact="Call my sister."))
    for run_id in owners.unasked().values_list("pk", flat=True):
        owners.ask(run_id)
    assert mailed(case.submission, "owner")["to"] == "shops@operator.test"
    assert not Task.objects.filter(case=case, kind="reach-safely").exists()
