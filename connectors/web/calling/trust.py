"""Whose certificates are believed."""

import ssl

import certifi


def trusted() -> ssl.SSLContext:
    """The public authorities, and the machine's own: internal systems are seldom signed by public ones."""
    trust = ssl.create_default_context()
    trust.load_verify_locations(certifi.where())
    return trust
