"""What every source is described with, whatever kind of system it is."""

from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, IPvAnyNetwork

from connectors.description.parts import Problem, Slug, Strict, Text, zone_problem
from connectors.description.secret import Secret


def _zone(value: str) -> str:
    if problem := zone_problem(value):
        raise ValueError(problem)
    return value


ZoneName = Annotated[str, AfterValidator(_zone)]


class SourceBase(Strict):
    """What every source has. `time_zone` is the zone of timestamps written without one."""

    key: str = Slug
    name: Text
    time_zone: ZoneName | None = None
    concurrency: int = Field(4, ge=1, le=64)
    timeout: float = Field(60, gt=0, le=3600)  # seconds one question to the source may take
    networks: tuple[IPvAnyNetwork, ...] = ()  # inside, where the name of one of its hosts may lead
    hash_key: Secret | None = None  # for `anonymise = "keyed-hash"`

    @property
    def zone(self) -> ZoneInfo | None:
        return ZoneInfo(self.time_zone) if self.time_zone else None

    def problems(self) -> Iterator[Problem]:
        """What is wrong across the keys of this source."""
        yield from ()
