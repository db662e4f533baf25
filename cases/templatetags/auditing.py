"""What the audit log says, in words."""

from django import template

from cases.desk.wording import details as audit_details
from cases.desk.wording import happenings
from cases.models import AuditEntry

register = template.Library()


@register.filter
def happened(entry: AuditEntry) -> str:
    """What an audit entry says, in words."""
    return happenings.happened(entry)


@register.filter
def actor(entry: AuditEntry) -> str:
    return happenings.actor(entry)


@register.filter
def details(entry: AuditEntry) -> str:
    """The rest of an audit entry on one line, in words; no hashes."""
    return audit_details.details(entry)
