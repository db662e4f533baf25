"""Everything of a story that somebody without clearance can look at, as text, and what two tellings of it differ in."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from difflib import unified_diff
from hashlib import sha256
from http import HTTPStatus

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.exceptions import ObjectDoesNotExist
from django.test import Client
from rest_framework.test import APIClient

from cases.assessment.deciding import open_decisions
from cases.execution.recipients import notices
from cases.models import AuditEntry, Case, Finding, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from cases.sealed.vault import KeyDestroyed
from dsar.scratch.proving import opened
from exports.answer.snapshot import facts_of
from exports.delivery import open_package
from tests.exports.unpacked import texts
from tests.operators.line import Staff, answered, receipted, said

Views = dict[str, str]
ROLES = ("caseworker", "approver", "legal", "auditor")
PAGES = ("/desk/", "/desk/orders/", "/desk/tasks/", "/desk/audit/", "/desk/sources/")
SEARCHED = ("C2", "bo@example.com", "+46701740605")
REFERENCE = re.compile(r"\b\d\d-[A-Z0-9]{5}-(\d\d|N)\b")


def undrawn(text: str) -> str:
    """Without what is drawn by chance for each page: the token of its forms, the nonce of its scripts, the name of a
    request that is begun or entered.

    All come from nothing but chance, on every page, so that nobody can tell an order by them. Everything else is
    compared to the byte, and can be: both tellings have the same clock, in Python and where the database dates the
    record, the same dice for references, and ids that begin at the same number. So ids, times and hashes, and the
    sizes of files, stay in: an entry, a row or a number more in one telling shows in all that come after it.
    """
    text = re.sub(r'("x-csrftoken": "|name="csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}"', r'\1"', text)
    text = re.sub(r"/request/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/", "/request/", text)
    text = re.sub(r'name="id" value="[0-9a-f-]{36}"', 'name="id"', text)
    return re.sub(r'nonce="[\w+/=-]+"', "", text)


def lasting(text: str) -> str:
    """Without what is drawn anew each time: tokens, nonces, hashes, the sizes of sealed files."""
    text = re.sub(r"\b[A-Za-z0-9]{64}\b|nonce=\"[^\"]+\"", "", text)
    return re.sub(
        r"[0-9a-f]{64}|\b[0-9a-f]{10,12}\b|[0-9a-f]{8}-[0-9a-f-]{27}|\b\d[\d,.]*\s(KB|MB|kB|bytes)",
        "HASH",
        text,
    )


def plain(text: str, case: Case) -> str:
    """Without what differs from one case to the next either: references, ids, the time of day."""
    text = text.replace(case.reference, "REF")
    text = re.sub(r"\b[A-Za-z0-9]{64}\b|nonce=\"[^\"]+\"", "", text)
    text = re.sub(r"\d\d:\d\d(:\d\d)?(\.\d+)?", "TIME", text)
    text = re.sub(r"(/|-|id=\"|\b[0-9a-f]{8}-)\d+(/|\")", r"\1N\2", text)
    return lasting(text)


def seen(case: Case, staff: Staff, token: str) -> Views:
    """What the desk, the API and the letters of one case show."""
    found = {}
    for role in ROLES:
        for page, text in pages(staff(role), [case]).items():
            found[f"{role} {page.replace(case.reference, 'REF')}"] = text
    found["api"] = _told_to_systems(case, APIClient(headers={"Authorization": f"Token {token}"}))
    found["audit"] = recorded()
    found |= dict(letters(case)) | noted(case)
    return {name: plain(text, case) for name, text in found.items()}


def looked_at(case: Case, staff: Staff, token: str) -> Views:
    """The same, with its package file by file and its rows page by page."""
    found = seen(case, staff, token)
    found |= {name: plain(text, case) for name, text in rows(case, staff("caseworker"))}
    # The letter is compared word by word; its file is never twice the same.
    sizes = re.compile(r'"bytes": \d+')
    found |= {name: sizes.sub("", plain(text, case)) for name, text in package(case)}
    return {name: REFERENCE.sub("REF", text) for name, text in found.items()}


def glanced_at(cases: list[Case]) -> Views:
    """What the pages of the cases are made of, and the record: much faster than the pages."""
    found = {"audit": recorded()}
    for case in Case.objects.filter(pk__in=[case.pk for case in cases]):
        parts = {
            "stage": [case.stage, case.blocked_by, case.blocked_why, case.outcome],
            "runs": case.runs.values_list("collection", "status", "rows", "bytes", "expected", "error"),
            "findings": Finding.objects.filter(run__case=case).values_list(
                "run", "verdict", "rule", "until", "rows"
            ),
            "decisions": case.decisions.values_list("subject", "outcome", "rule", "until", "status"),
            "actions": case.actions.values_list(
                "kind", "collection", "expected", "found", "done", "status", "error"
            ),
            "tasks": case.tasks.values_list("pk", "kind", "detail", "done_at"),
            "restrictions": case.restrictions.values_list("collection", "rows", "lifted_at"),
        }
        found |= {f"{case.reference} {name}": str(list(values)) for name, values in parts.items()}
        found |= {f"{case.reference} {name}": text for name, text in noted(case).items()}
    return {name: undrawn(text) for name, text in found.items()}


def all_of(cases: list[Case], staff: Staff, token: str, *, whole: bool) -> Views:
    """Several cases on the pages that say most of them, and what the operator's own system is told.

    ``whole``: what leaves the desk as well, byte by byte, and what is found, counted and listed.
    """
    member = staff("caseworker", "approver", "legal", "auditor")
    found = pages(member, cases if whole else cases[-1:], around=PAGES if whole else ())
    found |= {"audit": recorded()}
    if whole:
        found |= {"metrics": counted(), "readyz": Client().get("/readyz").content.decode()}
        found |= searched(member, looked_at=found)
    api = APIClient(headers={"Authorization": f"Token {token}"})
    for case in cases:
        mine = {"api": _told_to_systems(case, api), "mails": _mailed(case)} | noted(case)
        if whole:
            mine |= dict(rows(case, member, collection="retained"))
            mine |= _attempted("letters", letters, case) | _attempted("package", package, case)
            mine |= _attempted("files", _files, case)
        found |= {f"{case.reference} {name}": text for name, text in mine.items()}
    return {name: undrawn(text) for name, text in found.items()}


def _files(case: Case) -> Iterator[tuple[str, str]]:
    """Packages and receipts as they lie there, byte by byte."""
    for answer in case.answers.order_by("pk"):
        yield f"answer {answer.version}", f"{answer.status} {answer.bytes} {answer.pages} {answer.files}"
        if answer.name:
            yield f"package {answer.version}", sha256(b"".join(open_package(answer))).hexdigest()
        if answer.receipt_name:
            receipt = b"".join(vault.unsealed_stream(case, KeyUse.PACKAGE, answer.receipt_name))
            yield f"receipt {answer.version}", receipt.decode(errors="backslashreplace")


def pages(member: User, cases: list[Case], around: Iterable[str] = PAGES) -> Views:
    """Status and text of each case's page, and of those around them."""
    client = Client()
    client.force_login(member)
    found = {}
    for page in (*(case.get_absolute_url() for case in cases), *around):
        answer = client.get(page)
        found[page] = f"{answer.status_code} {answer.content.decode()}"
    return found


