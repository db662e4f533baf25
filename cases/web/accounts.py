"""Accounts of staff: made by an administrator, opened by the person behind a mailed link."""

from base64 import b64decode, b64encode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.decorators import reauthentication_required
from allauth.mfa.adapter import DefaultMFAAdapter
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
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


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up."""

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


@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
@never_cache
@require_http_methods(["GET", "POST"])
def own_address(request: HttpRequest) -> HttpResponseBase:
    """One's own address, after the password was typed again: whoever changes it can have the password replaced."""
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
