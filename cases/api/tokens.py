from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed


class SystemToken(TokenAuthentication):  # type: ignore[misc]
    """The token of an operator's system, made by ``manage.py api_token``: ``Authorization: Token ...``."""

    def authenticate_credentials(self, token: bytes) -> object:
        if not token.isascii():  # knox would stumble over it
            raise AuthenticationFailed
        return super().authenticate_credentials(token)
