"""Cookies of a desk behind https, what a session holds at rest, and secrets of second factors."""

import base64
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from cases.models import Session, User
from cases.web.signing_in.session_store import row_of

pytestmark = pytest.mark.django_db

NAMES = """
import django, json
django.setup()
from django.conf import settings as s
found = {kind: [getattr(s, f"{kind}_COOKIE_{what}") for what in
    ("NAME", "SECURE", "HTTPONLY", "SAMESITE", "PATH", "DOMAIN")] for kind in ("SESSION", "CSRF", "LANGUAGE")}
from types import SimpleNamespace
from django.http import HttpResponse
from cases.web.signing_in.sign_in_limits import remember_device
answer = HttpResponse()
remember_device(SimpleNamespace(COOKIES={}), answer, SimpleNamespace(pk=1))
[device] = answer.cookies.values()
found["DEVICE"] = [device.key, *(device[what] or None for what in
    ("secure", "httponly", "samesite", "path", "domain"))]
print(json.dumps(found))
"""


def cookies(env: dict[str, str]) -> dict[str, list[Any]]:
    done = subprocess.run(
        [sys.executable, "-c", NAMES],
        env=env | {"DJANGO_SETTINGS_MODULE": "dsar.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, list[Any]] = json.loads(done.stdout)
    return found


def test_behind_https_cookies_are_the_hosts_own_and_no_scripts(production_env: dict[str, str]) -> None:
    assert cookies(production_env) == {
        "SESSION": ["__Host-sessionid", True, True, "Lax", "/", None],
        "CSRF": ["__Host-csrftoken", True, True, "Lax", "/", None],
        "LANGUAGE": ["__Host-django_language", True, True, "Lax", "/", None],
        "DEVICE": ["__Host-device", True, True, "Lax", "/", None],
    }


def test_without_https_a_browser_would_refuse_the_prefix(production_env: dict[str, str]) -> None:
    found = cookies(production_env | {"DSAR_BASE_URL": "http://localhost:8000"})
    assert [each[:3] for each in found.values()] == [
        ["sessionid", False, True],
        ["csrftoken", False, True],
        ["django_language", False, True],
        ["device", None, True],
    ]


def test_a_message_is_in_no_cookie(signed_in: Callable[..., Client]) -> None:
    desk = signed_in("admin")
    members = reverse("desk:operator-members", args=["tele2-se"])
    added = desk.post(members, {"username": "maja", "role": "caseworker", "email": "maja@example.com"})
    assert added.status_code == 302
    assert set(desk.cookies) <= {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    assert "maja" in desk.get(members).content.decode()


def at_rest() -> str:
    """Every session as the database has it, opened as far as whoever reads it can."""
    found = []
    for session in Session.objects.all():
        data = session.session_data.lstrip(".").partition(":")[0]
        raw = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
        found.append(zlib.decompress(raw) if session.session_data.startswith(".") else raw)
    return repr(found)


def test_what_a_session_holds_lies_sealed(client: Client) -> None:
    engine = import_module(settings.SESSION_ENGINE)
    session = engine.SessionStore()
    session["mfa.totp.secret"] = "C4N4RY"
    session.save()
    assert "C4N4RY" not in at_rest()
    assert engine.SessionStore(session.session_key)["mfa.totp.secret"] == "C4N4RY"


def test_no_session_opens_at_the_other_host_nor_by_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has the open server and the database makes none for a cleared page, and finds none there."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    cleared, key = store(), settings.ORDERS_KEY
    assert key
    cleared["staff"] = "kim"
    cleared.save()
    row = Session.objects.get()
    assert row.session_key != cleared.session_key
    assert "staff" not in store(row.session_key)
    forged = "a" * 32
    Session.objects.create(
        session_key=row_of(store(forged)), session_data=row.session_data, expire_date=row.expire_date
    )
    assert "staff" not in store(forged)
    monkeypatch.setattr(settings, "ORDERS_KEY", "")
    assert "staff" not in store(cleared.session_key)
    opened = store()
    opened["staff"] = "kim"
    opened.save()
    assert "age-encryption.org" in at_rest()
    assert store(opened.session_key)["staff"] == "kim"
    monkeypatch.setattr(settings, "ORDERS_KEY", key)
    assert "staff" not in store(opened.session_key)
    assert store(cleared.session_key)["staff"] == "kim"


def test_secrets_of_second_factors_lie_sealed_and_still_make_codes(staff: Callable[..., User]) -> None:
    user, secret = staff("caseworker"), generate_totp_secret()
    codes = RecoveryCodes.activate(user)
    totp = TOTP.activate(user, secret)
    plain = codes.get_unused_codes()
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        kept = " ".join(data for (data,) in cursor)
    assert secret not in kept
    assert not any(code in kept for code in plain)
    again = Authenticator.objects.get(pk=totp.instance.pk).wrap()
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert again.validate_code(code)
    assert Authenticator.objects.get(pk=codes.instance.pk).wrap().get_unused_codes() == plain


def test_those_of_before_are_sealed_by_the_migration(staff: Callable[..., User]) -> None:
    secret = generate_totp_secret()
    kept = Authenticator.objects.create(user=staff("caseworker"), type="totp", data={"secret": secret})
    migration = import_module("cases.migrations.0032_sealed_second_factors")
    migration.seal(apps, None)
    kept.refresh_from_db()
    assert secret not in str(kept.data)
    assert kept.wrap().instance == kept
    from cases.web.accounts import SecondFactors

    assert SecondFactors().decrypt(kept.data["secret"]) == secret
