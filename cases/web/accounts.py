"""Accounts of staff: made by an administrator, with a first password that lives until the first sign-in."""

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import User


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; a password somebody else has seen is replaced by one's own, once."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def clean_password(self, password: str, user: User | None = None) -> str:
        """The rules for passwords; and a first password can't be kept."""
        if user and user.must_change_password and user.check_password(password):
            raise ValidationError(_("This is the first password. Choose one of your own."))
        cleaned: str = super().clean_password(password, user)
        return cleaned

    def set_password(self, user: User, password: str) -> None:
        """Called for passwords people chose themselves."""
        user.must_change_password = False
        super().set_password(user, password)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("desk:queue")


def forgotten(request: HttpRequest) -> HttpResponse:
    """No password is reset by mail: an administrator makes a new one and hands it over."""
    return render(request, "account/forgotten.html")


def no_such_page(request: HttpRequest) -> HttpResponse:
    """Staff accounts have no mail address to manage."""
    return render(request, "404.html", status=404)
