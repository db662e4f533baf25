"""One settings file, read from the environment. Any NAME can be given as NAME_FILE, a path to a secret.

Nothing here has a default that would be unsafe in production: without the keys the desk does not start.
docs/deploy.md says what every variable means.
"""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu import Queue

from dsar.environment import Environment
from dsar.logs import configure_logging

BASE_DIR = Path(__file__).resolve().parent.parent

# Commands that need neither a database nor a secret still import settings; so does the type checker.
OFFLINE_COMMANDS = {
    "check_operators", "collectstatic", "decide", "due", "help", "make_secrets", "makemigrations", "messages",
    "verify_package", "verify_record",
}  # fmt: skip
_PROGRAM = Path(sys.argv[0]).name
_HELP = _PROGRAM == "manage.py" and not {"--help", "-h"}.isdisjoint(sys.argv[1:])
OFFLINE = _PROGRAM == "mypy" or _HELP or not OFFLINE_COMMANDS.isdisjoint(sys.argv[1:2])
env = Environment(os.environ, offline=OFFLINE)

DEBUG = env.flag("DEBUG")
SECRET_KEY = env.required("DSAR_SECRET_KEY", "at least 50 random characters")
BASE_URL = env.web_address("DSAR_BASE_URL", default="http://localhost:8000")
HTTPS = BASE_URL.startswith("https://")
# Where cleared officers work: pages of processes that have the key of secret orders.
CLEARED_URL = env.web_address("DSAR_CLEARED_URL", default=BASE_URL)
_HOSTS = sorted({urlsplit(url).hostname or "" for url in (BASE_URL, CLEARED_URL)})
# Loopback besides, so that a container can ask itself whether it is well.
ALLOWED_HOSTS = [*env.words("DSAR_ALLOWED_HOSTS", default=_HOSTS), "localhost", "127.0.0.1"]

OPERATORS_DIR = env.folder("DSAR_OPERATORS", default=BASE_DIR / "operators")
MASTER_KEY = env.age_identity("DSAR_MASTER_KEY")
INDEX_KEY = env.hex_key("DSAR_INDEX_KEY")
# Given to cleared processes alone; the others have its public half, and can't read what is sealed to it.
ORDERS_KEY = env.optional_identity("DSAR_ORDERS_KEY")
STAFF_URL = CLEARED_URL if ORDERS_KEY else BASE_URL
ORDERS_RECIPIENT = env.age_recipient("DSAR_ORDERS_RECIPIENT", of=ORDERS_KEY, given_with="DSAR_ORDERS_KEY")
VAULT = env.place("DSAR_VAULT", default=BASE_DIR / "var" / "vault")
# Where the record's checkpoints go: best out of reach of whoever gets into this machine.
ANCHORS = env.place("DSAR_ANCHORS", default=BASE_DIR / "var" / "anchors")
ANCHORS_S3_ENDPOINT = env.text("DSAR_ANCHORS_S3_ENDPOINT")
ANCHOR_KEY = env.hex_key("DSAR_ANCHOR_KEY")
# Proxies whose word is taken for where a call came from.
TRUSTED_PROXIES = env.networks("DSAR_TRUSTED_PROXIES")
# ClamAV's daemon, for papers that people show; and whether one that it has not seen may be opened.
SCANNER = env.socket("DSAR_SCANNER")
OPEN_UNSCANNED = env.choice("DSAR_UNSCANNED", choices=["wait", "open"] if SCANNER else ["open"]) == "open"
# Roles that one person can't hold both of: who gives roles sees no secret, who audits is nobody who is audited, and
# whoever watches how requests are decided decides none (Article 38(6)).
ROLES_APART = env.pairs(
    "DSAR_ROLES_APART",
    of=("caseworker", "approver", "legal", "cleared", "auditor", "dpo", "admin"),
    default=(
        *("admin+cleared", "admin+auditor", "auditor+cleared", "auditor+approver"),
        *(f"dpo+{role}" for role in ("caseworker", "approver", "legal", "cleared", "admin")),
    ),
)
METRICS_TOKEN = env.text("DSAR_METRICS_TOKEN")
# Of how many records of a collection an annex is printed at most; of more the letter has a summary alone.
ANNEX_ROWS = env.number("DSAR_ANNEX_ROWS", default=50_000, most=1_000_000)

