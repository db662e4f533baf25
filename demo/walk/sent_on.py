"""Data that went straight to another provider: what it took is what the person got, and the receipt says so."""

import io
import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import httpx
from pypdf import PdfReader

from demo.walk.checks import must
from demo.walk.package import Package

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Provider:
    """The demo's other provider, by its address and the file of its own certificate."""

    url: str
    certificate: Path

    def hashes(self) -> list[str]:
        found: list[str] = json.loads(self._get("taken.json"))
        return found

    def taken(self, sha256: str) -> bytes:
        return self._get(f"{sha256}.zip")

    def _get(self, path: str) -> bytes:
        trust = ssl.create_default_context(cafile=self.certificate)
        return httpx.get(f"{self.url}/{path}", verify=trust).raise_for_status().content


def check_sent_on(package: Package, receipt: bytes, provider: Provider, name: str) -> int:
    """Returns how many files went there. ``name``: what the letters call the provider."""
    pages = PdfReader(io.BytesIO(receipt)).pages
    said = "".join("".join(page.extract_text() for page in pages).split())
    must("".join(name.split()) in said, "the receipt does not name the provider that took the data")
    named = [sha256 for sha256 in provider.hashes() if sha256 in said]
    must(len(named) == 1, f"the receipt names {len(named)} of the files that the provider took")
    with ZipFile(io.BytesIO(provider.taken(named[0]))) as parcel:
        sent = {one: parcel.read(one) for one in parcel.namelist() if one != MANIFEST}
    data = {one for one in package.archive.namelist() if one.startswith("data/")}
    must(bool(data) and set(sent) == data, f"the provider took {len(sent)} files, the person got {len(data)}")
    for one, content in sent.items():
        must(content == package.archive.read(one), f"{one} is not what the person got")
    return len(sent)
