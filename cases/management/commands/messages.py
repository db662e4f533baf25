"""Texts for translation without gettext's own tools, so that a machine with nothing but Python can build them.

manage.py messages            extract from code and templates, update locale/*/LC_MESSAGES/django.po
manage.py messages --compile  write the .mo files
manage.py messages --check    status 1 if a text is missing from a catalogue or not translated
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation.template import templatize

LANGUAGES = ("sv", "da")
FOLDERS = ("cases", "exports", "dsar", "templates")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "_lazy": None,
    "ngettext_lazy": (1, 2),
    "gettext_noop": None,
    "pgettext_lazy": ((1, "c"), 2),
}


def _sources() -> Iterator[tuple[str, bytes]]:
    for folder in FOLDERS:
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            name = str(path.relative_to(settings.BASE_DIR))
            if path.suffix == ".py" and "migrations" not in path.parts:
                yield name, path.read_bytes()
            elif path.suffix in {".html", ".txt"} and folder == "templates":
                found = templatize(path.read_text(encoding="utf-8"), origin=name)
                # What a template indents is no indentation of Python's, which would trip over it.
                yield name, "\n".join(line.lstrip() for line in found.splitlines()).encode()


def extracted() -> Catalog:
    """Every translatable text of the project, with the files it stands in."""
    catalog = Catalog(charset="utf-8")
    for name, content in _sources():
        options = {"encoding": "utf-8"}
        for _line, text, comments, context in extract("python", BytesIO(content), KEYWORDS, options=options):
            catalog.add(
                text, locations=[(name, 0)], auto_comments=comments, context=context, flags=_flags(text)
            )
    return catalog


def _flags(text: Any) -> list[str]:
    texts = text if isinstance(text, tuple) else (text,)
    return ["python-format"] if any("%(" in part for part in texts) else []


def _file(language: str) -> Path:
    return Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / "django.po"


def _read(language: str) -> Catalog:
    path = _file(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _untranslated(language: str, template: Catalog) -> Iterator[str]:
    catalog = _read(language)
    for message in template:
        if not message.id:
            continue
        found = catalog.get(message.id, message.context)
        if found is None or not found.string or (isinstance(found.string, tuple) and not all(found.string)):
            yield message.id if isinstance(message.id, str) else message.id[0]
        elif found.fuzzy:
            yield f"{message.id} (fuzzy)"


class Command(BaseCommand):
    help = "Extract, check or compile the texts of the pages."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail on untranslated texts")
        parser.add_argument("--compile", action="store_true", help="write the .mo files")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if options["compile"]:
            self._compile()
        elif options["check"]:
            self._check()
        else:
            self._update()

    def _compile(self) -> None:
        for language in LANGUAGES:
            with _file(language).with_suffix(".mo").open("wb") as file:
                write_mo(file, _read(language))

    def _check(self) -> None:
        template = extracted()
        missing = [
            f"{language}: {text!r}" for language in LANGUAGES for text in _untranslated(language, template)
        ]
        if missing:
            raise CommandError("untranslated texts:\n  " + "\n  ".join(missing))

    def _update(self) -> None:
        template = extracted()
        for language in LANGUAGES:
            catalog = _read(language)
            # A guessed translation would be printed like any other.
            catalog.update(template, no_fuzzy_matching=True)
            catalog.obsolete.clear()
            _file(language).parent.mkdir(parents=True, exist_ok=True)
            with _file(language).open("wb") as file:
                # Without line numbers, so that a catalogue changes only when its texts do.
                write_po(file, catalog, width=110, sort_output=True, omit_header=False, include_lineno=False)
            self.stdout.write(
                f"{language}: {sum(1 for _text in _untranslated(language, template))} untranslated"
            )
