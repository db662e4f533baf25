"""Every page can be reached: of two patterns that are alike, Django would only ever ask the first."""

import re
from collections import Counter
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

LIBRARIES = {"allauth.urls", "django.conf.urls.i18n"}


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """What is matched, without the names that views give to its parts; a library's pages may stand behind ours."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver) and getattr(each.urlconf_module, "__name__", "") in LIBRARIES:
            continue
        here = before + re.sub(r"<(\w+):\w+>", r"<\1>", str(each.pattern))
        if isinstance(each, URLPattern):
            yield here
        else:
            yield from addresses(each, here)


def test_no_two_patterns_are_alike() -> None:
    twice = [address for address, times in Counter(addresses(get_resolver())).items() if times > 1]
    assert twice == []
