"""From which network a call comes, so far as it can be believed."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

# What a household or a server gets at the least; within it anybody may take any address.
IPV6_NETWORK = 64


def network_of(request: HttpRequest) -> str:
    """An IPv4 address or an IPv6 network; "" where nobody can say: the machine itself calls, or a proxy on it.

    Each trusted proxy adds at the end who called it: the last address that is none of theirs is the caller's. What
    stands before it anybody may have written.
    """
    caller = _address(request.META.get("REMOTE_ADDR", ""))
    told = request.headers.get("X-Forwarded-For", "").split(",")
    while caller and told and _is_trusted(caller):
        before = _address(told.pop())
        if before is None:
            break
        caller = before
    return _network(caller) if caller and not caller.is_loopback else ""


def _address(written: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(written.strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_trusted(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in settings.TRUSTED_PROXIES)


def _network(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, IPV6_NETWORK), strict=False))
