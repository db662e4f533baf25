"""Every page can be reached: of two patterns that are alike, Django would only ever ask the first."""

import re
from collections import Counter
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """What is matched, without the names that views give to its parts."""
    for each in resolver.url_patterns:
        here = before + re.sub(r"<(\w+):\w+>", r"<\1>", str(each.pattern))
        if isinstance(each, URLPattern):
            yield here
        else:
            yield from addresses(each, here)


def test_no_two_patterns_are_alike() -> None:
    twice = [address for address, times in Counter(addresses(get_resolver())).items() if times > 1]
    assert twice == []
