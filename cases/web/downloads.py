"""A file of somebody's making as a browser gets it."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse


def download(
    blocks: Iterable[bytes], name: str, media_type: str, *, size: int | None = None
) -> StreamingHttpResponse:
    """As a file to save, of ``size`` bytes where that is known.

    What others wrote is in it or it is theirs: no browser may run it, whatever it takes it for.
    """
    headers = {"Content-Length": str(size)} if size is not None else {}
    return StreamingHttpResponse(blocks, content_type=media_type, headers=headers | to_save(name))


def to_save(name: str) -> dict[str, str]:
    """The headers that say so."""
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
