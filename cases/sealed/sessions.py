"""What a session holds, sealed at rest: a link's key while a password is chosen, a second factor not yet confirmed."""

from typing import Any

from django.core.signing import JSONSerializer

from cases.sealed.vault import seal_for_operator, unseal_for_operator


class SealedJSON(JSONSerializer):
    """Django's own, sealed. A session that another key sealed is taken for an empty one."""

    def dumps(self, obj: Any) -> bytes:
        return seal_for_operator(super().dumps(obj))

    def loads(self, data: bytes) -> Any:
        return super().loads(unseal_for_operator(data))
