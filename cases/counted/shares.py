"""Shares and percentiles from counts alone: how many took how many days tells both, whatever is added up."""

from collections.abc import Mapping
from math import ceil


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """The smallest value that at least this share of all has or is below (nearest rank); None of nothing.

    ``counts``: value -> how many have it. ``share``: 0.5 is the median.
    """
    left = ceil(share * sum(counts.values()))
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0 and counts[value]:
            return value
    return None


def percent(part: int, whole: int) -> int | None:
    """In whole percent, rounded down: only all of them are a hundred. None of nothing."""
    return part * 100 // whole if whole else None
