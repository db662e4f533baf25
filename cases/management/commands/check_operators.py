"""Check the operators' folders before they are used: faults with file and line, gaps with their key."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.registers.elsewhere.receivers import load_receivers
from cases.registers.faces import Face, load_faces, name_of
from cases.registers.gateway import load_gateway
from cases.registers.register import Register, load_register
from cases.sources import error_words, fit
from connectors.description.config import Source, load_sources
from connectors.description.tomlfile import ConfigError, Fault


class Command(BaseCommand):
    help = (
        "Check register.toml, connectors.toml, identity.toml, text-messages.toml and receivers.toml of every operator, "
        "or of the folders given."
    )
    # No database yet: folders are checked before anything is set up.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        folders = options["folders"] or _folders(settings.OPERATORS_DIR)
        if not folders:
            raise CommandError(f"no operator folder in {settings.OPERATORS_DIR}")
        broken = [folder.name for folder in folders if not self.check_folder(folder)]
        if broken:
            raise CommandError(f"not ready: {', '.join(broken)}")

    def check_folder(self, folder: Path) -> bool:
        """Prints what there is to say about one operator; whether it can be used."""
        faults: list[Fault] = []
        register, sources, faces = _register(folder, faults), _sources(folder, faults), _faces(folder, faults)
        texts, receivers = _has_gateway(folder, faults), _receivers(folder, faults)
        if register is not None:
            faults += fit.faults(folder, register, sources, faces, texts=texts)
        for fault in faults:
            self.stderr.write(str(fault))
        if register is None or faults:
            return False
        self.stdout.write(
            _summary(register, sources, faces) + (", text messages" if texts else "") + receivers
        )
        for one in fit.remarks(register, sources):
            self.stdout.write(f"  {error_words.told(one)}")
        return self.gaps(folder, register, sources)

    def gaps(self, folder: Path, register: Register, sources: Iterable[Source]) -> bool:
        """Prints what the operator still has to fill in; whether access answers could go out as it is."""
        if unset := register.controller.unset():
            self.stdout.write(
                f"  letters say that these are still to be set: {', '.join(unset)} (controller)"
            )
        collected = {each.category for source in sources for each in source.collection}
        missing = register.missing(collected or register.categories)
        for gap in missing:
            out = self.stderr if gap.blocks else self.stdout
            out.write(f"{folder.name}: {gap.text.en}")
        return not any(gap.blocks for gap in missing)


def _folders(operators: Path) -> list[Path]:
    return sorted({path.parent for path in operators.glob("*/*.toml")})


def _register(folder: Path, faults: list[Fault]) -> Register | None:
    try:
        return load_register(folder)
    except ConfigError as error:
        faults.extend(error.errors)
        return None


def _sources(folder: Path, faults: list[Fault]) -> tuple[Source, ...]:
    if not (folder / "connectors.toml").exists():
        return ()
    try:
        return load_sources(folder)
    except ConfigError as error:
        faults.extend(error.errors)
        return ()


def _faces(folder: Path, faults: list[Fault]) -> dict[str, Face]:
    try:
        return load_faces(folder)
    except ConfigError as error:
        faults.extend(error.errors)
        return {}


def _has_gateway(folder: Path, faults: list[Fault]) -> bool:
    try:
        return load_gateway(folder) is not None
    except ConfigError as error:
        faults.extend(error.errors)
        return False


def _receivers(folder: Path, faults: list[Fault]) -> str:
    try:
        count = len(load_receivers(folder))
    except ConfigError as error:
        faults.extend(error.errors)
        return ""
    return f", {count} receiver{'s' * (count > 1)}" if count else ""


def _summary(register: Register, sources: tuple[Source, ...], faces: dict[str, Face]) -> str:
    collections = sum(len(source.collection) for source in sources)
    offered = "".join(f", {name_of(key, face)}" for key, face in faces.items())
    return (
        f"{register.slug}: {len(register.purposes)} purposes, {len(register.categories)} categories, "
        f"{len(register.recipients)} recipients, {len(sources)} sources with {collections} collections{offered}"
    )
