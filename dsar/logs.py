"""Structured logs on standard error: one line an event, ids and keyed hashes only, never personal data.

An error is logged as its type and the places it went through. Its text is left out unless the error is one of
ours: a database driver, a parser or a mail server repeats in its messages the very value it choked on.

A request is logged by the route it took. Its path holds what opens a page: the link of a mail is a key.
"""

import errno
import logging
import logging.config
import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import structlog
from django.utils.functional import SimpleLazyObject
from structlog.typing import EventDict, Processor, WrappedLogger

ABOUT_REQUESTS = ("django.request", "django.security.", "gunicorn.error")
_AFTER_WHAT = re.compile(r"[:(/]| from ip=")
OWN = ("cases.", "connectors.", "dsar.", "exports.")


def configure_logging(*, json: bool) -> None:
    """Send structlog and standard logging through the same renderer; on a developer's screen, errors in full."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    screen: list[Processor] = [structlog.dev.ConsoleRenderer()]
    lines: list[Processor] = [without_texts, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            _name_task,
            _name_route,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(lines if json else screen),
        ],
        "foreign_pre_chain": shared,
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": "INFO"},
            "loggers": {
                "weasyprint": {"level": "ERROR"},
                "fontTools": {"level": "ERROR"},
                "httpx": {"level": "WARNING"},
            },
        }
    )


def without_texts(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the exception by its type and places, outermost cause last."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else sys.exception() if info is True else info
    if isinstance(error, BaseException):
        event["exception"] = [part for each in _chain(error) for part in _told(each)]
    return event


def _name_task(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    # Celery writes a failed task's exception, text and all, into the sentence itself.
    record = event.get("_record")
    data: Any = getattr(record, "data", None)
    if record is not None and record.name == "celery.app.trace" and isinstance(data, dict):
        event["event"] = f"Task {data.get('name')} {data.get('description', 'done')}"
        event["task_id"] = data.get("id")
    return event


def _name_route(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    record = event.get("_record")
    name = getattr(record, "name", "")
    if record is None or record.levelno < logging.WARNING or not name.startswith(ABOUT_REQUESTS):
        return event
    # Django and gunicorn put the path, or what could not be read of a request, behind these.
    event["event"] = _AFTER_WHAT.split(str(event["event"]), maxsplit=1)[0].strip()
    if name.startswith("django.security."):
        # Their words are those of any error that a view may raise.
        event["event"] = f"Refused: {name.rpartition('.')[2]}"
    if request := getattr(record, "request", None):
        event["method"], event["route"] = request.method, getattr(request.resolver_match, "route", None)
        event["user"] = _who(request)
    return event


def _who(request: Any) -> int | None:
    """The number of the member or system, where it is known already: to find out would ask the database."""
    known = vars(request).get("_cached_user") or vars(request).get("user")
    return None if isinstance(known, SimpleLazyObject) else getattr(known, "pk", None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> list[str]:
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, OSError) and (number := errno.errorcode.get(error.errno or 0)):
        # Its text has the path in it.
        name = f"{name} {number}"
    places = [f"{at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(error.__traceback__)]
    return [f"{name}: {error}" if name.startswith(OWN) else name, *reversed(places)]
