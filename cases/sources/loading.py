"""Bringing an operator's folder into the database: its register and its systems, if they fit each other."""

from django.conf import settings
from django.db import transaction

from cases.casework import audit
from cases.models import Operator, RegisterVersion
from cases.registers.elsewhere.receivers import load_receivers
from cases.registers.faces import load_faces
from cases.registers.gateway import load_gateway
from cases.registers.register import content_sha256, parse_register
from cases.sources import fit
from cases.sources.configured import described
from connectors.description.tomlfile import ConfigError


@transaction.atomic
def load_operator(slug: str) -> tuple[Operator, bool]:
    """Bring one folder into the database. Returns the operator and whether its register is a new version."""
    content = (settings.OPERATORS_DIR / slug / "register.toml").read_text(encoding="utf-8")
    register = parse_register(content, f"{slug}/register.toml")
    folder = settings.OPERATORS_DIR / slug
    load_receivers(folder)
    offered, texts = load_faces(folder), load_gateway(folder) is not None
    if unfit := list(fit.faults(folder, register, described(slug), offered, texts=texts)):
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
