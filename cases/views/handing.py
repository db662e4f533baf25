"""Handing files over in a browser: what the owner's page and the desk's page have in common."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopFutureHandlers
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cases import audit, handover
from cases.models import Run
from cases.workflow import Refusal

View = Callable[..., HttpResponseBase]


class InMemory(MemoryFileUploadHandler):
    """Uploads never lie unsealed on a disk; what is beyond the limit of one request is counted, not kept."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        self.activated, self.room = True, handover.MOST_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().new_file(*args, **kwargs)
        except StopFutureHandlers:
            self.file = BytesIO()
            raise

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:  # noqa: ARG002
        self.file.write(raw_data[: self.room])
        self.room -= min(len(raw_data), self.room)
        return None


def in_memory(view: View) -> View:
    """Has the view's uploads kept in memory. They are read for the CSRF check, so this stands before it."""
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.upload_handlers = [InMemory(request)]
        return protected(request, *args, **kwargs)

    return wrapped


def act(request: HttpRequest, run: Run, *, by: audit.Actor) -> str:
    """Do what a button of the form asks for; what to say about it. Raises Refusal."""
    match request.POST.get("action"):
        case "start-over":
            handover.start_over(run, by=by)
            return _("Taken back. Nothing is handed over now.")
        case "finish":
            handover.finish(run, by=by)
            return _("Thank you. That was everything we asked for.")
        case "nothing":
            handover.finish(run, nothing=True, by=by)
            return _("Thank you. We have noted that nothing is held.")
    rows = [_take(run, uploaded, by) for uploaded in request.FILES.getlist("files")]
    if not rows:
        raise Refusal("owner-gave-nothing")
    return ngettext("Taken: %(rows)s row.", "Taken: %(rows)s rows.", sum(rows)) % {"rows": sum(rows)}


def _take(run: Run, uploaded: object, by: audit.Actor) -> int:
    assert isinstance(uploaded, InMemoryUploadedFile)
    content = uploaded.read()
    if uploaded.size != len(content):
        raise Refusal("upload-size", megabytes=handover.MOST_BYTES // 1_000_000)
    return handover.take(run, content, by=by).rows
