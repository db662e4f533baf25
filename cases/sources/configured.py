"""The systems an operator has configured in its `connectors.toml`, and how each is reached."""

from functools import lru_cache

from django.conf import settings

from cases.sources import pace
from connectors.contract.base import Connector, SourceMisconfigured
from connectors.description.collection import Collection
from connectors.description.config import Source, load_sources
from connectors.description.tomlfile import ConfigError
from connectors.registry import connect


@lru_cache(maxsize=64)
def sources_of(operator: str) -> tuple[Source, ...]:
    """The operator's configured systems. ConfigError names file, line and key."""
    return load_sources(settings.OPERATORS_DIR / operator)


class NotConfigured(SourceMisconfigured):
    """A source or collection that has left `connectors.toml`, or has another key now."""


def source_of(operator: str, key: str) -> Source:
    """Raises NotConfigured."""
    for source in sources_of(operator):
        if source.key == key:
            return source
    raise NotConfigured("not-configured", key)


def collection_of(operator: str, source: str, key: str) -> Collection:
    """Raises NotConfigured."""
    for collection in source_of(operator, source).collection:
        if collection.key == key:
            return collection
    raise NotConfigured("not-configured", f"{source}/{key}")


def names_of(operator: str, source: str, key: str, language: str) -> tuple[str, str]:
    """What a source and its collection are called; their keys once they have left the configuration."""
    try:
        named = source_of(operator, source).name, collection_of(operator, source, key).name
    except (NotConfigured, ConfigError):
        return source, key
    return named[0].get(language), named[1].get(language)


def connector_of(operator: str, source: str) -> Connector:
    return connect(source_of(operator, source), turn=pace.turn)
