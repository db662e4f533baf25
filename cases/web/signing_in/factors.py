"""Pages about one's own second factor, below /accounts/2fa/; allauth's, each behind the factor it is about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from allauth.account.internal.flows.login import clear_authentication_records
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.recovery_codes import views as spare
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse_lazy

from cases.casework.members.accounts import end_sessions, record_everywhere
from cases.models import User
from cases.web.signing_in import sign_in_limits
from cases.web.signing_in.second_factor import note_shown, recent

log = structlog.get_logger()


class _Paced:
    """Wrong codes are followed by longer and longer waits."""

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The one thing to do on the page.
        self.fields["code"].widget.attrs["autofocus"] = True  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        taken = sign_in_limits.code(context.request, self.user)
        with _logged(self.user, "code"):
            typed: str = super().clean_code()  # type: ignore[misc]
        taken.take_back()
        return typed


class SecondStep(_Paced, AuthenticateForm):  # type: ignore[misc]
    """After the password."""


class SecondStepAgain(_Paced, ReauthenticateForm):  # type: ignore[misc]
    """Before something that carries power."""


class NewPasskey(AddWebAuthnForm):  # type: ignore[misc]
    """What the browser made; rubbish in its place is wrong, and no error of ours."""

    def clean(self) -> dict[str, Any]:
        with _understood():
            cleaned: dict[str, Any] = super().clean()
        return cleaned


class _Shown:
    user: User

    def clean_credential(self) -> Any:
        with _logged(self.user, "passkey"), _understood():
            return super().clean_credential()  # type: ignore[misc]


class PasskeySecond(_Shown, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """After the password."""


class PasskeyAgain(_Shown, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Before something that carries power."""


@contextmanager
def _logged(user: User, by: str) -> Iterator[None]:
    """Each showing of a second factor is a line in the log, one that failed as well."""
    try:
        yield
    except ValidationError:
        log.warning("sign-in.refused", by=by, user=user.pk)
        raise
    log.info("sign-in.factor", by=by, user=user.pk)


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError):
        raise get_adapter().validation_error("incorrect_code") from None


class Activate(ActivateTOTPView):  # type: ignore[misc]
    """Whoever has just typed the app's code has shown it."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _set_up(self.request, "totp")
        return response


class Deactivate(DeactivateTOTPView):  # type: ignore[misc]
    """The app is put away: other sessions end, and the desk stays shut here until another factor is shown."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _put_away(self.request)
        return response


class AddPasskey(AddWebAuthnView):  # type: ignore[misc]
    """Whoever has just made a passkey has shown it."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _set_up(self.request, "webauthn")
        return response


class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """As with an app that is put away."""

    success_url = reverse_lazy("mfa_index")

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _put_away(self.request)
        return response


def _set_up(request: HttpRequest, kind: str) -> None:
    user = request.user
    assert isinstance(user, User)
    note_shown(request, user, method="mfa", type=kind)
    record_everywhere(user, "factor.set-up", by=user)


def _put_away(request: HttpRequest) -> None:
    user = request.user
    assert isinstance(user, User)
    end_sessions(user)
    user.refresh_from_db()
    update_session_auth_hash(request, user)
    clear_authentication_records(request)
    record_everywhere(user, "factor.put-away", by=user)


def no_such_page(request: HttpRequest, **_: int) -> HttpResponse:
    return render(request, "404.html", status=404)


urlpatterns = [
    path("totp/activate/", Activate.as_view(), name="mfa_activate_totp"),
    path("totp/deactivate/", recent(Deactivate.as_view()), name="mfa_deactivate_totp"),
    path("webauthn/add/", AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("webauthn/keys/<int:pk>/remove/", recent(RemovePasskey.as_view()), name="mfa_remove_webauthn"),
    # The page about the second factor lists them; a name is given once.
    path("webauthn/", no_such_page, name="mfa_list_webauthn"),
    path("webauthn/keys/<int:pk>/edit/", no_such_page, name="mfa_edit_webauthn"),
    path("recovery-codes/", recent(spare.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "recovery-codes/generate/", recent(spare.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path(
        "recovery-codes/download/", recent(spare.download_recovery_codes), name="mfa_download_recovery_codes"
    ),
]
