"""Electronic identity as an operator offers it: `identity.toml`, a table for each face.

A face is what people know (BankID, MitID); behind it stands an OpenID Connect broker of the operator's choice.
"""

from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, get_args
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints

from cases.registers.categories import Proof
from cases.registers.register import Register
from cases.registers.texts import Frozen
from connectors.description import tomlfile
from connectors.description.secret import Address, Secret, is_web_address, reference
from connectors.description.tomlfile import Fault, Problem

FILE = "identity.toml"
FaceKey = Literal["bankid", "mitid"]
FACES: tuple[FaceKey, ...] = get_args(FaceKey)
NAMES: dict[str, str] = {"bankid": "BankID", "mitid": "MitID"}
# Whose national numbers a face tells.
COUNTRIES: dict[str, str] = {"bankid": "SE", "mitid": "DK"}

Word = Annotated[str, StringConstraints(min_length=1)]
Words = Annotated[tuple[Word, ...], Field(min_length=1)]


class Levels(Frozen):
    """Which values of the level claim mean what (Regulation (EU) No 910/2014, Article 8); others mean nothing."""

    low: tuple[Word, ...] = ()
    substantial: tuple[Word, ...] = ()
    high: tuple[Word, ...] = ()

    def all(self) -> list[str]:
        return [*self.low, *self.substantial, *self.high]

    def meaning(self, value: object) -> Proof | None:
        """The strongest level that a claim's value stands for, be it one value or a list of them."""
        told = value if isinstance(value, list) else [value]
        ranked: tuple[Proof, ...] = ("high", "substantial", "low")
        return next((level for level in ranked if any(each in getattr(self, level) for each in told)), None)


class Face(Frozen):
    """One face: where its broker is, how the desk signs in there, and what the broker's claims mean.

    `least`: a weaker level than this proves nothing. `private_key`: PEM, RSA or P-256, for `private_key_jwt`.
    """

    name: Word | None = None
    issuer: Address
    client_id: Address
    client_secret: Secret | None = None
    private_key: Secret | None = None
    key_id: Word | None = None
    scopes: Words = ("openid",)
    acr_values: tuple[Word, ...] = ()
    number_claim: Word
    level_claim: Word = "acr"
    levels: Levels
    least: Proof = "low"

    def problems(self) -> Iterator[Problem]:
        if not reference(self.issuer) and not is_safe(self.issuer):
            yield ("issuer",), "is an address that begins with https://, or points at one with `env:NAME`"
        if (self.client_secret is None) == (self.private_key is None):
            yield ("client_secret",), "give either `client_secret` or `private_key`, not both and not neither"
        if self.key_id and self.private_key is None:
            yield ("key_id",), "names a `private_key`, and there is none"
        if "openid" not in self.scopes:
            yield ("scopes",), 'must have "openid" in it, or no identity is told'
        values = self.levels.all()
        if not values:
            yield ("levels",), "is empty: say which values mean low, substantial or high"
        if twice := sorted({each for each in values if values.count(each) > 1}):
            yield ("levels",), f"`{twice[0]}` stands at two levels"


class Faces(Frozen):
    """All of an `identity.toml`."""

    bankid: Face | None = None
    mitid: Face | None = None

    def offered(self) -> dict[str, Face]:
        return {key: face for key in FACES if (face := getattr(self, key)) is not None}

    def problems(self) -> Iterator[Problem]:
        for key, face in self.offered().items():
            yield from (((key, *path), reason) for path, reason in face.problems())


def name_of(key: str, face: Face) -> str:
    return face.name or NAMES[key]


def is_safe(address: str) -> bool:
    """Whether nobody on the way can read along: encrypted, or never leaving this machine."""
    if not is_web_address(address):
        return False
    parts = urlsplit(address)
    return parts.scheme == "https" or parts.hostname == "localhost" or _loopback(parts.hostname or "")


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load_faces(folder: Path) -> dict[str, Face]:
    """The faces that the folder describes; none without the file. Raises ConfigError."""
    path = folder / FILE
    return tomlfile.load(path, Faces).offered() if path.exists() else {}


def unfit(folder: Path, register: Register, faces: Iterable[str], *, linked: bool) -> Iterator[Fault]:
    """What does not go together with the rest of the folder. `linked`: a collection finds people by their number."""
    for key in faces:
        if COUNTRIES[key] != register.country:
            reason = (
                f"tells national numbers of {COUNTRIES[key]}; the register's are those of {register.country}"
            )
            yield tomlfile.fault_at(folder / FILE, (key,), reason)
        elif not linked:
            reason = (
                'finds nobody: a collection in connectors.toml has to have link = ["national_id"], '
                "and to yield national_id"
            )
            yield tomlfile.fault_at(folder / FILE, (key,), reason)
