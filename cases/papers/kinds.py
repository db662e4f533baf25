"""What a paper may be: its first bytes tell, not what its sender calls it."""

import filetype

# Photographs and scans, and what scanners make of them. No office files: they can hold programs.
ENDINGS = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/heic": "heic",
    "image/tiff": "tif",
    "image/webp": "webp",
}
MOST_BYTES = 15_000_000
MOST_PAPERS = 20  # of one request


def kind_of(start: bytes) -> str | None:
    """The media type of a file that begins so; None for one that no paper may have."""
    kind = filetype.guess(start)
    return kind.mime if kind is not None and kind.mime in ENDINGS else None
