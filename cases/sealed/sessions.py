"""What a session holds, sealed at rest: a link's key while a password is chosen, a second factor not yet confirmed.

That of a cleared process lies under the key of secret orders, and no other is one there: whoever has the open server
and the database makes none that cleared pages take (docs/threats.md).
"""

from typing import Any

from django.core.signing import JSONSerializer

from cases.sealed import orders_key
from cases.sealed.vault import seal_for_operator, unseal_for_operator

PLACE = "session"


class SealedJSON(JSONSerializer):
    """Django's own, sealed. A session that another key sealed is taken for an empty one."""

    def dumps(self, obj: Any) -> bytes:
        said = super().dumps(obj)
        return orders_key.lock(said, PLACE) if orders_key.is_at_hand() else seal_for_operator(said)

    def loads(self, data: bytes) -> Any:
        cleared = orders_key.is_at_hand()
        return super().loads(orders_key.unlock(data, PLACE) if cleared else unseal_for_operator(data))
