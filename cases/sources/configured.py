"""The systems an operator has configured in its `connectors.toml`, and how each is reached."""

from functools import lru_cache

from django.conf import settings
from django.db import OperationalError

from cases.casework import secrecy
from cases.law.holdrules import TOUCHED_BY_SECRETS
from cases.sources import pace
from cases.sources.held_back import held_back
from connectors.contract.base import Connector, SourceMisconfigured
from connectors.contract.guarded import guarded
from connectors.description.collection import Collection
from connectors.description.config import Source, SqlCollection, SqlSource, load_sources
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
    described = source_of(operator, source)
    guarded = _guarded_tables(operator) if isinstance(described, SqlSource) else ()
    return connect(described, turn=pace.turn, guarded=guarded)


def _guarded_tables(operator: str) -> tuple[SqlCollection, ...]:
    """Of every source: several can lie in one database."""
    tables = [part for one in sources_of(operator) if isinstance(one, SqlSource) for part in one.collection]
    try:
        touched = secrecy.guarded(operator)
    except OperationalError:
        # Sources can be checked without the desk's database, and nothing else can: then by the law's own categories.
        touched = TOUCHED_BY_SECRETS
    return tuple(part for part in tables if part.category in touched)
