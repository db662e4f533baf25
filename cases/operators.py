"""Operators as the desk knows them: the folder on disk, the register version in force, the sources."""

from functools import lru_cache

from django.conf import settings
from django.db import transaction

from cases import audit, pace, sourcefit
from cases.models import Case, Operator, RegisterVersion
from cases.registers import Register, content_sha256, parse_register
from connectors.base import Connector, SourceMisconfigured
from connectors.collection import Collection
from connectors.config import Source, load_sources
from connectors.registry import connect
from connectors.tomlfile import ConfigError


@lru_cache(maxsize=64)
def _parsed(sha256: str, operator: str) -> Register:
    content = RegisterVersion.objects.get(operator_id=operator, sha256=sha256).content
    return parse_register(content, f"{operator}/register.toml")


def register_of(operator: Operator) -> Register:
    """The register in force now."""
    if operator.register is None:
        raise LookupError(f"{operator.pk} has no register: run manage.py load_operators")
    return _parsed(operator.register.sha256, operator.pk)


def register_of_case(case: Case) -> Register:
    """The register the case is decided under; it stays this version whatever is loaded later."""
    return _parsed(case.register.sha256, case.operator_id)


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


def get_operator(slug: str) -> Operator | None:
    return Operator.objects.select_related("register").filter(pk=slug, is_active=True).first()


@transaction.atomic
def load_operator(slug: str) -> tuple[Operator, bool]:
    """Bring one folder into the database. Returns the operator and whether its register is a new version."""
    content = (settings.OPERATORS_DIR / slug / "register.toml").read_text(encoding="utf-8")
    register = parse_register(content, f"{slug}/register.toml")
    folder = settings.OPERATORS_DIR / slug
    if unfit := list(sourcefit.faults(folder, register, sources_of(slug))):
        first, *more = unfit
        raise ConfigError(first.file, first.line, first.key, first.reason, tuple(more))
    operator, _created = Operator.objects.get_or_create(pk=slug, defaults={"name": register.name})
    version, is_new = RegisterVersion.objects.get_or_create(
        operator=operator, sha256=content_sha256(content), defaults={"content": content}
    )
    changed = operator.register_id != version.pk or operator.name != register.name or not operator.is_active
    operator.name, operator.register, operator.is_active = register.name, version, True
    if changed:
        operator.save()
        audit.record(operator, "register.loaded", by=audit.SYSTEM, sha256=version.sha256)
    return operator, is_new
