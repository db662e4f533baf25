"""The desk's settings on a clock that runs twenty times as fast: beat's rounds here, stored moments in `weather`."""

from dsar.settings import *  # noqa: F403
from dsar.settings import CELERY_BEAT_SCHEDULE as UNHURRIED

HASTE = 20
CELERY_BEAT_SCHEDULE = {
    name: entry | {"schedule": float(str(entry["schedule"])) / HASTE} for name, entry in UNHURRIED.items()
}
CELERY_BEAT_MAX_LOOP_INTERVAL = 0.5
