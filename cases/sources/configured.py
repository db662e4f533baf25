"""The systems an operator has configured in its `connectors.toml`, and how each is reached."""

from functools import lru_cache

from django.conf import settings

from cases.sources import pace
from cases.sources.held_back import held_back
from connectors.contract.base import Connector, SourceMisconfigured
from connectors.contract.guarded import guarded
from connectors.description.collection import Collection
from connectors.description.config import Source, load_sources
from connectors.description.tomlfile import ConfigError
from connectors.registry import connect


def described(operator: str) -> tuple[Source, ...]:
    """The operator's configured systems, for whoever checks them. ConfigError names file, line and key."""
    return load_sources(settings.OPERATORS_DIR / operator)


class NotConfigured(SourceMisconfigured):
    """A source or collection that has left `connectors.toml`, or has another key now; or a file with a fault."""


# Read once a process: a changed file takes effect when web and workers are restarted.
@lru_cache(maxsize=64)
def sources_of(operator: str) -> tuple[Source, ...]:
    """The operator's configured systems, for a case. Raises NotConfigured: a file can be spoilt while cases run."""
    try:
        return described(operator)
    except (ConfigError, OSError) as error:
        raise NotConfigured("faulty-file", str(error)) from error


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
    except NotConfigured:
        return source, key
    return named[0].get(language), named[1].get(language)


def connector_of(operator: str, source: str) -> Connector:
    """The connector of a source. Raises NotConfigured; what its methods raise is a SourceError, whatever happens;
    or Refusal held-back, where they would change something and the desk stands still.
    """
    return held_back(guarded(bare_connector_of(operator, source)))


def bare_connector_of(operator: str, source: str) -> Connector:
    """The same as its own class, for a survey that looks into one kind of system."""
    return connect(source_of(operator, source), turn=pace.turn)
