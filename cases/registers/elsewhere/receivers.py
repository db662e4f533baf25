"""Other providers that take a person's data straight from the operator (Article 20(2)): `receivers.toml`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, IPvAnyNetwork, RootModel, StringConstraints

from cases.registers.texts import Frozen
from connectors.description import tomlfile
from connectors.description.secret import Address, Secret, is_web_address, reference
from connectors.description.tomlfile import Problem

FILE = "receivers.toml"

Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
# It goes into a header between quotation marks.
KeyId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,80}$")]


class Receiver(Frozen):
    """Where the data go, and by what the receiver knows that they come from the operator.

    ``key``: an Ed25519 private key, 64 hexadecimal digits. ``authority``: certificates in PEM, believed beside the
    public ones. ``networks``: inside, where the name of its host may lead. ``seconds``: for the whole exchange.
    """

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    url: Address
    key: Secret
    key_id: KeyId
    authority: Secret | None = None
    networks: tuple[IPvAnyNetwork, ...] = ()
    seconds: float = Field(120, gt=0, le=600)

    def problems(self) -> Iterator[Problem]:
        if not reference(self.url) and not is_https(self.url):
            yield ("url",), "is an address that begins with https://, or points at one with `env:NAME`"


class Receivers(RootModel[dict[Key, Receiver]]):
    """All of a `receivers.toml`: a table for each."""

    def problems(self) -> Iterator[Problem]:
        for key, receiver in self.root.items():
            yield from (((key, *path), reason) for path, reason in receiver.problems())
        names = [one.name for one in self.root.values()]
        for key, receiver in self.root.items():
            if names.count(receiver.name) > 1:
                yield (key, "name"), "is the name of another one as well; a person could not tell them apart"


def is_https(address: str) -> bool:
    """Whether it is an address of the web that is encrypted; on this machine too, since people's data go there."""
    return is_web_address(address) and urlsplit(address).scheme == "https"


def load_receivers(folder: Path) -> dict[str, Receiver]:
    """The receivers by their keys; none without the file. Raises ConfigError."""
    path = folder / FILE
    return tomlfile.load(path, Receivers).root if path.exists() else {}
