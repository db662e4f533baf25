"""Handing files over in a browser: what the owner's page and the desk's page have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cases.casework import audit
from cases.casework.workflow import Refusal
from cases.collection import owner_answers
from cases.collection.uploads import Upload
from cases.models import Run

View = Callable[..., HttpResponseBase]


class Enciphering(FileUploadHandler):
    """Uploads never lie unsealed on a disk, nor in memory; what is beyond the limit of a request is not kept."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        self.room = owner_answers.MOST_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.upload, self.whole = Upload(), True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:  # noqa: ARG002
        self.whole = self.whole and len(raw_data) <= self.room
        if self.whole:
            self.upload.write(raw_data)
            self.room -= len(raw_data)
        # None: no handler after this one is given the bytes.
        return None

    def file_complete(self, file_size: int) -> "Handed":
        return Handed(self.upload, file_size, whole=self.whole)


class Handed(UploadedFile):  # type: ignore[type-arg]
    """An uploaded file; not ``whole`` where it was too big to be kept."""

    def __init__(self, upload: Upload, size: int, *, whole: bool) -> None:
        super().__init__(name="handed", size=size)
        self.upload, self.whole = upload, whole

    def close(self) -> None:
        self.upload.close()


def enciphered(view: View) -> View:
    """Has the view's uploads enciphered as they come. They are read for the CSRF check, so this stands before it."""
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.upload_handlers = [Enciphering(request)]
        return protected(request, *args, **kwargs)

    return wrapped


def act(request: HttpRequest, run: Run, *, by: audit.Actor) -> str:
    """Do what a button of the form asks for; what to say about it. Raises Refusal."""
    match request.POST.get("action"):
        case "start-over":
            owner_answers.start_over(run, by=by)
            return _("Taken back. Nothing is handed over now.")
        case "finish":
            owner_answers.finish(run, by=by)
            return _("Thank you. That was everything we asked for.")
        case "nothing":
            owner_answers.finish(run, nothing=True, by=by)
            return _("Thank you. We have noted that nothing is held.")
    rows = [_take(run, uploaded, by) for uploaded in request.FILES.getlist("files")]
    if not rows:
        raise Refusal("owner-gave-nothing")
    return ngettext("Taken: %(rows)s row.", "Taken: %(rows)s rows.", sum(rows)) % {"rows": sum(rows)}


def _take(run: Run, uploaded: object, by: audit.Actor) -> int:
    assert isinstance(uploaded, Handed)
    if not uploaded.whole:
        raise Refusal("upload-size", megabytes=owner_answers.MOST_BYTES // 1_000_000)
    return owner_answers.take(run, uploaded.upload, by=by).rows
