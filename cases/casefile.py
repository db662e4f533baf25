"""What the person wrote, sealed: in the submission until its cases are made, then in each case's own file."""

import json
from dataclasses import asdict, dataclass

from cases import vault
from cases.models import Case, Submission
from cases.models.keys import KeyUse


@dataclass(frozen=True)
class Typed:
    """Name, reply address and free text as typed; for letters and for the caseworker."""

    name: str
    email: str
    on_behalf_of: str = ""
    note: str = ""
    purposes: tuple[str, ...] = ()

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Typed":
        content = json.loads(data)
        return cls(**{**content, "purposes": tuple(content["purposes"])})


def typed_in(submission: Submission) -> Typed:
    return Typed.from_json(vault.unseal_for_operator(submission.sealed))


def write_file(case: Case, typed: Typed) -> None:
    case.file_sealed = vault.seal(case, KeyUse.FILE, typed.to_json())
    case.save(update_fields=["file_sealed"])


def read_file(case: Case) -> Typed:
    """Raises vault.KeyDestroyed once the case file's time is over."""
    return Typed.from_json(vault.unseal(case, KeyUse.FILE, case.file_sealed))
