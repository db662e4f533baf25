"""Bring the operators' folders under DSAR_OPERATORS into the database."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.health import key_marks
from cases.sources.loading import load_operator
from connectors.description.tomlfile import ConfigError


class Command(BaseCommand):
    help = "Load every operator folder: registers become versions, a changed one a new version."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        folders = sorted(path.parent for path in settings.OPERATORS_DIR.glob("*/register.toml"))
        if not folders:
            raise CommandError(f"no operator folder with a register.toml in {settings.OPERATORS_DIR}")
        key_marks.remember()
        if foreign := key_marks.foreign():
            raise CommandError(key_marks.sentence(foreign))
        for folder in folders:
            try:
                operator, is_new = load_operator(folder.name)
            except (ConfigError, OSError) as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{operator.pk}: {'new version' if is_new else 'unchanged'}")
