"""Passwords as people choose and change them, and what a session is made of."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from cases.models import Operator, User

pytestmark = pytest.mark.django_db
OLD = "min egen hemliga mening"
# Longer than 128, with blanks at both ends: taken as it is typed.
NEW = "  en mening som ingen annan har " + "å" * 110 + " "
CHANGE = "/accounts/password/change/"


@pytest.fixture
def maja(staff: Callable[..., User]) -> User:
    user = staff("caseworker", name="maja")
    user.set_password(OLD)
    user.save()
    return user


@pytest.fixture
def at_her_desk(maja: User) -> Client:
    client = Client()
    client.force_login(maja, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_it_is_changed_with_the_old_one_and_taken_as_typed(maja: User, at_her_desk: Client) -> None:
    page = at_her_desk.get(CHANGE).content.decode()
    assert page.count('type="password"') == 3
    assert "onpaste" not in page
    typed = {"password1": NEW, "password2": NEW}
    at_her_desk.post(CHANGE, {"oldpassword": "something else of hers", **typed})
    maja.refresh_from_db()
    assert maja.check_password(OLD)
    at_her_desk.post(CHANGE, {"oldpassword": OLD, **typed})
    maja.refresh_from_db()
    assert maja.check_password(NEW)
    assert not maja.check_password(NEW.strip())


def test_an_old_one_need_not_be_changed(maja: User, at_her_desk: Client) -> None:
    User.objects.filter(pk=maja.pk).update(date_joined="2015-01-01T00:00Z", last_login="2015-01-01T00:00Z")
    assert at_her_desk.get("/desk/").status_code == 200


@pytest.mark.parametrize("word", ["Tele2-tele2-2026!", "maja@Tele2.example", "localhost-tele2-maja"])
def test_the_names_of_those_one_works_for_are_no_password(maja: User, operator: Operator, word: str) -> None:
    assert operator.pk == "tele2-se"
    with pytest.raises(ValidationError, match="at least 8 letters"):
        validate_password(word, maja)


@pytest.mark.parametrize("word", ["tele2 har fler hemligheter", "195038471-20477"])
def test_a_sentence_with_such_a_name_in_it_is_one(maja: User, operator: Operator, word: str) -> None:
    validate_password(word, maja)


def test_a_password_of_a_breach_is_refused_by_the_list_on_this_machine(
    maja: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = [f"min stulna hemlighet nummer {number}" for number in range(40)]
    # As such lists are handed out: sorted hashes, some with how often, lines of several lengths.
    hashes = sorted(hashlib.sha1(one.encode()).hexdigest().upper() for one in stolen)
    lines = [f"{one}:{number * 997}" if number % 3 else one for number, one in enumerate(hashes)]
    (path := tmp_path / "breached.txt").write_text("\r\n".join(lines) + "\r\n")
    validate_password(stolen[0], maja)
    monkeypatch.setattr(settings, "BREACHED_PASSWORDS", path)
    for one in stolen:
        with pytest.raises(ValidationError, match="stolen somewhere before"):
            validate_password(one, maja)
    for number in range(200):
        validate_password(f"min egen hemlighet nummer {number}", maja)
    path.unlink()
    with pytest.raises(OSError, match=r"breached\.txt"):
        validate_password(NEW, maja)


def test_a_session_has_a_new_key_once_somebody_signs_in(maja: User) -> None:
    client = Client()
    client.get("/accounts/login/")
    client.session.save()
    before = client.session.session_key
    client.cookies["sessionid"] = before or ""
    client.force_login(maja, backend="django.contrib.auth.backends.ModelBackend")
    keys = {before, client.session.session_key}
    assert len(keys) == 2
    assert all(key and len(key) == 32 for key in keys)


def test_every_page_leads_out_and_leaves_nothing_in_the_browser(at_her_desk: Client) -> None:
    for page in ("/desk/", "/desk/tasks/", CHANGE):
        assert 'action="/accounts/logout/"' in at_her_desk.get(page).content.decode(), page
    out = at_her_desk.post("/accounts/logout/")
    assert out["Clear-Site-Data"] == '"cache", "storage"'
    assert at_her_desk.get("/desk/").status_code == 302


def test_who_is_signed_in_at_the_desk_is_nobody_to_the_api(signed_in: Callable[..., Client]) -> None:
    client = signed_in("caseworker")
    answered = client.post("/api/stop-list/")
    assert (answered.status_code, "Clear-Site-Data" in answered) == (401, False)
    assert client.get("/desk/").status_code == 200
