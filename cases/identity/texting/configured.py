"""The gateway an operator has configured."""

from functools import lru_cache

import structlog
from django.conf import settings

from cases.registers.gateway import Gateway, load_gateway
from connectors.description.tomlfile import ConfigError

log = structlog.get_logger(__name__)


# Read once a process, as an operator's systems are.
@lru_cache(maxsize=64)
def gateway_of(operator: str) -> Gateway | None:
    """None where there is none, or the file was spoilt since it was loaded: every door beside this one stays open."""
    try:
        return load_gateway(settings.OPERATORS_DIR / operator)
    except ConfigError as error:
        log.error("texting.faulty-file", operator=operator, fault=str(error))
        return None
