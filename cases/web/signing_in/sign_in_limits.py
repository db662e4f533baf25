"""Guessing passwords and codes is slowed down: by account and by network, and apart from both by known device.

Whoever guesses makes others wait who come as strangers, for some minutes at the most; never a browser from which the
member has signed in before, which has a count of its own, and nobody who comes over single sign-on, where nothing is
typed here.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import get_random_string
from django.utils.translation import ngettext

from cases.casework import attempts
from cases.casework.attempts import Pace
from cases.models import User
from cases.web.networks import network_of

FIRST, LONGEST = timedelta(seconds=30), timedelta(minutes=15)
ACCOUNT = Pace("sign-in-account", free=10, first_wait=FIRST, longest_wait=LONGEST)
NETWORK = Pace("sign-in-network", free=50, first_wait=FIRST, longest_wait=LONGEST)
DEVICE = Pace("sign-in-device", free=10, first_wait=FIRST, longest_wait=LONGEST)
# Codes have six digits, and are asked for only where the password is known.
CODES = Pace("second-factor", free=5, first_wait=timedelta(minutes=1), longest_wait=timedelta(hours=1))
CODES_ON_DEVICE = Pace("second-factor-device", free=5, first_wait=FIRST, longest_wait=LONGEST)
DESK = ""  # of no operator: staff may work for several
KNOWN_FOR = timedelta(days=90)
_signer = TimestampSigner(salt="cases.web.known-device")


@dataclass(frozen=True)
class Taken:
    """The tries that were taken for one attempt."""

    doors: tuple[tuple[Pace, str], ...]

    def take_back(self) -> None:
        """It was no guess."""
        for pace, key in self.doors:
            attempts.take_back(pace, DESK, key)


def password(request: HttpRequest, username: str) -> Taken:
    """Take a try at a password. ValidationError where it has to wait."""
    name = User.normalize_username(username)
    user = User.objects.filter(username=name).first()
    if user and (device := device_of(request, user)):
        return _take([(DEVICE, device)])
    network = network_of(request)
    return _take([(ACCOUNT, name), *([(NETWORK, network)] if network else [])])


def code(request: HttpRequest, user: User) -> Taken:
    """The same at a code of the second factor."""
    device = device_of(request, user)
    return _take([(CODES_ON_DEVICE, device) if device else (CODES, str(user.pk))])


def _take(doors: list[tuple[Pace, str]]) -> Taken:
    taken: list[tuple[Pace, str]] = []
    for pace, key in doors:
        tried = attempts.claim(pace, DESK, key)
        if tried.wait:
            # What one door refuses must not count at the other.
            Taken(tuple(taken)).take_back()
            raise ValidationError(_sentence(tried.minutes), code="wait")
        taken.append((pace, key))
    return Taken(tuple(taken))


def _sentence(minutes: int) -> str:
    return ngettext(
        "Too many tries. Wait %(minutes)s minute, then try again.",
        "Too many tries. Wait %(minutes)s minutes, then try again.",
        minutes,
    ) % {"minutes": minutes}


def device_of(request: HttpRequest, user: User) -> str:
    """The name of this browser, if this member has signed in with it by two factors; else ""."""
    try:
        value = _signer.unsign(request.COOKIES.get(settings.DEVICE_COOKIE, ""), max_age=KNOWN_FOR)
    except BadSignature:
        return ""
    owner, _colon, device = value.partition(":")
    return device if owner == str(user.pk) else ""


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """From now on this browser is one of theirs."""
    if not device_of(request, user):
        value = _signer.sign(f"{user.pk}:{get_random_string(22)}")
        response.set_cookie(
            settings.DEVICE_COOKIE,
            value,
            max_age=KNOWN_FOR,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )
