import sys

from django.core.checks import Error, run_checks
from django.core.wsgi import get_wsgi_application

import dsar.settled  # noqa: F401 - ends here, with one line, where a setting is missing

application = get_wsgi_application()
if faults := [fault.msg for fault in run_checks(tags=["bodies"]) if isinstance(fault, Error)]:
    sys.exit(f"The desk can't start. {faults[0]}")
