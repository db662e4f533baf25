"""Accounts of staff: made by an administrator, opened by the person behind a mailed link."""

from base64 import b64decode, b64encode
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cases.casework.members.accounts import change_own_address, choose_password
from cases.casework.workflow import Refusal
from cases.models import User
from cases.sealed.vault import seal_for_operator, unseal_for_operator
from cases.web.fields import PLAIN
from cases.web.networks import network_of
from cases.web.signing_in import sign_in_limits
from cases.web.signing_in.second_factor import is_fresh, is_set_up, recent

log = structlog.get_logger()


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up; passwords are tried at the pace of `sign_in_limits`."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Who these are of. ValidationError where it has to wait."""
        taken = sign_in_limits.password(request, str(credentials.get("username", "")))
        if user := authenticate(request, **credentials):
            taken.take_back()
            log.info("sign-in.password", user=user.pk)
        else:
            # Without the name that was typed: it may be a password in the wrong field.
            log.warning("sign-in.refused", by="password")
        return user

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Of a second factor by itself; before the first there is nothing to show but the password of a moment ago."""
        user = self.request.user
        if app == "allauth.mfa" and isinstance(user, User):
            return is_set_up(user) and not is_fresh(self.request)
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def get_client_ip(self, request: HttpRequest) -> str:
        return network_of(request) or super().get_client_ip(request)

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        return reverse("desk:queue")


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors lie sealed: whoever reads the database makes no codes of them."""

    def encrypt(self, text: str) -> str:
        return b64encode(seal_for_operator(text.encode())).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return unseal_for_operator(b64decode(encrypted_text)).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Of the desk's own host where this is one below it, so that a passkey of one opens the other as well.

        A browser takes no other id than its page's host or one above it (Web Authentication, 5.1.3 and 5.1.4).
        """
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        desk = urlsplit(settings.BASE_URL).hostname or ""
        return {**entity, "id": desk} if f".{entity['id']}".endswith(f".{desk}") else entity


class ChoosePassword(PasswordResetConfirmView):
    """Behind the link of an invitation or of a forgotten password. Its address loses the token at the first look."""

    template_name = "account/choose_password.html"

    def form_valid(self, form: "SetPasswordForm[User]") -> HttpResponse:
        token = self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, "")
        assert self.user is not None
        try:
            choose_password(self.user, token, form.cleaned_data["new_password1"])
        except Refusal as refusal:
            messages.error(self.request, refusal.message)
        else:
            messages.success(self.request, _("Your password is saved. Sign in with it."))
        return redirect("account_login")


class AddressForm(forms.Form):
    """Where links and notices to a member of staff go."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        error_messages={"required": gettext_lazy("Write your e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", **PLAIN}),
    )


@recent
@never_cache
@require_http_methods(["GET", "POST"])
def own_address(request: HttpRequest) -> HttpResponseBase:
    """One's own address, after the second factor was shown again: whoever changes it can have the password replaced."""
    assert isinstance(request.user, User)
    form = AddressForm(request.POST or None, initial={"email": request.user.email})
    if form.is_valid():
        try:
            change_own_address(request.user, form.cleaned_data["email"])
        except Refusal as refusal:
            form.add_error("email", refusal.message)
        else:
            messages.success(request, _("Your address is changed."))
            return redirect("account_own_address")
    return render(request, "account/address.html", {"form": form}, status=422 if form.errors else 200)


def forgotten(request: HttpRequest) -> HttpResponse:
    """Nobody has a link sent without signing in: an administrator sends it, to the person's own address."""
    return render(request, "account/forgotten.html")


def no_such_page(request: HttpRequest) -> HttpResponse:
    """Pages of allauth for addresses: those of staff have a page of their own."""
    return render(request, "404.html", status=404)
