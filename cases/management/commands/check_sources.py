"""Ask the operators' systems themselves whether they can be read as described."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

from cases.registers.register import load_register
from cases.sources import error_words, fit
from cases.sources.configured import bare_connector_of, described
from cases.sources.places import place as place_at
from connectors.contract.base import SourceError
from connectors.description.config import Source
from connectors.description.remarks import remarks
from connectors.description.tomlfile import ConfigError
from connectors.survey import Surveyed, Unusable, place, survey

HINTS = {
    "key-unproven": "the database does not promise that its key is unique",
    "find-unindexed": "no index to search by",
    "no-transactions": "its engine has no transactions: a change that fails half way stays half done",
    "as-text": "of a type without a form of its own, carried as text:",
    "not-rehearsed": "not rehearsed, since an API is asked about persons alone; name one in `test_person` by",
    "no-rows": "without a row to try: whether its rows fit, and whether they can be erased, was not rehearsed",
    "slow": "a first row took too long: whether its rows fit, and whether they can be erased, was not rehearsed",
    "column-unseen": "no row of the test person has the column",
    "opens-all": "files that are opened for everybody, whenever their number was theirs:",
}


class Command(BaseCommand):
    help = "Check every source of every operator, or of those given: one line each."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("operators", nargs="*", metavar="OPERATOR")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        described = sorted(path.parent.name for path in settings.OPERATORS_DIR.glob("*/connectors.toml"))
        if unknown := sorted(set(options["operators"]) - set(described)):
            raise CommandError(f"no connectors.toml of {', '.join(unknown)} in {settings.OPERATORS_DIR}")
        wanted = options["operators"] or described
        with _retries_unlogged():
            broken = [name for slug in wanted for name in self.check_operator(slug)]
        if broken:
            raise CommandError(f"not ready: {', '.join(broken)}")

    def check_operator(self, slug: str) -> list[str]:
        """Prints a line for each source; the names of those that cannot be used."""
        try:
            sources = described(slug)
        except ConfigError as error:
            for fault in error.errors:
                self.stderr.write(str(fault))
            return [slug]
        broken = self.unfit(slug, sources)
        names = [f"{slug}/{source.key}" for source in sources if not self.check_source(slug, source, sources)]
        return [*broken, *names]

    def unfit(self, slug: str, sources: tuple[Source, ...]) -> list[str]:
        """Says what is seldom meant, and where the sources do not fit the register; the operator's name if so."""
        folder = settings.OPERATORS_DIR / slug
        try:
            register = load_register(folder)
        except ConfigError as error:
            found, noted = list(error.errors), remarks(sources)
        else:
            found, noted = list(fit.faults(folder, register, sources)), fit.remarks(register, sources)
        for one in noted:
            self.stdout.write(f"{slug}/{error_words.told(one)}")
        for fault in found:
            self.stderr.write(str(fault))
        return [slug] if found else []

    def check_source(self, slug: str, source: Source, sources: tuple[Source, ...]) -> bool:
        """Prints the line of one source; whether it can be used."""
        try:
            with _place(slug, source.key):
                found = survey(source, bare_connector_of(slug, source.key))
        except Unusable as unusable:
            self.complain(slug, sources, source, unusable)
        except SourceError as error:
            self.complain(slug, sources, source, Unusable(error, None))
        else:
            self.stdout.write(f"{slug}/{source.key}: {_line(source, found)}")
            return True
        return False

    def complain(self, slug: str, sources: tuple[Source, ...], source: Source, unusable: Unusable) -> None:
        """Where the fault stands, what it is, and what to do about it."""
        fault = place(settings.OPERATORS_DIR / slug, sources, source, unusable)
        told = f"{slug}/{source.key}: {fault}"
        self.stderr.write(
            f"{told}. {advice}" if (advice := error_words.advice(str(unusable.error))) else told
        )


@contextmanager
def _retries_unlogged() -> Iterator[None]:
    """A line for every further try belongs in the log of the workers, not among the lines about the sources."""
    hooks = get_on_retry_hooks()
    set_on_retry_hooks(())
    try:
        yield
    finally:
        set_on_retry_hooks(hooks)


@contextmanager
def _place(slug: str, source: str) -> Iterator[None]:
    """A place at the source, as workers take it; where the desk's database is away there are no workers either."""
    try:
        connection.ensure_connection()
    except OperationalError:
        yield
        return
    with place_at(slug, source):
        yield


def _line(source: Source, found: list[Surveyed]) -> str:
    if source.kind == "manual":
        return f"asked by mail; {len(found)} collections"
    counted = [one.rows for one in found if one.rows is not None]
    parts = ["ok", f"{len(found)} collections"]
    parts += [f"{sum(counted):,} rows"] if counted else []
    parts += [f"time zone {source.time_zone}" if source.time_zone else "no time zone stated"]
    parts += [f"{one.collection}: {_hint(hint)}" for one in found for hint in one.hints]
    return "; ".join(parts)


def _hint(hint: str) -> str:
    code, _colon, detail = hint.partition(":")
    return f"{HINTS[code]} {detail}".strip()
