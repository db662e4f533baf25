"""The Celery application. Every task carries ids only; what was asked lives in PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dsar.settings")

app = Celery("dsar")
app.config_from_object("dsar.settled:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["cases"], related_name="source_tasks")