INSTALLED_APPS = [
    "cases",
    "exports",
    "dsar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "rest_framework",
    "template_partials",
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "dsar.middleware.embedded_by_nobody",
    # Before what leads every other address on to https.
    "dsar.middleware.refuse_plain_calls",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    # Before the session is looked up: PostgreSQL raises on a NUL in its cookie as well.
    "dsar.middleware.refuse_nul",
    # Before the check of forms, which reads the body.
    "dsar.middleware.Measured",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "cases.web.signing_in.sessions.staff_sessions",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "dsar.urls"
WSGI_APPLICATION = "dsar.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cases.web.context.desk",
            ],
        },
    }
]
# From the project's own templates, so that every field is marked up the same way.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.database("DATABASE_URL") | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}
# A server that vanishes without a word is noticed within a minute, not after the system's two hours.
_REACHABLE = {"connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
DATABASES["default"]["OPTIONS"] = _REACHABLE | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.redis("REDIS_URL")
# In PostgreSQL, so that limits and used codes hold, and pages work, while Redis is away: it is the queue alone.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # At Django's 300 it would throw away limits and used codes that still count.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# What came of a task stands in PostgreSQL; nobody asks Redis.
CELERY_TASK_IGNORE_RESULT = True
# A task whose worker dies goes back to the queue: every one may run twice.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Or messages would wait behind the page that one worker reads while another has nothing to do.
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# In kilobytes: a long letter takes more than it gives back. A process that has ever taken so much ends after its task,
# and another begins in its place.
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 250_000
# Its lines too go through our own renderer, which leaves texts out.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Nobody who clicks waits long for a Redis that stands still: what was asked stands in PostgreSQL, and beat sends it.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 5, "socket_keepalive": True,
}  # fmt: skip
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0}
CELERY_TIMEZONE = "UTC"
# Mail has workers of its own: a server that does not answer holds those, and no others. Beat's errands have a queue
# of their own, which a worker looks into by turns, so that they do not wait at the end of a long one; so have the
# recipients of Article 19, whose web services may keep a caller waiting while somebody else waits for a mailed code,
# and text messages, whose gateway may do the same. What asks every order goes to workers that have the key of them.
CLEARED_QUEUES = ("cleared", "cleared_clock")
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_QUEUES = [
    Queue(name, routing_key=name)
    for name in ("celery", "clock", "mail", "recipients", "texts", *CLEARED_QUEUES)
]
CELERY_TASK_ROUTES = {
    "cases.tasks.send_mail": "mail", "cases.tasks.answer_knock": "mail", "cases.tasks.mail_draft_code": "mail",
    "cases.tasks.tell_recipient": "recipients", "cases.tasks.send_text": "texts",
    "cases.cleared_tasks.*": "cleared",
}  # fmt: skip
CELERY_BEAT_SCHEDULE_FILENAME = env.text(
    "DSAR_BEAT_SCHEDULE", default=str(BASE_DIR / "var" / "beat-schedule")
)


def _every(seconds: float, task: str, queue: str = "clock") -> dict[str, Any]:
    """An errand of beat's. One that waited until the next is due is not run any more: the next does the same."""
    return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": seconds}}