def rows(case: Case, member: User, **of: str) -> Iterator[tuple[str, str]]:
    client = Client()
    client.force_login(member)
    for run in case.runs.filter(**of):
        page = client.get(f"/desk/cases/{case.reference}/runs/{run.pk}/")
        yield f"rows {run}", page.content.decode()


def package(case: Case) -> Iterator[tuple[str, str]]:
    """Its files by name, as the person gets them; the letter where no type was set."""
    answer = case.answers.last()
    if answer and answer.name:
        content = b"".join(open_package(answer))
        yield from ((f"package {name}", text) for name, text in texts(content).items())
        with zipfile.ZipFile(io.BytesIO(content)) as files:
            # Where no type is set it is plain text.
            yield "package letter.pdf", files.read("letter.pdf").decode()


def letters(case: Case) -> Iterator[tuple[str, str]]:
    """The answer and the receipt as they would be written now."""
    facts = facts_of(case)
    if not open_decisions(case):
        yield "letter", said(answered(facts))
    if facts.executions:
        yield "receipt", said(receipted(facts))


def recorded() -> str:
    """The open stream of the audit."""
    entries = AuditEntry.objects.filter(stream="open")
    return json.dumps([[e.number, e.action, e.actor, e.case, e.data] for e in entries])


def searched(member: User, looked_at: Views) -> Views:
    """Where the desk's search leads to, by what the stories' orders name people by; the page unless it is among those
    ``looked_at``.
    """
    client = Client()
    client.force_login(member)
    found = {}
    for text in SEARCHED:
        answer = client.post("/desk/find/", {"q": text})
        where, messages = answer.get("Location", ""), list(map(str, get_messages(answer.wsgi_request)))
        found[f"find {text}"] = f"{answer.status_code} {where} {messages} {answer.content.decode()}"
        if where and where not in looked_at:
            found[f"found {text}"] = client.get(where).content.decode()
    return found


def counted() -> str:
    """What the desk counts, but for what this process and disk do for both tellings, and messages nobody takes."""
    answer = Client().get("/metrics", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"})
    assert answer.status_code == HTTPStatus.OK
    own = re.compile(r"(# (TYPE|HELP) )?(python_|process_|django_http_|dsar_vault_free_bytes|dsar_message)")
    return "\n".join(line for line in answer.content.decode().splitlines() if not own.match(line))


def noted(case: Case) -> Views:
    """What the case page says in words of its own, in full."""
    schedule = case.scheduled.order_by("rule", "until", "pk")
    return {
        "later": str(list(case.later_rows.values_list("collection", "rows", "first_on"))),
        "told": str([(n.recipient, n.channel) for n in notices.notices_of(case)]),
        "schedule": str(list(schedule.values_list("collection", "rule", "until", "rows", "erased"))),
    }


def _told_to_systems(case: Case, api: APIClient) -> str:
    answer = api.get(f"/api/cases/{case.reference}/")
    assert answer.status_code == HTTPStatus.OK, answer.content
    return str(answer.content.decode())


def _mailed(case: Case) -> str:
    mails = case.submission.mails.exclude(sealed=b"").order_by("pk")
    return re.sub(r"\b\d{6}\b", "CODE", str([opened(mail) for mail in mails]))


def told_apart(one: list[Views], other: list[Views]) -> dict[str, list[str]]:
    """What somebody without clearance could tell the two tellings apart by, step by step."""
    assert len(one) == len(other)
    differing = {}
    for step, (once, again) in enumerate(zip(one, other, strict=True)):
        for name in once.keys() | again.keys():
            before, after = once.get(name, "not there"), again.get(name, "not there")
            if before != after:
                lines = unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
                differing[f"{step} {name}"] = list(lines)[3:9]
    return differing


def _attempted(name: str, view: Callable[[Case], Iterable[tuple[str, str]]], case: Case) -> Views:
    """What the view shows, or why it cannot be shown: that is seen as well."""
    try:
        return dict(view(case))
    except (KeyDestroyed, ObjectDoesNotExist, ValueError, OSError) as error:
        return {name: type(error).__name__}
