"""An HTTP client that speaks to no machine inside which nobody named."""

import httpx

from connectors.contract.addresses import Network
from connectors.web.calling.addresses import Named
from connectors.web.calling.trust import trusted


def guarded(networks: tuple[Network, ...], authority: str = "") -> httpx.Client:
    """No proxy from the environment, no redirect of its own accord. ``authority``: as in `trusted`."""
    limits = httpx.Limits(max_connections=8)
    transport = httpx.HTTPTransport(verify=trusted(authority), trust_env=False, limits=limits)
    # It takes everything but this for its pool.
    transport._pool._network_backend = Named(networks)
    return httpx.Client(transport=transport, follow_redirects=False, trust_env=False)
