"""Uploads in a browser: sealed as they come, never plain on a disk of ours, and no more of them than is wanted."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cases.sealed.uploads import Upload
from cases.web.bodies import takes

View = Callable[..., HttpResponseBase]
Answer = Callable[[HttpRequest], HttpResponseBase]


class Sealing(FileUploadHandler):
    """Seals files into the vault as they come; what is beyond the room for them is not kept."""

    def __init__(self, request: HttpRequest, room: int) -> None:
        super().__init__(request)
        self.room, self.begun = room, list[Handed]()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = Handed(Upload())
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
        return self.file

    def close(self) -> None:
        """The parser forgets the file in which it breaks off."""
        for file in self.begun:
            file.close()


class Handed(UploadedFile):  # type: ignore[type-arg]
    """An uploaded file; not ``whole`` where it was too big to be kept."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(name="handed")
        self.upload, self.whole = upload, True

    def close(self) -> None:
        self.upload.close()


def takes_files(most: int) -> Callable[[View], View]:
    """A view that takes ``most`` bytes of files at once, and hands its forms to `sealed_as_they_come`.

    Nothing is read, not even for the check of forms, until the view has made sure who asks.
    """

    def marked(view: View) -> View:
        return takes(most + settings.DATA_UPLOAD_MAX_MEMORY_SIZE)(csrf_exempt(view))

    return marked


def sealed_as_they_come(request: HttpRequest, room: int, answer: Answer) -> HttpResponseBase:
    """Answer a form whose files are sealed as they are read, ``room`` bytes of them; none outlives the answer."""
    sealing = Sealing(request, room)
    request.upload_handlers = [sealing]
    try:
        return csrf_protect(answer)(request)
    finally:
        sealing.close()
