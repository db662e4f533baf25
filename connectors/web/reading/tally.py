"""Whether everything an API holds about an identifier was given, each row once, whatever its pages do meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.contract.base import SourceMoved
from connectors.description.api import Paging
from connectors.web.reading.paging import DIGEST, Given, digest, number_at
from connectors.web.reading.remembered import packed

_MOST = 10_000  # pages known again


@dataclass(frozen=True)
class Tally:
    """What one identifier was given so far."""

    rows: int = 0  # each once
    total: int | None = None  # as the API counts them
    pages: str = ""  # digests of the keys of the newest pages, end to end

    def page(self, paging: Paging, given: Given, keys: Sequence[int | None]) -> "Tally":
        """One page more. Raises SourceMoved where it was there before, or the API's count has changed."""
        counted = paging.total is not None and given.body is not None
        told = number_at(given.body, str(paging.total)) if counted else self.total
        if self.total is not None and told != self.total:
            raise SourceMoved("rows-moved", f"{told} rows where there were {self.total}")
        marks = [key for key in keys if key is not None]
        if not marks or len(marks) < len(keys):
            return replace(self, total=told)
        page = digest(packed(marks))
        # Half of one digest and half of the next are this page by chance as seldom as a digest is.
        if page in self.pages:
            raise SourceMoved("page-repeated", "the source gives a page again that it has given already")
        return replace(self, total=told, pages=(self.pages + page)[-_MOST * DIGEST :])

    def refuse_incomplete(self) -> None:
        """Raises SourceMoved where the API counts more rows, or fewer, than it gave."""
        if self.total is not None and self.total != self.rows:
            raise SourceMoved("rows-missing", f"{self.rows} rows of {self.total}")
