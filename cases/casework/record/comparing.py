"""The chains held against their anchors: what was changed and hashed anew, cut off, or put back to an older day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.conf import settings
from django.utils import timezone

from cases.casework.audit import GENESIS, STREAMS
from cases.casework.record.anchoring import EVERY, slot_of
from cases.casework.record.checkpoint import Checkpoint, Unfit, opened, public_key
from cases.casework.record.places import Place, place
from cases.models import AuditEntry, AuditHead, Operator


@dataclass(frozen=True)
class Difference:
    """A sentence about one stream. ``told``: the record itself says why, at a restore; somebody looks all the same."""

    sentence: str
    told: bool = False


def differences(since: datetime | None = None) -> Iterator[Difference]:
    """Where anchors and chains do not agree, from the first anchor at or after ``since`` on."""
    at = place()
    for operator in sorted({*Operator.objects.values_list("pk", flat=True), *at.operators()}):
        yield from _of_operator(at, operator, since)


def _of_operator(at: Place, operator: str, since: datetime | None) -> Iterator[Difference]:
    found: dict[str, list[Checkpoint]] = {stream: [] for stream in STREAMS}
    key = public_key(settings.ANCHOR_KEY)
    for name, content in at.all(operator):
        try:
            checkpoint = opened(content, key)
        except Unfit as unfit:
            yield Difference(f"anchor {name} {unfit}")
            continue
        if checkpoint.name != name:
            yield Difference(f"anchor {name} is that of {checkpoint.name}")
        elif since is None or checkpoint.slot >= since:
            found[checkpoint.stream].append(checkpoint)
    for stream, checkpoints in found.items():
        chain = f"{operator}/{stream}"
        yield from _gaps(chain, checkpoints)
        yield from _against(chain, checkpoints)


def _gaps(chain: str, checkpoints: list[Checkpoint]) -> Iterator[Difference]:
    """The hours between the first anchor and now of which there is none."""
    if not checkpoints:
        yield Difference(f"{chain}: there is no anchor")
        return
    # The hour that is going on may still get its own.
    slots = [*(one.slot for one in checkpoints), max(slot_of(timezone.now()), checkpoints[-1].slot)]
    for before, after in pairwise(slots):
        if missing := max((after - before) // EVERY - 1, 0):
            yield Difference(f"{chain}: {missing} anchors are missing after that of {_hour(before)}")


def _hour(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _against(chain: str, checkpoints: list[Checkpoint]) -> Iterator[Difference]:
    """The first anchor that speaks of another entry than the chain has, and how many do; told and untold apart."""
    operator, _slash, stream = chain.partition("/")
    entries = AuditEntry.objects.filter(operator=operator, stream=stream)
    there = dict(
        entries.filter(number__in={one.number for one in checkpoints}).values_list("number", "sha256")
    )
    there[0] = GENESIS
    ends = (
        AuditHead.objects.filter(operator=operator, stream=stream).values_list("number", flat=True).first()
        or 0
    )
    restores = list(entries.filter(action="desk.restored").values_list("number", "at"))
    apart = [one for one in checkpoints if there.get(one.number) != one.sha256]
    for told in (False, True):
        of_these = [one for one in apart if _is_told(one, restores) is told]
        if of_these:
            yield Difference(_sentence(chain, of_these, there, ends, told=told), told)


def _is_told(one: Checkpoint, restores: list[tuple[int, datetime]]) -> bool:
    """Whether a restore came after the anchor, from a dump that did not have its entry."""
    return any(number <= one.number and at >= one.taken for number, at in restores)


def _sentence(chain: str, apart: list[Checkpoint], there: dict[int, str], ends: int, *, told: bool) -> str:
    first, others = apart[0], f" ({len(apart)} anchors say so)" if len(apart) > 1 else ""
    stood = f"{chain}: at {_hour(first.slot)} the last entry was {first.number}"
    if told:
        return f"{stood}; what followed was lost, and the record tells of the restore{others}"
    if first.number not in there:
        return f"{stood}, now the chain ends at {ends}: cut off, or put back to an older dump{others}"
    return f"{stood}, and it is another now: changed, reordered or put back, and chained anew{others}"
