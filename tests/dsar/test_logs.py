"""Logs say where something went wrong, never what was in it."""

import json
import subprocess
import sys
import textwrap

from django.conf import settings

SECRET = "19880320-0016"
PREPARED = f"""
import logging, structlog
from dsar.logs import configure_logging
configure_logging(json=True)

def fail(*args):
    raise ValueError("invalid value {SECRET}")
"""


def logged(code):
    """What a process writes to its log while it runs the code, line by line."""
    script = PREPARED + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert SECRET not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_driver_that_repeats_the_value_is_silenced():
    (line,) = logged("""
        try:
            try:
                fail()
            except ValueError as first:
                raise KeyError(str(first)) from first
        except KeyError:
            logging.getLogger("django.request").exception("Internal Server Error: %s", "/sources/a-key/")
    """)
    assert (line["event"], line["level"]) == ("Internal Server Error", "error")
    assert line["exception"][0] == "builtins.KeyError"
    assert "builtins.ValueError" in line["exception"]
    assert any(place.endswith(" fail") for place in line["exception"])


def test_both_ways_of_logging_an_exception():
    lines = logged("""
        for logger in (structlog.get_logger(), logging.getLogger("x")):
            try:
                fail()
            except ValueError:
                logger.exception("it failed")
    """)
    assert [(line["event"], line["exception"][0]) for line in lines] == [
        ("it failed", "builtins.ValueError")
    ] * 2


def test_our_own_errors_speak():
    (line,) = logged("""
        import django
        django.setup()
        from cases.casework.workflow import Refusal
        try:
            raise Refusal("closed")
        except Refusal:
            logging.getLogger("x").exception("refused")
    """)
    assert line["exception"][0] == "cases.casework.workflow.Refusal: closed"


def test_a_failed_task_is_named_and_its_error_is_not_repeated():
    (line,) = logged("""
        from celery import Celery
        app = Celery("logs", broker="memory://")
        app.conf.task_always_eager = True
        app.task(fail, name="cases.tasks.failing").apply()
    """)
    assert line["event"].startswith("Task cases.tasks.failing ")
    assert line["exception"][0] == "builtins.ValueError"


def test_what_is_bound_goes_along():
    (line,) = logged("""
        with structlog.contextvars.bound_contextvars(case="26-7FK3W-41"):
            structlog.get_logger().info("collected", rows=3)
    """)
    assert (line["case"], line["rows"], line["event"]) == ("26-7FK3W-41", 3, "collected")


def test_a_line_is_a_line_in_one_time_whatever_is_said():
    lines = logged("""
        import os, time
        os.environ["TZ"] = "America/New_York"
        time.tzset()
        logging.getLogger("cases.x").warning("one\\n{\\"event\\": \\"forged\\"}\\r\\x85\\u2028two")
        structlog.get_logger().info("said", what="a\\nb")
    """)
    assert len(lines) == 2
    assert all(line["timestamp"].endswith("Z") for line in lines)
    assert "forged" in lines[0]["event"]
