"""Handing files over in a browser: what the owner's page and the desk's page have in common."""

from collections.abc import Callable
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
from cases.web.bodies import HANDED, takes

View = Callable[..., HttpResponseBase]
Answer = Callable[[HttpRequest], HttpResponseBase]


class Sealing(FileUploadHandler):
    """Seals files into the vault as they come; what is beyond the room for them is not kept."""

    def __init__(self, request: HttpRequest, run: Run) -> None:
        super().__init__(request)
        self.run, self.room, self.begun = run, owner_answers.room_for(run), list[Handed]()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = Handed(Upload(self.run))
        self.begun.append(self.file)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:  # noqa: ARG002
        if self.file.whole and len(raw_data) > self.room:
            self.file.whole = False
            self.file.close()
        if self.file.whole:
            self.file.upload.write(raw_data)
            self.room -= len(raw_data)
        # None: no handler after this one is given the bytes.
        return None

    def file_complete(self, file_size: int) -> "Handed":
        self.file.size = file_size
        if self.file.whole:
            self.file.upload.finish()
        return self.file

    def close(self) -> None:
        """The parser forgets the file in which it breaks off."""
        for file in self.begun:
            file.close()


class Handed(UploadedFile):  # type: ignore[type-arg]
    """An uploaded file; not ``whole`` where there was no room for all of it."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(name="handed")
        self.upload, self.whole = upload, True

    def close(self) -> None:
        self.upload.close()


def sealed_as_they_come(request: HttpRequest, run: Run, answer: Answer) -> HttpResponseBase:
    """Answer a form whose files go sealed into the vault of the run's case. Nothing was read of it before.

    The view is `takes_files`, and has made sure who asks. Raises Refusal where nothing is asked for any more.
    """
    owner_answers.refuse_unasked(run)
    sealing = Sealing(request, run)
    request.upload_handlers = [sealing]
    try:
        return csrf_protect(answer)(request)
    finally:
        sealing.close()


def takes_files(view: View) -> View:
    """A view that hands its forms to `sealed_as_they_come`, which checks them as others are before the view."""
    return takes(HANDED)(csrf_exempt(view))


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
        owner_answers.refuse_room(run)
    return owner_answers.take(run, uploaded.upload, by=by).rows
