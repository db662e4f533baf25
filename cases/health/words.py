"""What each check is called, and for each fault what it means and what to do about it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.health.checks import Check

NAMES: dict[str, str | Promise] = {
    "database": _("PostgreSQL"),
    "migrations": _("Tables"),
    "keys": _("Keys"),
    "redis": _("Redis"),
    "vault": _("Vault"),
    "mail": _("Mail server"),
    "beat": _("Clock"),
    "workers": _("Workers"),
    "mails": _("Mails"),
    "anchors": _("Checkpoints of the record"),
    "sources": _("Sources"),
}

FAULTS: dict[tuple[str, str], str | Promise] = {
    ("database", "away"): _(
        "PostgreSQL does not answer. Nothing goes on without it. Is it running, and is DATABASE_URL right?"
    ),
    ("migrations", "missing"): _(
        "The tables are older than the program. Run `manage.py migrate` and `manage.py grant_app_role` as "
        "the tables' owner."
    ),
    ("keys", "foreign"): _(
        "A key is not the one that this desk was begun with. Put the old one back: with another, people "
        "are not found and what is sealed can't be read."
    ),
    ("redis", "away"): _(
        "Redis does not answer. Requests are taken in, but no work goes on. Is it running, and is "
        "REDIS_URL right?"
    ),
    ("redis", "full"): _(
        "Redis is full. Requests are taken in, but no work goes on. Give it more memory; it goes on by "
        "itself when there is room."
    ),
    ("redis", "read-only"): _(
        "This Redis takes nothing: it is a copy of another. Name the one that others copy in REDIS_URL."
    ),
    ("vault", "away"): _(
        "The vault can't be reached. Nothing is gathered and no answer is written. Is the disk mounted, "
        "does the store answer?"
    ),
    ("vault", "full"): _("The vault's disk is full. Make room; the work goes on by itself."),
    ("vault", "read-only"): _(
        "The vault can't be written to. Look at the disk, and whether the desk's user may write there."
    ),
    ("vault", "little-room"): _(
        "The vault has less room than the largest file takes. Make room before it is full."
    ),
    ("mail", "away"): _(
        "The mail server does not answer. Codes and answers wait until it does. Is EMAIL_URL right?"
    ),
    ("mail", "sign-in"): _(
        "The mail server does not accept the desk's password. Codes and answers wait. Correct EMAIL_URL."
    ),
    ("beat", "silent"): _(
        "Nothing is started by the clock: beat is not running, or no worker takes what it sends. Start both."
    ),
    ("workers", "behind"): _(
        "Work has waited for long in the queue. Start more workers, or look at what they hang on in the log."
    ),
    ("mails", "stuck"): _(
        "Mails have waited for more than an hour. Is there a worker for the queue `mail`, and what does "
        "the log say?"
    ),
    ("anchors", "missing"): _(
        "A checkpoint of the record is missing. Look at DSAR_ANCHORS, then run `manage.py verify_audit "
        "--anchors`."
    ),
    ("sources", "failing"): _(
        "Sources do not answer as configured. The page Sources says which, and `manage.py check_sources` why."
    ),
}


def said(check: Check) -> str:
    """What is wrong and what to do, with the detail behind it; "" where it is well."""
    if check.is_well:
        return ""
    sentence = str(FAULTS[check.name, check.fault])
    return f"{sentence} ({check.detail})" if check.detail else sentence
