"""The other providers to which an operator sends a person's data, as its folder names them (Article 20(2))."""

from functools import lru_cache

import structlog
from django.conf import settings

from cases.registers.elsewhere.receivers import Receiver, load_receivers
from connectors.description.tomlfile import ConfigError

log = structlog.get_logger(__name__)


# Read once a process, as an operator's systems are.
@lru_cache(maxsize=64)
def receivers_of(operator: str) -> dict[str, Receiver]:
    """By their keys; none where there is no file, or it was spoilt since it was loaded."""
    try:
        return load_receivers(settings.OPERATORS_DIR / operator)
    except ConfigError as error:
        log.error("receivers.faulty-file", operator=operator, fault=str(error))
        return {}
