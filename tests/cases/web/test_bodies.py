"""Nothing of a body is read before it is known who asks, how large it is, and that it is wanted."""

import os
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from cases.collection import owner_answers
from cases.models import Run
from cases.models.keys import KeyUse
from cases.papers.kinds import MOST_BYTES
from cases.public.papers import AT_ONCE
from cases.request import backlog
from cases.sealed import uploads, vault
from cases.sealed.uploads import Upload
from cases.web.bodies import HANDED, most_of
from exports.masking import files
from tests.cases.collection.test_owner_asked import CSV, PDF, hand, link_of, waiting

pytestmark = pytest.mark.django_db
__all__ = ["waiting"]
ORDINARY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
BIG = 200_000_000
FORM = "multipart/form-data; boundary=x"


class Unread:
    """A body that must not be read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def send(client: Client, path: str, size: int | None = BIG, body: Any = None, **head: str) -> Any:
    length = {} if size is None else {"CONTENT_LENGTH": str(size)}
    asked = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "CONTENT_TYPE": FORM,
        "wsgi.input": body or Unread(),
    }
    return client.request(**asked, **length, **head)


def views(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from views(each, before + str(each.pattern))
        else:
            assert isinstance(each, URLPattern)
            yield before + str(each.pattern), each.callback


def test_each_of_them_has_a_place_of_its_own_in_nginx() -> None:
    """Where it is passed on as it comes, up to what the desk takes: elsewhere nginx keeps it in a file, or refuses."""
    text = (settings.BASE_DIR / "docs" / "nginx.conf").read_text()
    _upstreams, everybodys, cleared, _plain = text.split("\nserver {\n")
    large = {path: most_of(view) for path, view in views(get_resolver()) if most_of(view) > ORDINARY}
    for server, paths in ((everybodys, list(large)), (cleared, [each for each in large if "desk/" in each])):
        places = re.findall(r'location ~ "(\S+)" \{(.*?)\n    \}', server, re.DOTALL)
        for path in paths:
            written = "/" + re.sub(r"<\w+:\w+>", "7", path)
            [inside] = [inside for where, inside in places if re.search(where, written)]
            most = re.search(r"client_max_body_size (\d+);", inside)
            assert most
            assert int(most[1]) >= large[path], path
            assert "proxy_request_buffering off;" in inside, path


def test_eight_pages_take_files_and_no_other_more_than_a_form() -> None:
    found = {path: most_of(view) for path, view in views(get_resolver()) if most_of(view) != ORDINARY}
    assert found == {
        "sources/<str:token>/": HANDED,
        "desk/cases/<str:reference>/runs/<int:pk>/answer/": HANDED,
        "desk/cases/<str:reference>/prove/file/": MOST_BYTES + ORDINARY,
        "desk/cases/<str:reference>/files/<int:pk>/cut/": files.MOST_BYTES + ORDINARY,
        "desk/entering/<slug:operator>/": MOST_BYTES + ORDINARY,
        "desk/entering/<slug:operator>/backlog/": backlog.MOST_BYTES + ORDINARY,
        "<slug:operator>/request/<uuid:draft>/papers/": AT_ONCE + ORDINARY,
        "<slug:operator>/status/messages/<int:pk>/": MOST_BYTES + ORDINARY,
        "api/requests/": 100_000,
        "api/stop-list/": 100_000,
    }


@pytest.mark.parametrize("path", ["/", "/tele2-se/request/rights/", "/accounts/login/", "/desk/", "/healthz"])
def test_a_body_too_large_for_its_page_is_refused_unread(path: str) -> None:
    answer = send(Client(), path, ORDINARY + 1)
    assert answer.status_code == 413
    assert "too big" in answer.content.decode()


def test_the_api_says_so_in_its_own_shape() -> None:
    answer = send(Client(), "/api/requests/", 100_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


@pytest.mark.parametrize("path", ["/tele2-se/request/rights/", "/sources/bogus/", "/api/requests/"])
def test_a_body_without_a_length_is_refused_unread(path: str) -> None:
    assert send(Client(), path, None, HTTP_TRANSFER_ENCODING="chunked").status_code == 411


def test_a_stranger_with_a_cookie_of_ours_hands_nothing_over() -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/accounts/login/")
    assert client.cookies[settings.CSRF_COOKIE_NAME]
    for path in ("/sources/bogus/", "/sources/WzEsMV0:1abcde:forged/"):
        assert send(client, path).status_code == 404


def test_nobody_signed_in_and_nobody_without_the_role_is_read_from(
    waiting: Run, signed_in: Callable[..., Client]
) -> None:
    address = reverse("desk:run-answer", args=[waiting.case.reference, waiting.pk])
    assert send(Client(), address).status_code == 302
    assert send(signed_in("approver"), address).status_code == 403
    proof = reverse("desk:evidence", args=[waiting.case.reference])
    assert send(Client(), proof, 10_000_000).status_code == 302
    assert send(signed_in("approver"), proof, 10_000_000).status_code == 403


def test_papers_of_whoever_has_proven_nothing_are_not_read(waiting: Run) -> None:
    address = reverse("public:papers", args=[waiting.case.operator_id, waiting.case.submission_id])
    assert send(Client(), address, 10_000_000).status_code == 302
    assert (
        send(Client(), f"/nobody/request/{waiting.case.submission_id}/papers/", 10_000_000).status_code == 404
    )


def test_an_answered_question_reads_no_more(waiting: Run, signed_in: Callable[..., Client]) -> None:
    link, desk = link_of(waiting), signed_in("caseworker")
    owner_answers.finish(waiting, nothing=True, by=owner_answers.OWNER)
    assert send(Client(), link).status_code == 302
    address = reverse("desk:run-answer", args=[waiting.case.reference, waiting.pk])
    assert send(desk, address).status_code == 200


def test_beyond_the_most_that_may_be_handed_over_nothing_is_read(waiting: Run) -> None:
    assert send(Client(), link_of(waiting), HANDED + 1).status_code == 413


def test_a_form_forged_elsewhere_hands_nothing_over(waiting: Run) -> None:
    client = Client(enforce_csrf_checks=True)
    files = [SimpleUploadedFile("a.csv", CSV.encode())]
    assert client.post(link_of(waiting), {"action": "give", "files": files}).status_code == 403
    assert not waiting.handed.exists()
    assert not handed_files(waiting)


def handed_files(run: Run) -> list[str]:
    """What is on its way in, and the files that were kept."""
    return sorted(path.name for path in incoming()) + list(
        run.handed.exclude(name="").values_list("name", flat=True)
    )


def incoming() -> list[Path]:
    folder = Path(settings.VAULT) / uploads.INCOMING
    return list(folder.iterdir()) if folder.exists() else []


def test_what_comes_lies_sealed_in_the_vault_and_nowhere_else(
    waiting: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    upload = Upload()
    for _ in range(40):
        upload.write(b"+46701740605" * 10_000)
    (path,) = incoming()
    part = path.read_bytes()
    assert len(part) > 3_000_000, "it waits for the whole file"
    assert b"46701740605" not in part
    assert not list(aside.iterdir())
    for _ in range(2):
        assert b"".join(upload.blocks()) == b"+46701740605" * 400_000
    upload.close()
    assert not handed_files(waiting)


def test_what_a_killed_process_left_goes_after_a_day() -> None:
    left, new = Upload(b"left"), Upload(b"new")
    for upload in (left, new):
        assert b"".join(upload.blocks())
    day_ago = (timezone.now() - uploads.DAY).timestamp() - 1
    os.utime(Path(settings.VAULT) / left._name, (day_ago, day_ago))
    uploads.purge()
    assert [path.name for path in incoming()] == [new._name.partition("/")[2]]
    new.close()


def test_rows_leave_no_file_behind_and_a_document_is_kept(
    waiting: Run, client: Client, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    hand(client, waiting, CSV)
    assert not handed_files(waiting)
    hand(client, waiting, PDF)
    handed = waiting.handed.exclude(name="").get()
    assert handed_files(waiting) == [handed.name]
    hand(client, waiting, "MZ")
    hand(client, waiting, PDF)
    assert handed_files(waiting) == [handed.name], "what was refused is gone"
    with django_capture_on_commit_callbacks(execute=True):
        hand(client, waiting, action="start-over")
    assert not handed_files(waiting)


class Broken(Unread):
    """A body that ends in the middle of its file."""

    def __init__(self) -> None:
        self.parts = [
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n',
            bytes(900_000),
        ]

    def read(self, *_: object) -> bytes:
        if not self.parts:
            raise OSError("the caller is gone")
        return self.parts.pop(0)


def test_whoever_breaks_off_leaves_nothing_behind(waiting: Run) -> None:
    before = threading.active_count()
    send(Client(enforce_csrf_checks=True), link_of(waiting), body=Broken())
    assert not handed_files(waiting)
    assert threading.active_count() == before


def test_with_as_many_files_as_may_be_no_further_one_is_kept_and_the_answer_can_be_finished(
    waiting: Run, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand(client, waiting, PDF)
    monkeypatch.setattr(owner_answers, "MOST_FILES", 1)
    monkeypatch.setattr(Upload, "write", lambda *_: pytest.fail("it was stored"))
    english = Client(headers={"accept-language": "en"})
    assert "There are 1 files already" in hand(english, waiting, PDF + b"x")
    hand(client, waiting, action="finish")
    assert Run.objects.get(pk=waiting.pk).status == "done"


def test_a_disk_that_is_full_leaves_nothing_and_says_so(
    waiting: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(vault.storage()), "_save", full)
    with pytest.raises(OSError, match="No space"):
        write_much(waiting)
    assert not [thread for thread in threading.enumerate() if thread.name in ("seal", "store")]


def write_much(run: Run) -> None:
    with vault.sealed_file(run.case, KeyUse.COLLECTED, "x") as file:
        for _ in range(100):
            file.write(bytes(100_000))


def faults() -> set[str | None]:
    return {fault.id for fault in run_checks(tags=["bodies"])}


def test_limits_that_do_not_agree_are_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not faults()
    monkeypatch.setattr(settings, "FILE_UPLOAD_MAX_MEMORY_SIZE", ORDINARY - 1)
    monkeypatch.setattr(
        settings, "FILE_UPLOAD_HANDLERS", ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    )
    monkeypatch.setattr("cases.sealed.vault.room", lambda: HANDED - 1)
    assert faults() == {"bodies.E1", "bodies.E2", "bodies.W1"}
