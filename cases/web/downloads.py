"""A file of somebody's making as a browser gets it."""

from collections.abc import Iterable

from django.http import StreamingHttpResponse


def download(blocks: Iterable[bytes], name: str, media_type: str) -> StreamingHttpResponse:
    """As a file to save. Somebody unknown made it: no browser may run what is in it, whatever it takes it for."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(blocks, content_type=media_type, headers=headers)
