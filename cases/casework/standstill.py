"""A desk that was restored stands still: its doors to the outside stay shut until a person has released it.

What was done between the backup and the loss is in no table any more: a mail that went out, rows that were erased, an
objection that was heard. Done from the tables alone, it would be done twice, or undone. People sign in and read,
requests are taken in; a deed asks here first. The doors are where the deed is done, for whoever comes to them;
`dispatch` sends no task for one meanwhile, so that nothing is asked again and again.
"""

import structlog

from cases.models import Standstill

log = structlog.get_logger()

# Tasks that are a deed as a whole. What they would do stays where it stands, and beat finds it after the release.
TASKS = frozenset(
    {
        "cases.tasks.send_mail",
        "cases.tasks.send_text",
        "cases.tasks.tell_recipient",
        "cases.tasks.take_interim_measure",
        "cases.tasks.execute",
        "cases.cleared_tasks.execute",
        "cases.tasks.go_on",
        "exports.tasks.deliver",
        "exports.tasks.tell_of_interim",
    }
)


def current() -> Standstill | None:
    """Since when, and after which restore; None where the desk runs as it should."""
    return Standstill.objects.filter(released_at=None).first()


def is_on() -> bool:
    return Standstill.objects.filter(released_at=None).exists()


def stops(deed: str) -> bool:
    """Whether a deed has to wait for the release; the log then says which one came to a shut door."""
    if not is_on():
        return False
    log.warning("desk.held-back", deed=deed)
    return True
