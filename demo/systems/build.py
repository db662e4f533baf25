"""Makes the operators' systems at the first start of each edition. Safe to interrupt and to repeat."""

import json
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from demo.systems.cast import SLUGS, Casting, Person, cast
from demo.systems.crm import fill, filled
from demo.systems.network import write_files
from demo.systems.preferences import write_consents


@cache
def edition() -> str:
    """Eight hex digits for the code that makes the systems: what an older edition made does not fit the connectors."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:8]


def build_systems(folder: Path, databases: Mapping[str, str], today: date) -> None:
    """Fills what is not there yet: `databases` maps operator to URL, the rest lies in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(max_workers=4) as pool:
        jobs = [pool.submit(build_operator, folder, slug, databases[slug], today) for slug in SLUGS]
        for job in jobs:
            job.result()


def build_operator(folder: Path, slug: str, database: str, today: date) -> None:
    casting = Casting(slug, today)
    if not filled(database):
        fill(database, casting)
    _once(network_folder(folder, slug), lambda path: write_files(path, casting))
    _once(consents_file(folder, slug), lambda path: write_consents(path, casting))


def network_folder(folder: Path, slug: str) -> Path:
    return folder / "network" / slug


def consents_file(folder: Path, slug: str) -> Path:
    return folder / "consents" / f"{slug}.sqlite"


def _once(path: Path, make: Callable[[Path], None]) -> None:
    """Builds beside the final place and moves it there, so that what exists is whole."""
    if path.exists():
        return
    part = path.with_name(f"{path.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    if part.is_dir():
        shutil.rmtree(part)
    part.unlink(missing_ok=True)
    make(part)
    part.rename(path)


def played(slug: str, today: date) -> dict[str, Person]:
    """The people with a part in the journey, by role."""
    return {person.role: person for person in cast(slug, today) if person.role != "ordinary"}


def describe(today: date) -> str:
    """The same as JSON, for somebody who wants to try the demo by hand."""
    people = {slug: {role: asdict(one) for role, one in played(slug, today).items()} for slug in SLUGS}
    return json.dumps(people, default=str, indent=1, ensure_ascii=False)
