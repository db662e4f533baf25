"""Whose certificates are believed."""

import ssl

import certifi


def trusted(more: str = "") -> ssl.SSLContext:
    """The public authorities, and the machine's own: internal systems are seldom signed by public ones.

    ``more``: further certificates, in PEM. Raises ssl.SSLError for what are none.
    """
    trust = ssl.create_default_context()
    trust.load_verify_locations(certifi.where())
    if more:
        trust.load_verify_locations(cadata=more)
    return trust
