"""Uploads in a browser: enciphered as they come, never plain on a disk of ours, and no more of them than is wanted."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cases.sealed.uploads import Upload

View = Callable[..., HttpResponseBase]


class Enciphering(FileUploadHandler):
    """Uploads never lie unsealed on a disk, nor in memory; what is beyond the limit of a request is not kept."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.room = most

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


def enciphered(most: int) -> Callable[[View], View]:
    """Has the view's uploads enciphered as they come, ``most`` bytes of them in one request.

    They are read for the CSRF check, so this stands before it.
    """

    def decorate(view: View) -> View:
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            request.upload_handlers = [Enciphering(request, most)]
            return protected(request, *args, **kwargs)

        return wrapped

    return decorate
