"""What a table is, and what the rows of one person in it depend on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from demo.systems import names
from demo.systems.cast import COUNTRY, Person, midnight

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Scene:
    """What the rows of one person depend on. `draw` is that person's own dice."""

    slug: str
    today: date
    begin: date
    draw: Random

    @property
    def country(self) -> str:
        return COUNTRY[self.slug]

    @property
    def words(self) -> dict[str, Any]:
        return names.WORDS[self.country]

    def choice(self, word: str) -> str:
        """One of the words that a column holds, in the country's language."""
        return str(self.draw.choice(self.words[word]))

    def somebody_else(self) -> dict[str, str]:
        """Name and number of somebody who is no customer: the numbers are those that strangers call from."""
        who = f"{self.draw.choice(names.FIRST[self.country])} {self.draw.choice(names.LAST[self.country])}"
        return {"who": who, "number": f"{names.STRANGERS[self.country]}{self.draw.randrange(10**4):04}"}

    def days(self, person: Person, count: int) -> list[date]:
        """`count` days, in order, while the person was a customer and inside the 14 months."""
        first, last = max(person.since, self.begin), min(person.left or self.today, self.today)
        span = max((last - first).days, 1)
        return sorted(first + timedelta(days=self.draw.randrange(span)) for _ in range(count))

    def moments(self, person: Person, count: int) -> list[datetime]:
        second = timedelta(microseconds=1)
        within = (second * self.draw.randrange(86_400_000_000) for _ in range(count))
        return sorted(
            midnight(day, self.country) + time
            for day, time in zip(self.days(person, count), within, strict=True)
        )


Rows = Callable[[Scene, Person], Iterator[Row]]


@dataclass(frozen=True)
class Table:
    """DDL of the columns, and one person's rows without the running number that comes first."""

    columns: str
    rows: Rows
    numbered: str = ""  # name of the running number, which is the key
