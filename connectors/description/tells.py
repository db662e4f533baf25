"""What the columns of a collection tell, as far as a letter sums rows up and puts what is worth most first."""

import re

from pydantic import Field

from connectors.description.parts import Strict

CURRENCY = re.compile("[A-Z]{3}")


class Tells(Strict):
    """Columns by what they say; when a row happened stands in the collection's `at`.

    `until`: when it ended. `call`: what stands in `kind` where two people spoke, the only rows whose length is counted
    then. `currency`: a code such as SEK, or the column that has one.
    """

    until: str | None = None
    party: str | None = None
    kind: str | None = None
    call: str | None = None
    seconds: str | None = None
    minutes: str | None = None
    megabytes: str | None = None
    price: str | None = None
    currency: str | None = Field(None, min_length=1)
    place: str | None = None

    @property
    def currency_code(self) -> str:
        """The currency of every row, "" where a column says it or nothing does."""
        return self.currency if self.currency and CURRENCY.fullmatch(self.currency) else ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column named here, in the order in which it is worth reading."""
        named = (
            self.until, self.party, self.kind, self.seconds, self.minutes, self.megabytes, self.price,
            None if self.currency_code else self.currency, self.place,
        )  # fmt: skip
        return tuple(name for name in named if name)