CELERY_BEAT_SCHEDULE = {
    "sweep": _every(10, "cases.tasks.sweep"),
    "send-mail": _every(20, "cases.tasks.send_waiting_mail"),
    # With the mails, whose workers wait for mail servers anyhow.
    "read-bounces": _every(60, "cases.tasks.read_bounces", "mail"),
    "scan-papers": _every(60, "cases.tasks.scan_papers"),
    "erase-due": _every(3600, "cases.cleared_tasks.erase_due", "cleared_clock"),
    "remind": _every(3600, "cases.tasks.remind"),
    "remind-staff": _every(3600, "cases.tasks.remind_staff"),
    "tell-of-ends": _every(12 * 3600, "cases.tasks.tell_of_ends"),
    "roll-up": _every(900, "cases.tasks.roll_up"),
    "recompute-dates": _every(12 * 3600, "cases.tasks.recompute_dates"),
    "tell-recipients": _every(20, "cases.tasks.tell_recipients"),
    "purge-drafts": _every(3600, "cases.tasks.purge_drafts"),
    "lift-due": _every(3600, "cases.tasks.lift_due"),
    # It spares what a secret order still needs.
    "purge": _every(3600, "exports.tasks.purge", "cleared_clock"),
    "tell-of-interims": _every(300, "exports.tasks.tell_of_interims"),
    "check-sources": _every(900, "cases.source_tasks.check_sources"),
    "ask-after-erasures": _every(3600, "cases.source_tasks.ask_after_erasures"),
    "ask-after-erasures-cleared": _every(3600, "cases.cleared_tasks.ask_after_erasures", "cleared_clock"),
    "probe-objections": _every(3600, "cases.source_tasks.probe_objections"),
    # Written once an hour; a task that was lost costs minutes.
    "anchor-record": _every(300, "cases.tasks.anchor_record"),
    "watch-anchors": _every(3600, "cases.tasks.watch_anchors"),
    "ask-owners": _every(60, "cases.source_tasks.ask_owners"),
}

