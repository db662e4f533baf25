"""What the person wrote, sealed: in the submission until its cases are made, then in each case's own file."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass

from cases.models import Case, Submission
from cases.models.keys import KeyUse
from cases.sealed import names, vault


@dataclass(frozen=True)
class Typed:
    """Names, addresses and free text as typed; for letters and for the caseworker.

    ``name`` and ``email`` are always those of whoever asks; ``on_behalf_of`` and ``person_email`` those of the person
    concerned, where that is somebody else.
    """

    name: str
    email: str
    on_behalf_of: str = ""
    note: str = ""
    purposes: tuple[str, ...] = ()
    # The only way in which they can be reached safely, in their words; else they are mailed.
    contact: str = ""
    # The day on which the person concerned died, as ISO writes it; empty for the living.
    died_on: str = ""
    person_email: str = ""
    # The key of another provider that gets the data as well (Article 20(2)); empty where the person alone gets them.
    send_to: str = ""

    def __post_init__(self) -> None:
        if self.person_email and not self.on_behalf_of:
            raise ValueError("an address of somebody else, and nobody else named")

    @property
    def person(self) -> str:
        """The name of whoever the data are about."""
        return self.on_behalf_of or self.name

    def to_json(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Typed":
        content = json.loads(data)
        return cls(**{**content, "purposes": tuple(content["purposes"])})


def typed_in(submission: Submission) -> Typed:
    """Raises LookupError once the request is over and what was typed has been emptied."""
    if not submission.sealed:
        raise LookupError("emptied")
    return Typed.from_json(vault.unseal_for_operator(submission.sealed))


def write_file(case: Case, typed: Typed) -> None:
    case.file_sealed = vault.seal(case, KeyUse.FILE, typed.to_json())
    case.save(update_fields=["file_sealed"])
    names.index(case, (typed.name, typed.on_behalf_of))


def read_file(case: Case) -> Typed:
    """Raises vault.KeyDestroyed once the case file's time is over."""
    return Typed.from_json(vault.unseal(case, KeyUse.FILE, case.file_sealed))


def reply_address(submission: Submission) -> str | None:
    """Where to mail the person: from the submission, or its case files once that is emptied.

    None where both are gone; "" for whoever gave no address.
    """
    if submission.sealed:
        return typed_in(submission).email
    for case in submission.cases.exclude(file_sealed=b""):
        with suppress(vault.KeyDestroyed):
            return read_file(case).email
    return None
