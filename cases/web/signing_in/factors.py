"""Pages about one's own second factor, below /accounts/2fa/; allauth's, each behind the factor it is about."""

from typing import Any

from allauth.account.internal.flows.login import clear_authentication_records
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.recovery_codes import views as spare
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.urls import path

from cases.casework.members.accounts import end_sessions, record_everywhere
from cases.models import User
from cases.web.signing_in import sign_in_limits
from cases.web.signing_in.second_factor import note_shown, recent


class _Paced:
    """Wrong codes are followed by longer and longer waits."""

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The one thing to do on the page.
        self.fields["code"].widget.attrs["autofocus"] = True  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        taken = sign_in_limits.code(context.request, self.user)
        typed: str = super().clean_code()  # type: ignore[misc]
        taken.take_back()
        return typed


class SecondStep(_Paced, AuthenticateForm):  # type: ignore[misc]
    """After the password."""


class SecondStepAgain(_Paced, ReauthenticateForm):  # type: ignore[misc]
    """Before something that carries power."""


class Activate(ActivateTOTPView):  # type: ignore[misc]
    """Whoever has just typed the app's code has shown it."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        user = self.request.user
        assert isinstance(user, User)
        note_shown(self.request, user, method="mfa", type="totp")
        record_everywhere(user, "factor.set-up", by=user)
        return response


class Deactivate(DeactivateTOTPView):  # type: ignore[misc]
    """The app is put away: other sessions end, and the desk stays shut here until there is another."""

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        user = self.request.user
        assert isinstance(user, User)
        end_sessions(user)
        user.refresh_from_db()
        update_session_auth_hash(self.request, user)
        clear_authentication_records(self.request)
        record_everywhere(user, "factor.put-away", by=user)
        return response


urlpatterns = [
    path("totp/activate/", Activate.as_view(), name="mfa_activate_totp"),
    path("totp/deactivate/", recent(Deactivate.as_view()), name="mfa_deactivate_totp"),
    path("recovery-codes/", recent(spare.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "recovery-codes/generate/", recent(spare.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path(
        "recovery-codes/download/", recent(spare.download_recovery_codes), name="mfa_download_recovery_codes"
    ),
]