AUTH_USER_MODEL = "cases.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "cases.web.signing_in.own_words.OwnWords"},
    {"NAME": "cases.web.signing_in.breached.Breached"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:queue"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "cases.web.accounts.StaffAccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
MFA_ADAPTER = "cases.web.accounts.SecondFactors"
SESSION_ENGINE = "cases.web.signing_in.session_store"
# Passwords and codes are paced by `cases.web.signing_in.sign_in_limits`: no outsider can turn it against everybody.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A browser makes passkeys over https, or on its own machine.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
MFA_FORMS = {
    "authenticate": "cases.web.signing_in.factors.SecondStep",
    "reauthenticate": "cases.web.signing_in.factors.SecondStepAgain",
    "add_webauthn": "cases.web.signing_in.factors.NewPasskey",
    "authenticate_webauthn": "cases.web.signing_in.factors.PasskeySecond",
    "reauthenticate_webauthn": "cases.web.signing_in.factors.PasskeyAgain",
}
# A phone's clock may be half a minute wrong.
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = urlsplit(BASE_URL).hostname or ""
# How long the second factor counts as shown for what carries power.
FRESH_FACTOR = 15 * 60
# Seconds without a page, and a working day: whoever comes back then signs in anew.
SESSION_IDLE = env.minutes("DSAR_SESSION_IDLE", default=30, most=240) * 60
SESSION_LIFE = env.minutes("DSAR_SESSION_LIFE", default=600, most=1440) * 60
SESSION_COOKIE_AGE = SESSION_LIFE
# The company's own sign-in (OpenID Connect), and the values of `acr` or `amr` that mean it asked for two factors.
BREACHED_PASSWORDS = env.file("DSAR_BREACHED_PASSWORDS")
SSO_ISSUER = env.text("DSAR_SSO_ISSUER")
SSO_CLIENT_ID = env.text("DSAR_SSO_CLIENT_ID")
SSO_CLIENT_SECRET = env.text("DSAR_SSO_CLIENT_SECRET")
SSO_NAME = env.text("DSAR_SSO_NAME", default=urlsplit(SSO_ISSUER).hostname or "")
SSO_STRONG = frozenset(env.words("DSAR_SSO_STRONG", default=["mfa"]))
env.together("DSAR_SSO_ISSUER", "DSAR_SSO_CLIENT_ID", "DSAR_SSO_CLIENT_SECRET")
# With this prefix no neighbour under the same domain can set it.
DEVICE_COOKIE = "__Host-device" if HTTPS else "device"
PASSWORD_RESET_TIMEOUT = 24 * 3600

LANGUAGE_CODE = "en"
LANGUAGES = [("sv", _("Swedish")), ("da", _("Danish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Stockholm"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]


def _vault_storage(location: str) -> dict[str, object]:
    if not location.startswith("s3://"):
        folder = {"location": location, "allow_overwrite": True}
        return {"BACKEND": "cases.sealed.durable.DurableFiles", "OPTIONS": folder}
    bucket, _slash, prefix = location.removeprefix("s3://").partition("/")
    # Else a store that hangs holds a worker, and what it has locked, for five minutes.
    limits = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 2})
    options = {
        "bucket_name": bucket, "location": prefix, "file_overwrite": True, "default_acl": None,
        "client_config": limits,
    }  # fmt: skip
    if endpoint := env.text("DSAR_S3_ENDPOINT"):
        options["endpoint_url"] = endpoint
    return {"BACKEND": "cases.sealed.durable.Objects", "OPTIONS": options}


STORAGES = {
    "default": _vault_storage(VAULT),
    "vault": _vault_storage(VAULT),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
# An ordinary body, files and all. Views that take more say so (cases/web/bodies.py), and seal what comes.
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300

vars().update(env.mail("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = 20
# What comes back is sent to this address, with a key to which mail it was, and read from that mailbox.
BOUNCE_MAILBOX = env.imap("DSAR_BOUNCE_MAILBOX")
BOUNCE_ADDRESS = env.mailbox(
    "DSAR_BOUNCE_ADDRESS", given_with="DSAR_BOUNCE_MAILBOX", needed=BOUNCE_MAILBOX is not None
)
DEFAULT_FROM_EMAIL = env.text("DSAR_FROM_EMAIL", default="no-reply@localhost")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["cases.api.tokens.SystemToken"],
    "DEFAULT_PERMISSION_CLASSES": ["cases.api.tokens.InScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["cases.api.reading.StrictJSON"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "cases.api.reading.AlwaysJSON",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"user": "600/min"},
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "EXCEPTION_HANDLER": "cases.api.problems.answer",
    "UNAUTHENTICATED_USER": None,
}
# How long a token lives is said when it is made (`cases.casework.members.tokens`).
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 - a model's name
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Data subject rights desk",
    "DESCRIPTION": (
        "Hand in requests, follow cases, fetch packages.\n\n"
        "An operator's own system calls with a token: `Authorization: Token ...`, made by "
        "`manage.py api_token`. It sees the operators it belongs to, and nothing of the others, and does what its "
        "scopes say: `hand-in`, `follow`, `packages`, `stop-list`. It ends, after 90 days unless said otherwise. "
        "Every error has the same shape: a code that stays the same, a sentence, and for a request the "
        "sentences by field."
    ),
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/",
    "TAGS": [{"name": "Requests"}, {"name": "Cases"}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {"StageEnum": "cases.models.case.Stage", "RightEnum": "cases.models.case.Right"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    # Without a validator: the page would send the description to somebody else's server.
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "displayRequestDuration": True, "validatorUrl": None},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF], "img-src": [SELF, "data:"], "form-action": [SELF],
        "frame-ancestors": [NONE], "base-uri": [NONE], "object-src": [NONE],
    },
}  # fmt: skip
# With this before its name a browser takes a cookie from this very host alone, and over https.
_HOST = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{_HOST}sessionid"
CSRF_COOKIE_NAME = f"{_HOST}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_HOST}django_language"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "cases.public.pages.open_too_long"
SESSION_SERIALIZER = "cases.sealed.sessions.SealedJSON"
# Not in a cookie: some of them hold names.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
# Not the other host's: what is posted there has its own pages behind it.
CSRF_TRUSTED_ORIGINS = [STAFF_URL]
SECURE_SSL_REDIRECT = HTTPS
# A container asks itself without encryption.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
# Believed only where a proxy stands before the desk, which has to set it itself (docs/deploy.md).
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS

LOGGING_CONFIG = None
configure_logging(json=not DEBUG)
