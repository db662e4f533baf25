"""What several tests of the sources need to look at."""

import json
import sqlite3
import time
from collections.abc import Callable
from typing import Any

from cases.models import Case, Run, Submission
from cases.rows.chunks import lines
from dsar.scratch.proving import opened

PATIENCE = 120.0
# The database that the fixture `crm_with` makes; its collections follow.
CRM = """
[[source]]
key = "crm"
NAME
kind = "sql"
url = "env:CRM_URL"
time_zone = "Europe/Stockholm"
"""


def wait_until(done: Callable[[], bool]) -> None:
    """Until the workers have done it."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "the workers never finish"
        time.sleep(0.1)


def mailed(submission: Submission, kind: str) -> dict[str, str]:
    """The newest mail of a kind that waits to be sent: to, subject, body."""
    return opened(submission.mails.filter(kind=kind).latest("pk"))


def rows(case: Case, collection: str) -> list[dict[str, Any]]:
    """What was gathered of a collection, in order."""
    run = Run.objects.select_related("case").get(case=case, collection=collection)
    return [json.loads(line) for line in lines(run)]


def allowed(crm: sqlite3.Connection) -> dict[str, int]:
    """Whether each customer is on for marketing, by their number."""
    return dict(crm.execute("SELECT customer_no, marketing_allowed FROM customer"))
