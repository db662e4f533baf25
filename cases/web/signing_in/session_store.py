"""Sessions in PostgreSQL, each with who is signed in there: the record takes entries of nobody else.

A row is named by a hash of what the browser shows, and says inside the seal which row it is: whoever reads the table,
or copies a row, opens no page with it.
"""

from hashlib import sha256
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.utils import timezone

from cases.models import Session

ROW = "_row"


def row_of(session: SessionBase) -> str:
    """The name of a session's row, also in the list of open sessions; "" for none yet."""
    return _row(session.session_key) if session.session_key else ""


def _row(key: str) -> str:
    # Drawn by chance from 165 bits, so that nobody finds the key by trying. The column holds 40 characters.
    return sha256(key.encode()).hexdigest()[:40]


class SessionStore(DatabaseSessions):
    """Django's own, but for the column and the name of the row."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        row = row_of(self)
        found = Session.objects.filter(session_key=row, expire_date__gt=timezone.now()).first()
        said: dict[str, Any] = self.decode(found.session_data) if found else {}
        if said.pop(ROW, None) == row and row:
            return said
        # Another is begun under a key of its own.
        self._session_key = None
        return {}

    def exists(self, session_key: str) -> bool:
        return Session.objects.filter(session_key=_row(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = row_of(self)
        session = cast(Session, super().create_model_instance({**data, ROW: row}))
        session.session_key = row
        session.user_id = data.get(SESSION_KEY)
        return session

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            Session.objects.filter(session_key=_row(key)).delete()
