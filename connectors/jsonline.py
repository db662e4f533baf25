"""A value as a line of JSON that takes no more room than it needs."""

import orjson


def json_line(value: object) -> bytes:
    """orjson hands over bytes that keep a buffer of kilobytes each; a page of rows of them is a hundred megabytes."""
    return bytes(memoryview(orjson.dumps(value)))
