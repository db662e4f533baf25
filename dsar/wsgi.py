from django.core.wsgi import get_wsgi_application

import dsar.settled  # noqa: F401 - ends here, with one line, where a setting is missing

application = get_wsgi_application()
