"""The demo's staff are people the record knows of, or its own check at the end would find them."""

import pytest
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.core.management import call_command

from cases.models import Membership, User
from cases.sources.loading import load_operator
from demo.prepare import LOGINS, make_staff

pytestmark = pytest.mark.django_db


def test_staff_have_their_roles_and_the_record_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    load_operator("tele2-se")
    secret = generate_totp_secret()
    for _time in range(2):
        make_staff("correct horse battery staple", secret)
    for name, roles in LOGINS.items():
        user = User.objects.get(username=name)
        assert user.check_password("correct horse battery staple")
        assert set(Membership.objects.filter(user=user).values_list("role", flat=True)) == set(roles)
    call_command("verify_audit")
    assert "all chains whole" in capsys.readouterr().out
