"""What the operators' systems hold about a person, asked of them directly and not through the desk."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg import sql

from demo.servers.consents import connect
from demo.systems.build import consents_file, network_folder
from demo.systems.cast import COUNTRY, ZONES, Number, Person
from demo.systems.crm import HELD as TABLES
from demo.systems.crm import TABLES as COLUMNS
from demo.systems.network import HELD as FILES

Keys = frozenset[str]  # the rows' keys, written as text; a composite key joined by a space
Cells = dict[str, dict[str, str]]  # key -> column -> what stands there

# By table or file set: the column that says that a row tells of somebody else, and those in which it does.
TABLES_OF_OTHERS = {
    "service_note": ("about_others", ("note", "analysis")),
    "recording": ("other_voice", ("transcript",)),
}
FILES_OF_OTHERS = {
    "traffic": ("number_hidden", ("other_number",)),
    "retained": ("number_hidden", ("other_number",)),
}


@dataclass(frozen=True)
class Systems:
    """One operator's own systems."""

    slug: str
    folder: Path
    database: str
    today: date

    @property
    def parts(self) -> frozenset[str]:
        """Every `source-collection` of this operator."""
        tables = {f"crm-{name.replace('_', '-')}" for name in TABLES[self.slug]}
        files = {f"network-{name}" for name in FILES[self.slug]}
        return frozenset(tables | files | {"consents-consents", "consents-preferences"})

    def rows_of(self, person: Person) -> dict[str, Keys]:
        """`source-collection` -> keys of the person's rows; only where there are any."""
        found = dict(self._tables(person)) | dict(self._files(person)) | dict(self._consents(person))
        return {name: keys for name, keys in found.items() if keys}

    def _tables(self, person: Person) -> Iterator[tuple[str, Keys]]:
        with psycopg.connect(self.database) as connection:
            for name in TABLES[self.slug]:
                column, value = _owner(name, person)
                query = sql.SQL("select {} from {} where {} = %s").format(
                    sql.SQL(", ").join(map(sql.Identifier, key_columns(name))),
                    sql.Identifier(name),
                    sql.Identifier(column),
                )
                rows = connection.execute(query, [value]).fetchall()
                yield f"crm-{name.replace('_', '-')}", frozenset(map(written, rows))

    def _files(self, person: Person) -> Iterator[tuple[str, Keys]]:
        for name in FILES[self.slug]:
            rows = [row for number in person.numbers for row in self._during(name, number)]
            yield f"network-{name}", frozenset(str(row[0]) for row in rows)

    def _during(self, name: str, number: Number, columns: str = "id", where: str = "") -> list[Any]:
        at = "started_at" if name == "traffic" else "at"
        pattern = network_folder(self.folder, self.slug) / name / "*" / "*.parquet"
        zone = ZONES[COUNTRY[self.slug]]
        ends = f"and \"{at}\" < '{number.end.astimezone(zone):%Y-%m-%d}'" if number.end else ""
        begins = f"and \"{at}\" >= '{number.start.astimezone(zone):%Y-%m-%d}'"
        query = f"select {columns} from '{pattern}' where msisdn = '{number.msisdn}' {begins} {ends} {where}"
        with duckdb.connect() as files:
            # The ends of a person's intervals are local midnights (`cast.midnight`).
            files.execute(f"set timezone = '{zone.key}'")
            return files.execute(query).fetchall()

    def _consents(self, person: Person) -> Iterator[tuple[str, Keys]]:
        with closing(connect(consents_file(self.folder, self.slug))) as db:
            for name, key in (("consents", "consent_id"), ("preferences", "customer_no")):
                rows = db.execute(f"select {key} from {name} where customer_no = ?", [person.customer_no])
                yield f"consents-{name}", frozenset(str(row[0]) for row in rows)

    def of_others(self, person: Person) -> dict[str, Cells]:
        """`source-collection` -> what the person's rows there tell of somebody else, or of a caller who hid it."""
        found = dict(self._tables_of_others(person)) | dict(self._files_of_others(person))
        return {name: cells for name, cells in found.items() if cells}

    def _tables_of_others(self, person: Person) -> Iterator[tuple[str, Cells]]:
        with psycopg.connect(self.database) as connection:
            for name in TABLES_OF_OTHERS.keys() & TABLES[self.slug]:
                mark, told = TABLES_OF_OTHERS[name]
                columns = (*key_columns(name), *told)
                query = sql.SQL("select {} from {} where customer_no = %s and {}").format(
                    sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(one)) for one in columns),
                    sql.Identifier(name),
                    sql.Identifier(mark),
                )
                rows = connection.execute(query, [person.customer_no]).fetchall()
                yield f"crm-{name.replace('_', '-')}", _cells(rows, told)

    def _files_of_others(self, person: Person) -> Iterator[tuple[str, Cells]]:
        for name in FILES_OF_OTHERS.keys() & FILES[self.slug]:
            mark, told = FILES_OF_OTHERS[name]
            also = (f"id, {', '.join(told)}", f"and {mark}")
            rows = [row for number in person.numbers for row in self._during(name, number, *also)]
            yield f"network-{name}", _cells(rows, told)

    def marketing(self, person: Person) -> tuple[bool, bool]:
        """Whether the customer register and the consent service let this person be sent marketing."""
        with psycopg.connect(self.database) as connection:
            query = "select marketing_allowed from customer where customer_no = %s"
            register = connection.execute(query, [person.customer_no]).fetchone()
        with closing(connect(consents_file(self.folder, self.slug))) as db:
            query = "select marketing from preferences where customer_no = ?"
            service = db.execute(query, [person.customer_no]).fetchone()
        return bool(register and register[0]), bool(service and service[0])

    def unpaid_traffic(self, person: Person) -> Keys:
        """The traffic that proves the open claim."""
        pattern = network_folder(self.folder, self.slug) / "traffic" / "*" / "*.parquet"
        number = person.numbers[0].msisdn
        with duckdb.connect() as files:
            query = f"select id from '{pattern}' where msisdn = '{number}' and unpaid"
            return frozenset(str(row[0]) for row in files.execute(query).fetchall())


def key_columns(table: str) -> tuple[str, ...]:
    if table == "usage":
        return ("customer_no", "month")
    return (COLUMNS[table].numbered or COLUMNS[table].columns.split()[0],)


def written(row: tuple[Any, ...]) -> str:
    return " ".join(map(str, row))


def _cells(rows: list[tuple[Any, ...]], columns: tuple[str, ...]) -> Cells:
    """The columns of each row that are not empty, by its key, which comes first and is a single column."""
    told = {str(key): dict(zip(columns, values, strict=True)) for key, *values in rows}
    return {key: {name: str(value) for name, value in cells.items() if value} for key, cells in told.items()}


def _owner(table: str, person: Person) -> tuple[str, str]:
    """The column that says whose row it is; a colleague's or a relative's account is not the person's."""
    if table == "invoice":
        return "account_no", person.account_no if person.holds_account else ""
    if table == "company":
        return "org_no", person.employer
    return {"account": "holder_no", "subscription": "user_no"}.get(table, "customer_no"), person.customer_no
