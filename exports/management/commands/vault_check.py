"""Hold the vault against the tables: files that no row speaks of, and rows whose file is gone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cases.sealed import faults, orders_key
from exports.kept import files


class Command(BaseCommand):
    help = (
        "Find files of the vault without a row, and rows without their file, a line each. Status 0: all fits; 1: it "
        "does not; 2: the vault can't be read. Changes nothing."
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        found = self._told()
        if not orders_key.is_at_hand():
            self.stdout.write(f"{files.SECRET} was not looked at: {orders_key.NotCleared()}")
        if found:
            raise CommandError(
                f"{found} do not fit. Put a lost file back from the vault's backup; a file without a row, which no "
                "backup of the database knows either, can be deleted (docs/deploy.md)"
            )
        self.stdout.write("every row has its file, and every file its row")

    def _told(self) -> int:
        found = 0
        try:
            for one in files.apart():
                found += 1
                self.stdout.write(f"no file  {one.file}  {one.row}" if one.row else f"no row   {one.file}")
        except faults.ERRORS as error:
            code, detail = faults.fault(error) or (faults.AWAY, faults.number(error))
            raise CommandError(
                f"the vault can't be read: {code} {detail}. Look at DSAR_VAULT", returncode=2
            ) from None
        return found
