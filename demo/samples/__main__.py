"""Write docs/samples: letters, and pictures of their pages. Those that say what they said are left as they are."""

import argparse
import os
import re
from pathlib import Path

import pypdfium2

from exports.letter.document import Document

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
SCALE = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="those too whose words are as they were")
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    chosen = parser.parse_args()
    _settings()
    from demo.samples import fresh
    from exports.pdf import load

    load()
    known, now = fresh.listed(chosen.folder), fresh.words()
    for name in known.keys() - now.keys():
        _remove(chosen.folder / name)
    for name, letter in fresh.letters():
        if chosen.all or known.get(name) != now[name]:
            _write(letter, chosen.folder / name)
    fresh.note(chosen.folder, now)


def _settings() -> None:
    """The templates of letters are Django's; the samples need no server, and settings want addresses all the same."""
    from dsar.scratch.desk import keys

    nowhere = {"DATABASE_URL": "postgres://127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    folders = {"DSAR_VAULT": os.devnull, "DSAR_ANCHORS": os.devnull}
    for name, value in {**nowhere, **folders, **keys()}.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dsar.settings")
    import django

    django.setup()


def _write(letter: Document, stem: Path) -> None:
    from exports.pdf import pdf

    _remove(stem)
    stem.parent.mkdir(parents=True, exist_ok=True)
    written = pdf(letter).content
    stem.with_name(f"{stem.name}.pdf").write_bytes(written)
    for number, page in enumerate(pypdfium2.PdfDocument(written), 1):
        picture = page.render(scale=SCALE).to_pil().convert("P", palette=1, colors=16)
        picture.save(stem.with_name(f"{stem.name}-{number}.png"), optimize=True)


def _remove(stem: Path) -> None:
    """The letter of this name, and the pictures of its pages."""
    page = re.compile(rf"{re.escape(stem.name)}(\.pdf|-\d+\.png)")
    for path in stem.parent.glob(f"{stem.name}*"):
        if page.fullmatch(path.name):
            path.unlink()


if __name__ == "__main__":
    main()
