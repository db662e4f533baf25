"""Which bytes go out: read off the header, cut out of a stream, and over a real server to the byte."""

import http.client
import io
import secrets
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from zipfile import ZipFile

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from cases.casework.signing.keys import signer_of
from cases.models import AuditEntry, Case, User
from cases.models.keys import KeyUse
from cases.sealed import vault
from demo.walk.checks import CheckError
from demo.walk.verified import check_verified
from exports.fetching.ranges import Span, Unsatisfiable, part, span_of
from exports.models import Answer, Download
from exports.package.layout import DataFile
from exports.package.manifest import PackageFacts
from exports.package.zipped import write
from tests.operators import placed

ETAG = '"abc"'
WHOLE = None


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("bytes=0-0", (0, 0)),
        ("bytes=0-99", (0, 99)),
        ("bytes=10-", (10, 99)),
        ("bytes=90-1000", (90, 99)),
        ("bytes=-5", (95, 99)),
        ("bytes=-1000", (0, 99)),
        ("Bytes= 1-2 ", (1, 2)),
        ("", WHOLE),
        ("bytes=", WHOLE),
        ("bytes=-", WHOLE),
        ("bytes=5-3", WHOLE),
        ("bytes=0-1,5-6", WHOLE),
        ("rows=0-1", WHOLE),
        ("bytes=a-b", WHOLE),
        ("bytes=٣-٤", WHOLE),
        (f"bytes={'9' * 5000}-", WHOLE),
    ],
)
def test_a_range_is_read_or_the_whole_is_sent(asked: str, expected: tuple[int, int] | None) -> None:
    span = span_of(asked, 100)
    assert (span and (span.first, span.last)) == expected


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused(asked: str) -> None:
    with pytest.raises(Unsatisfiable):
        span_of(asked, 100)


def test_a_part_of_what_is_another_file_by_now_is_not_sent() -> None:
    assert span_of("bytes=1-2", 100, if_range=ETAG, etag=ETAG) == Span(1, 2, 100)
    for other in ('"abd"', f"W/{ETAG}", "Mon, 30 Nov 2026 10:00:00 GMT"):
        assert span_of("bytes=1-2", 100, if_range=other, etag=ETAG) is None


@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_part_is_cut_out_of_blocks_of_any_size_and_no_more_is_read(size: int) -> None:
    content = bytes(range(100))
    read: list[int] = []

    def blocks() -> list[bytes]:
        for at in range(0, 100, size):
            read.append(at)
            yield content[at : at + size]  # type: ignore[misc]

    for first in (0, 1, 49, 99):
        for last in (first, 50, 99):
            if last >= first:
                assert b"".join(part(blocks(), Span(first, last, 100))) == content[first : last + 1]
    read.clear()
    assert list(part(blocks(), Span(0, 0, 100))) == [b"\0"]
    assert read == [0]


@pytest.fixture
def delivered(
    transactional_db: None, ask: Callable[..., Case], staff: Callable[..., User]
) -> tuple[Answer, bytes]:
    case, content = ask("access"), io.BytesIO()
    rows = [f'{{"id": {n}, "said": "{secrets.token_hex(40)}"}}'.encode() for n in range(3000)]
    data = DataFile(stem="crm-notes", name="Notes", source_name="CRM", rows=lambda: rows)
    facts = PackageFacts(
        reference=case.reference, operator=case.operator.name, operator_id=case.operator_id, right="access",
        language="sv", dated=timezone.localdate(),
    )  # fmt: skip
    write(content, facts, letter=lambda _: b"%PDF", data=[data], signer=signer_of(case.operator))
    whole = content.getvalue()
    name = f"cases/{case.pk}/package/1-package"
    with vault.sealed_file(case, KeyUse.PACKAGE, name) as file:
        file.write(whole)
    now = timezone.now()
    answer = placed.approved(
        case, by=staff("approver"), status="delivered", name=name, sha256=sha256(whole).hexdigest(),
        bytes=len(whole), prepared_by=staff("caseworker"), delivered_at=now, expires_at=now + timedelta(days=14),
    )  # fmt: skip
    placed.move(case, "closed", outcome="granted", closed_at=now)
    return answer, whole


def tampered(package: bytes) -> bytes:
    """The same with another row."""
    out = io.BytesIO()
    with ZipFile(io.BytesIO(package)) as old, ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'"id": 17,', b'"id": 18,'))
    return out.getvalue()


def caller(answer: Answer, live_server: LiveServer) -> Callable[..., tuple[int, dict[str, str], bytes]]:
    """Calls for the package, as a browser in which the status page was opened: status, headers, body."""
    client = Client()
    session = client.session
    until = (timezone.now() + timedelta(hours=1)).timestamp()
    session["status"] = {"submission": str(answer.case.submission_id), "until": until}
    session.save()
    path = f"/{answer.case.operator_id}/status/package/{answer.pk}/"
    name = settings.SESSION_COOKIE_NAME
    opened = f"{name}={client.cookies[name].value}"

    def call(method: str = "GET", cookie: bool = True, **headers: str) -> tuple[int, dict[str, str], bytes]:
        named = {header.replace("_", "-"): value for header, value in headers.items()}
        named |= {"Cookie": opened} if cookie else {}
        connection = http.client.HTTPConnection(live_server.thread.host, live_server.thread.port, timeout=30)
        connection.request(method, path, headers=named)
        answered = connection.getresponse()
        body = answered.read()
        connection.close()
        return answered.status, dict(answered.getheaders()), body

    return call


def test_a_download_is_taken_up_again_where_it_broke_off(
    delivered: tuple[Answer, bytes], live_server: LiveServer
) -> None:
    """To the byte, over a real server; and a look at its size takes nothing and is not recorded."""
    answer, content = delivered
    size = len(content)
    assert size > 200_000
    call = caller(answer, live_server)

    status, told, body = call("HEAD")
    assert (status, told["Content-Length"], body) == (200, str(size), b"")
    assert (told["Accept-Ranges"], told["ETag"]) == ("bytes", f'"{answer.sha256}"')
    assert "no-store" in told["Cache-Control"]
    # Whoever looks at links in mails has no session: nothing is opened, and nothing is used up.
    assert call("GET", cookie=False)[0] == call("HEAD", cookie=False)[0] == 404
    status, told_beyond, _body = call(Range=f"bytes={size}-")
    assert (status, told_beyond["Content-Range"]) == (416, f"bytes */{size}")
    assert not Download.objects.exists()
    assert not AuditEntry.objects.filter(action="package.fetched").exists()

    begun = call(Range="bytes=0-123456")
    rest = call(Range="bytes=123457-", If_Range=told["ETag"])
    assert (begun[0], begun[1]["Content-Range"]) == (206, f"bytes 0-123456/{size}")
    assert (rest[0], rest[1]["Content-Length"]) == (206, str(size - 123_457))
    assert begun[2] + rest[2] == content
    assert call(Range="bytes=-1")[2] == content[-1:]
    for asked in ({}, {"Range": "bytes=0-1,4-5"}, {"Range": "bytes=5-", "If_Range": '"another"'}):
        status, told, body = call(**asked)
        assert (status, body, "Content-Range" in told) == (200, content, False)
    assert Download.objects.count() == AuditEntry.objects.filter(action="package.fetched").count() == 6
    check_verified(begun[2] + rest[2], live_server.url)
    with pytest.raises(CheckError, match=r"crm-notes.json has another content"):
        check_verified(tampered(content), live_server.url)
    Answer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert call()[0] == call("HEAD")[0] == 404
