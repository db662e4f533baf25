"""Measure the desk on this machine: `manage.py bench`, or `make bench` with servers of its own."""

import os
import subprocess
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from cases.sources.loading import load_operator
from dsar.bench import figures, world
from dsar.bench.measures import Figure


class Command(BaseCommand):
    help = "Measure gathering and erasing beside floors taken in the same run, in scratch databases."

    def add_arguments(self, parser: CommandParser) -> None:
        told = ", ".join(f"{name} ({minutes} min)" for name, minutes in figures.PARTS.items())
        parser.add_argument("parts", nargs="*", metavar="part", help=f"all, or some of {told}")
        parser.add_argument("--small", action="store_true", help="a minute's worth")
        parser.add_argument("--rows", type=int, default=100_000, help="of the small figures")
        parser.add_argument("--runs", type=int, default=3, help="runs a figure; the median counts")
        parser.add_argument("--template", default="", help="a migrated database to begin with a copy of")
        parser.add_argument("--inside", action="store_true", help="already in the scratch world")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        parts = options["parts"] or list(figures.PARTS)
        if unknown := sorted({*parts} - figures.PARTS.keys()):
            raise CommandError(
                f"no part is called {', '.join(unknown)}: there are {', '.join(figures.PARTS)}"
            )
        if not options["inside"]:
            with world.scratch(os.environ["DATABASE_URL"], options["template"]) as environment:
                # In a process of its own, since settings are read once and these are others.
                again = [sys.executable, sys.argv[0], *sys.argv[1:], "--inside"]
                done = subprocess.run(again, env=environment, check=False)  # noqa: S603 - ourselves
                sys.exit(done.returncode)
        call_command("migrate", verbosity=0)
        load_operator(world.SLUG)
        runs = options["runs"]
        wanted = (
            figures.small_figures(runs, options["rows"], parts)
            if options["small"]
            else figures.all_figures(runs, parts)
        )
        self._tell_load("start")
        missed = [figure.name for figure in map(self._told, wanted) if not figure.kept]
        self._tell_load("end")
        if missed:
            sys.exit(f"over the limit: {', '.join(name.strip() for name in missed)}")

    def _tell_load(self, when: str) -> None:
        """What else the machine has to do makes every figure worse, and ratios uncertain."""
        minute, five, quarter = os.getloadavg()
        self.stdout.write(
            f"at the {when}: {os.cpu_count()} processors, load {minute:.1f} (5 min {five:.1f}, 15 min {quarter:.1f})"
        )

    def _told(self, figure: Figure) -> Figure:
        limit = f"(at most {figure.limit:g})" if figure.limit else ""
        kept = "" if figure.kept else "  OVER"
        line = f"{figure.name:<46} {figure.value:8.2f} {figure.unit:<9} {limit:<15}{kept}"
        self.stdout.write(line.rstrip())
        if figure.floor:
            self.stdout.write(f"{'':<46} {figure.floor}")
        self.stdout.flush()
        return figure
