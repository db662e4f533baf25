"""Who calls, and whether the token may do this."""

from typing import Any

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from cases.casework.members.tokens import may, note_use


class SystemToken(TokenAuthentication):  # type: ignore[misc]
    """The token of an operator's system, made by ``manage.py api_token``: ``Authorization: Token ...``."""

    def authenticate_credentials(self, token: bytes) -> object:
        if not token.isascii():  # knox would stumble over it
            raise AuthenticationFailed
        user, found = super().authenticate_credentials(token)
        note_use(found)
        return user, found


class InScope(BasePermission):
    """The token has the scope that the view names; a view that names none is open to nobody."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        scope = getattr(view, "scope", "")
        self.message = _("This token may not do this: it needs the scope “%(scope)s”.") % {"scope": scope}
        return bool(scope) and may(request.auth, scope)
