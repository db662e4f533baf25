"""Settings: safe for production as they come, and one line that names what is missing or wrong."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from pyrage import x25519

from cases.models.operators import Role
from dsar.environment import Environment

ENTRY_POINTS = {
    "manage.py": [sys.executable, "manage.py", "check"],
    "web": ["gunicorn", "--preload", "--no-control-socket", "--bind", "127.0.0.1:0", "dsar.wsgi"],
    "worker": ["celery", "-A", "dsar", "worker"],
    "beat": ["celery", "-A", "dsar", "beat"],
}
SOMEBODY_ELSES = "age1we0hpthyaql22lyutl0fp9gawc3zhuq0jrppq8yku655n3rcxqjqzcq5fw"
WRONG = {
    "DATABASE_URL": [
        "nonsense",
        "mysql://a/b",
        "postgres://host/",
        "postgres://a:b]c@host:x/db",
        "sqlite:///x",
    ],
    "REDIS_URL": ["nonsense", "http://queue", "redis://queue:port/0"],
    "DSAR_MASTER_KEY": ["nonsense", "AGE-SECRET-KEY-1QQQ", "age1qqqq"],
    "DSAR_INDEX_KEY": ["nonsense", "a" * 63, "a" * 65, "g" * 64],
    "DSAR_ORDERS_KEY": ["nonsense", "age1qqqq"],
    "DSAR_ORDERS_RECIPIENT": ["nonsense", "AGE-SECRET-KEY-1QQQ", SOMEBODY_ELSES],
    "DSAR_ANCHOR_KEY": ["nonsense", "a" * 63, "g" * 64],
    "DSAR_ANCHORS": ["s3://", "gs://bucket"],
    "DSAR_BASE_URL": ["desk.example", "ftp://desk.example", "https:///desk", "https://[desk"],
    "DSAR_TRUSTED_PROXIES": ["proxy.example", "10.0.0.1/8", "10.0.0.0/8, x"],
    "DSAR_ROLES_APART": [
        "boss",
        "admin+boss",
        "admin+admin",
        "admin+cleared+auditor",
        "none, admin+cleared",
    ],
    "DSAR_SESSION_IDLE": ["00", "-5", "241", "half an hour", "1.5"],
    "DSAR_ANNEX_ROWS": ["-1", "1000001", "many"],
    "DSAR_SCANNER": ["clamd:3310", "http://clamd", "unix://clamd", "tcp:///clamd"],
    "DSAR_OPERATORS": ["/no/such/folder", "/etc/passwd"],
    "DSAR_BREACHED_PASSWORDS": ["/no/such/file", "/etc"],
    "DSAR_VAULT": ["s3://", "s3:///prefix", "gs://bucket"],
    "EMAIL_URL": ["nonsense", "http://mail", "smtp://mail:port"],
    "DSAR_BOUNCE_MAILBOX": [
        "nonsense",
        "imaps://mail.example/INBOX",
        "imaps://bounces@mail.example",
        "imap://bounces:secret@mail.example",
        "imaps://bounces:secret@mail.example:port",
        "pop3://bounces:secret@mail.example",
    ],
    "DEBUG": ["maybe"],
    "DSAR_SECRET_KEY_FILE": ["/no/such/file", "/"],
}


def run(command, env):
    return subprocess.run(
        command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_production_deployment_has_nothing_to_warn_of(production_env):
    checked = run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"], production_env
    )
    assert checked.returncode == 0, checked.stderr
    assert "no issues (0 silenced)" in checked.stdout


def test_what_production_gets_without_asking(production_env):
    script = (
        "from django.conf import settings as s; "
        "print(s.DEBUG, s.ALLOWED_HOSTS, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.METRICS_TOKEN == '')"
    )
    shown = run([sys.executable, "-c", script], production_env | {"DJANGO_SETTINGS_MODULE": "dsar.settings"})
    assert shown.stdout.strip() == "False ['desk.example', 'localhost', '127.0.0.1'] True True True", (
        shown.stderr
    )


def test_a_cleared_process_trusts_forms_of_its_own_host_alone(production_env):
    cleared = {"DSAR_CLEARED_URL": "https://cleared.desk.example", "DJANGO_SETTINGS_MODULE": "dsar.settings"}
    script = "from django.conf import settings as s; print(s.CSRF_TRUSTED_ORIGINS)"
    shown = run([sys.executable, "-c", script], production_env | cleared)
    assert shown.stdout.strip() == "['https://cleared.desk.example']", shown.stderr


@pytest.mark.parametrize("entry", ENTRY_POINTS)
def test_a_missing_variable_is_one_line_at_every_entry_point(production_env, entry):
    del production_env["DSAR_INDEX_KEY"]
    refused = run(ENTRY_POINTS[entry], production_env)
    assert refused.returncode != 0
    (line,) = refused.stderr.strip().splitlines()
    assert "DSAR_INDEX_KEY is not set" in line
    assert "64 hexadecimal digits" in line


@pytest.mark.parametrize(
    "name",
    ["DATABASE_URL", "REDIS_URL", "DSAR_SECRET_KEY", "DSAR_MASTER_KEY", "DSAR_INDEX_KEY", "DSAR_ANCHOR_KEY"],
)
def test_what_has_no_safe_default_is_required(production_env, name):
    with pytest.raises(ImproperlyConfigured, match=f"^{name} is not set, nor {name}_FILE: it takes"):
        load({key: value for key, value in production_env.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in WRONG.items() for value in values]
)
def test_a_wrong_value_is_one_line_with_its_name_and_without_the_value(production_env, name, value):
    with pytest.raises(ImproperlyConfigured) as refused:
        load(production_env | {name: value})
    message = str(refused.value)
    assert message.startswith(f"{name}: ")
    assert "\n" not in message
    assert value not in message or value.startswith("/") or value in "s3://bucket/prefix"


def load(values):
    """Everything settings read, in one go."""
    env = Environment(values)
    env.flag("DEBUG")
    env.required("DSAR_SECRET_KEY", "random characters")
    env.web_address("DSAR_BASE_URL", "http://localhost:8000")
    env.folder("DSAR_OPERATORS", settings.OPERATORS_DIR)
    env.file("DSAR_BREACHED_PASSWORDS")
    env.place("DSAR_VAULT", settings.BASE_DIR)
    env.age_identity("DSAR_MASTER_KEY")
    env.hex_key("DSAR_INDEX_KEY")
    orders = env.optional_identity("DSAR_ORDERS_KEY")
    env.age_recipient("DSAR_ORDERS_RECIPIENT", of=orders, given_with="DSAR_ORDERS_KEY")
    env.hex_key("DSAR_ANCHOR_KEY")
    env.place("DSAR_ANCHORS", settings.BASE_DIR)
    env.socket("DSAR_SCANNER")
    env.networks("DSAR_TRUSTED_PROXIES")
    env.pairs("DSAR_ROLES_APART", of=("admin", "auditor", "cleared"), default=("admin+auditor",))
    env.minutes("DSAR_SESSION_IDLE", default=30, most=240)
    env.number("DSAR_ANNEX_ROWS", default=50_000, most=1_000_000)
    env.together("DSAR_SSO_ISSUER", "DSAR_SSO_CLIENT_ID")
    env.database("DATABASE_URL")
    env.redis("REDIS_URL")
    env.mail("EMAIL_URL", "smtp://localhost:25")
    env.imap("DSAR_BOUNCE_MAILBOX")


def test_a_process_without_the_key_of_secret_orders_takes_its_public_half(production_env):
    key = production_env.pop("DSAR_ORDERS_KEY")
    with pytest.raises(ImproperlyConfigured, match=r"^DSAR_ORDERS_RECIPIENT is not set, nor .* public half"):
        load(production_env)
    load(production_env | {"DSAR_ORDERS_RECIPIENT": str(x25519.Identity.from_str(key).to_public())})


def test_a_worker_without_the_key_does_not_take_what_asks_every_order(production_env):
    key = production_env.pop("DSAR_ORDERS_KEY")
    public = str(x25519.Identity.from_str(key).to_public())
    refused = run(["celery", "-A", "dsar", "worker"], production_env | {"DSAR_ORDERS_RECIPIENT": public})
    assert refused.returncode != 0
    assert "The queues cleared and cleared_clock take DSAR_ORDERS_KEY" in refused.stderr


def test_what_belongs_together_is_given_together(production_env):
    with pytest.raises(ImproperlyConfigured, match=r"^DSAR_SSO_CLIENT_ID: is needed where"):
        load(production_env | {"DSAR_SSO_ISSUER": "https://office.example"})


@pytest.mark.parametrize(
    ("given", "pairs"),
    [("none", []), ("admin+cleared", [{"admin", "cleared"}]), ("", [{"admin", "auditor"}])],
)
def test_roles_that_must_not_meet(given, pairs):
    env = Environment({"DSAR_ROLES_APART": given})
    assert env.pairs("DSAR_ROLES_APART", of=list(Role), default=("admin+auditor",)) == pairs


def test_the_settings_know_the_roles_of_staff():
    known = {role for pair in settings.ROLES_APART for role in pair}
    assert known <= set(Role.values) - {Role.SYSTEM}


def test_the_good_values_are_good(production_env):
    load(production_env)


def test_a_secret_from_a_file_goes_before_the_variable_and_loses_its_line_end(tmp_path):
    file = tmp_path / "key"
    file.write_text(f"{'a' * 64}\n")
    assert Environment({"KEY": "b" * 64, "KEY_FILE": str(file)}).hex_key("KEY") == "a" * 64


def test_a_dollar_in_a_password_is_a_dollar():
    url = "postgres://desk:$PATH%40@database/dsar"
    assert Environment({"URL": url}).database("URL")["PASSWORD"] == "$PATH@"


@pytest.mark.parametrize(
    ("address", "needed"),
    [
        ("", True),
        ("bounces@desk.example", False),
        ("bounces", True),
        ("bounces+more@desk.example", True),
        (f"{'b' * 25}@desk.example", True),
    ],
)
def test_an_address_for_bounces_that_fits_no_mailbox_is_one_line(address, needed):
    env = Environment({"DSAR_BOUNCE_ADDRESS": address})
    with pytest.raises(ImproperlyConfigured, match=r"^DSAR_BOUNCE_ADDRESS: "):
        env.mailbox("DSAR_BOUNCE_ADDRESS", given_with="DSAR_BOUNCE_MAILBOX", needed=needed)


def test_a_mailbox_for_bounces_is_read_from_a_file_too(tmp_path):
    file = tmp_path / "mailbox"
    file.write_text("imaps://bounces%40desk.example:p%3Ass@mail.example/Bounces\n")
    assert Environment({"MAILBOX_FILE": str(file)}).imap("MAILBOX") == {
        "host": "mail.example", "port": 993, "security": "ssl", "user": "bounces@desk.example", "password": "p:ss",
        "folder": "Bounces",
    }  # fmt: skip
    assert Environment({}).imap("MAILBOX") is None


def test_an_empty_variable_is_as_good_as_none():
    with pytest.raises(ImproperlyConfigured, match="KEY is not set"):
        Environment({"KEY": "  "}).required("KEY", "something")


@pytest.mark.parametrize("asked", [["--help"], ["help"], ["erase_due", "--help"], ["restore", "-h"]])
def test_help_needs_nothing(asked):
    shown = run([sys.executable, "manage.py", *asked], {})
    assert shown.returncode == 0, shown.stderr


def test_offline_commands_need_nothing(tmp_path):
    done = run([sys.executable, "manage.py", "make_secrets", str(tmp_path / "secrets")], {})
    assert done.returncode == 0, done.stderr
