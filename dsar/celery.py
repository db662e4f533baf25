"""The Celery application. Every task carries ids only; what was asked lives in PostgreSQL."""

import gc
import os
import sys
from contextlib import suppress
from typing import Any

from celery import Celery
from celery.signals import celeryd_after_setup, task_prerun, worker_process_init
from django.conf import settings
from django.db import close_old_connections
from kombu.transport.redis import Transport
from redis.exceptions import OutOfMemoryError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dsar.settings")

app = Celery("dsar")
# Through `settled`, so that a worker with a wrong setting ends with one line (docs/adr/0041).
app.config_from_object("dsar.settled:settings", namespace="CELERY")
# Celery would hang up after each task, and connecting takes longer than a short task does. The connection is kept, and
# looked at before each task as before each web request: one that broke or is old is opened anew.
app.conf.update(CELERY_DB_REUSE_MAX=sys.maxsize)
app.autodiscover_tasks()
# Found by themselves are only modules called tasks.
for _related in ("source_tasks", "cleared_tasks"):
    app.autodiscover_tasks(["cases"], related_name=_related)


# A full Redis refuses what a worker notes there when it takes a message. To Celery that is a fault of the program, and
# the worker ends; as a fault of the connection it tries again until there is room. What the message asked stands in
# PostgreSQL.
Transport.connection_errors = (*Transport.connection_errors, OutOfMemoryError)


@celeryd_after_setup.connect
def _refuse_without_key(instance: Any, **_: Any) -> None:
    """A worker that takes what asks every order and can't know of them would fail at each."""
    if not settings.ORDERS_KEY and set(settings.CLEARED_QUEUES) & set(instance.app.amqp.queues.consume_from):
        sys.exit(
            "The worker can't start. The queues cleared and cleared_clock take DSAR_ORDERS_KEY; without it, name "
            "the others with -Q (docs/deploy.md)"
        )


@celeryd_after_setup.connect
def _refuse_foreign_keys(**_: Any) -> None:
    from cases.health.key_marks import refuse_foreign  # models can be imported from here on

    refuse_foreign()


@celeryd_after_setup.connect
def _load_what_letters_need(instance: Any, **_: Any) -> None:
    """Before the worker's processes part: none loads it for its first letter, and all share it."""
    if "celery" in instance.app.amqp.queues.consume_from:
        from exports import pdf

        # Where Pango is missing the letter says so, to whom it concerns.
        with suppress(pdf.PangoMissing):
            pdf.load()


@task_prerun.connect
def _check_connection(**_: Any) -> None:
    close_old_connections()


@worker_process_init.connect
def _leave_out_what_stays(**_: Any) -> None:
    """Half a million objects of Django's and ours live as long as the process, and a row read is two more, without
    a cycle among them: looking for garbage there takes a fifth of the time in which a page of rows is read."""
    gc.freeze()
    gc.set_threshold(50_000)
