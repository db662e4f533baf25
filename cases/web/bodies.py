"""How much of a request's body is read, by address, before anything of it is."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.core import checks

from cases.collection import owner_answers
from cases.sealed import vault

# The largest of all: files of a system's owner, and an ordinary form around them. docs/nginx.conf has the same numbers.
HANDED = owner_answers.MOST_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
IN_MEMORY = "django.core.files.uploadhandler.MemoryFileUploadHandler"
View = TypeVar("View", bound=Callable[..., Any])


def takes(most_bytes: int) -> Callable[[View], View]:
    """Have the view take bodies of so many bytes, where all others take those of an ordinary form."""

    def marked(view: View) -> View:
        view.most_bytes = most_bytes  # type: ignore[attr-defined]
        return view

    return marked


def most_of(view: object) -> int:
    """How many bytes of a body the view takes."""
    return int(getattr(view, "most_bytes", settings.DATA_UPLOAD_MAX_MEMORY_SIZE))


@checks.register("bodies")
def agree(app_configs: Any = None, **_: Any) -> list[checks.CheckMessage]:  # noqa: ARG001 - the framework's
    """That the limits agree with each other, and that nothing that comes in is written down unsealed."""
    found: list[checks.CheckMessage] = []
    if settings.FILE_UPLOAD_HANDLERS != [IN_MEMORY]:
        found.append(
            checks.Error(
                f"FILE_UPLOAD_HANDLERS must be {IN_MEMORY} alone, or files lie unsealed on a disk",
                id="bodies.E1",
            )
        )
    if settings.DATA_UPLOAD_MAX_MEMORY_SIZE > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        found.append(
            checks.Error(
                "DATA_UPLOAD_MAX_MEMORY_SIZE is more than FILE_UPLOAD_MAX_MEMORY_SIZE: a form's files would be lost",
                id="bodies.E2",
            )
        )
    if (free := vault.room()) is not None and free < HANDED:
        found.append(
            checks.Warning(
                "DSAR_VAULT has no room for the largest file that may be handed over",
                hint=f"It takes {HANDED} bytes.",
                id="bodies.W1",
            )
        )
    return found
