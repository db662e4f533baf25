"""The settings, read: importing this ends the process with one line where something is missing or wrong.

Every entry point begins here: manage.py, the web server, Celery's worker and clock.
"""

import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dsar.settings")
try:
    _ = settings.INSTALLED_APPS
except ImproperlyConfigured as error:
    sys.exit(f"The desk can't start. {error}")
