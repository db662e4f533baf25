"""A package over HTTP: streamed, taken up again where it broke off, kept by no cache."""

from collections.abc import Iterator, Mapping
from itertools import chain

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from cases.models import User
from cases.web.downloads import to_save
from exports import delivery
from exports.fetching.ranges import Span, Unsatisfiable, part, span_of
from exports.models import Answer


def respond(
    answer: Answer, method: str, headers: Mapping[str, str], *, who: str, by: User | None = None
) -> HttpResponseBase:
    """The zip, or the part of it that is asked for. A HEAD opens nothing and is no fetch.

    Raises Refusal and vault.KeyDestroyed as `delivery.fetch` does, before anything is said.
    """
    etag = f'"{answer.sha256}"'
    told = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-store, private",
        "ETag": etag,
        **to_save(f"{answer.case.reference}.zip"),
    }
    if method == "HEAD":
        delivery.check_fetch(answer, who=who, by=by)
        return _answer(HttpResponse(), told, answer.bytes)
    try:
        asked = headers.get("Range", "")
        span = span_of(asked, answer.bytes, if_range=headers.get("If-Range", ""), etag=etag)
    except Unsatisfiable:
        delivery.check_fetch(answer, who=who, by=by)
        told["Content-Range"] = f"bytes */{answer.bytes}"
        return _answer(HttpResponse(status=416), told, 0)
    return _streamed(delivery.fetch(answer, who=who, by=by), told, span, answer.bytes)


def _streamed(
    blocks: Iterator[bytes], told: dict[str, str], span: Span | None, size: int
) -> HttpResponseBase:
    # The first block now, while what goes wrong can still be said.
    first = next(blocks, b"")
    blocks = chain([first], blocks)
    if span is None:
        return _answer(StreamingHttpResponse(blocks), told, size)
    told["Content-Range"] = span.said
    return _answer(StreamingHttpResponse(part(blocks, span), status=206), told, span.length)


def _answer(response: HttpResponseBase, told: dict[str, str], length: int) -> HttpResponseBase:
    response["Content-Type"] = "application/zip"
    response["Content-Length"] = str(length)
    for name, value in told.items():
        response[name] = value
    return response
