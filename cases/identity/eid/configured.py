"""The faces an operator has configured."""

from functools import lru_cache

import structlog
from django.conf import settings

from cases.registers.faces import Face, load_faces, name_of
from connectors.description.tomlfile import ConfigError

log = structlog.get_logger(__name__)


# Read once a process, as an operator's systems are.
@lru_cache(maxsize=64)
def faces_of(operator: str) -> dict[str, Face]:
    """By their keys; none where the file was spoilt since it was loaded: every door beside this one stays open."""
    try:
        return load_faces(settings.OPERATORS_DIR / operator)
    except ConfigError as error:
        log.error("identity.faulty-file", operator=operator, fault=str(error))
        return {}


def names_of(operator: str) -> dict[str, str]:
    """What the faces are called on a button, by their keys."""
    return {key: name_of(key, face) for key, face in faces_of(operator).items()}
