import sys

from django.core.checks import Error, run_checks
from django.core.wsgi import get_wsgi_application

import dsar.settled  # noqa: F401 - ends here, with one line, where a setting is missing

application = get_wsgi_application()

from cases.health import key_marks  # noqa: E402 - models can be imported from here on

if faults := [fault.msg for fault in run_checks(tags=["bodies"]) if isinstance(fault, Error)]:
    sys.exit(f"The desk can't start. {faults[0]}")
key_marks.refuse_foreign()
