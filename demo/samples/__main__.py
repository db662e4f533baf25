"""Write docs/samples: `python -m demo.samples`, with `--pictures` the pages as pictures too."""

import argparse
import os
from pathlib import Path

import pypdfium2

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"
SCALE = 0.9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", action="store_true")
    parser.add_argument("--only", default="", help="names that begin like this, such as erasure")
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLES)
    chosen = parser.parse_args()
    _settings()
    for language in ("sv", "da", "en"):
        _write(chosen.folder / language, language, chosen.only, pictures=chosen.pictures)


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


def _write(folder: Path, language: str, only: str, *, pictures: bool) -> None:
    from demo.samples.letters import samples
    from demo.samples.more import more
    from exports.pdf import pdf

    folder.mkdir(parents=True, exist_ok=True)
    for name, written in (*samples(language), *more(language)):
        if name.startswith(only):
            letter = pdf(written).content
            (folder / f"{name}.pdf").write_bytes(letter)
            if pictures:
                _pictures(letter, folder / name)


def _pictures(letter: bytes, stem: Path) -> None:
    for number, page in enumerate(pypdfium2.PdfDocument(letter), 1):
        picture = page.render(scale=SCALE).to_pil().convert("P", palette=1, colors=16)
        picture.save(stem.with_name(f"{stem.name}-{number}.png"), optimize=True)


if __name__ == "__main__":
    main()
