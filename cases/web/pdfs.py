"""A PDF as a browser gets it."""

from django.http import HttpResponse


def pdf_response(content: bytes, name: str, *, attached: bool = False) -> HttpResponse:
    """Shown in the browser, or ``attached``: kept as a file of this name."""
    how = "attachment" if attached else "inline"
    headers = {"Content-Disposition": f'{how}; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
