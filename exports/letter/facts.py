"""What a letter is written from: frozen values, filled by the answer stage from a frozen snapshot.

What a person reads comes in the case's language. Counts are of the open view; rows under secret rules are not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cases.registers.register import Register

ACCESS_VERDICTS = ("give", "redact", "describe", "withhold", "delay", "none", "not-proven", "left-out")
ERASURE_VERDICTS = ("erase", "keep", "gone")
PORTABILITY_VERDICTS = ("port", "not-portable")
IN_PACKAGE = frozenset({"give", "redact", "port"})
MASK = "•••"  # what stands where something about somebody else was


def file_stem(category: str, source: str, collection: str) -> str:
    """The name of a collection's files in the package, without folder and ending: what it is comes first."""
    return f"{category}-{source}-{collection}"


@dataclass(frozen=True, kw_only=True)
class Month:
    """So many given rows in the month that begins on ``first``."""

    first: date
    rows: int


@dataclass(frozen=True, kw_only=True)
class CollectionFacts:
    """One table, endpoint or file set in which something was found.

    ``rows``, ``months`` and ``inline`` speak of the rows that are given, masked where they have to be.
    ``inline`` is None when there are too many to print (`exports.package.data.few_rows` makes it).
    """

    source: str
    collection: str
    source_name: str
    name: str
    rows: int
    first_on: date | None = None
    last_on: date | None = None
    months: tuple[Month, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    inline: tuple[Mapping[str, object], ...] | None = None


@dataclass(frozen=True, kw_only=True)
class FindingFacts:
    """So many rows of a category got this verdict under this rule.

    ``until``: last day kept, None where the rule is open-ended. ``opens``: the day a delayed row may be told.
    ``by_hand``: no connector can erase them, so a person has to.
    """

    verdict: str
    rows: int
    rule: str = ""
    until: date | None = None
    opens: date | None = None
    by_hand: bool = False


@dataclass(frozen=True, kw_only=True)
class CategoryFacts:
    """A data category of the case: where it was found, what the law makes of it, what was decided.

    ``override`` is the outcome a caseworker put in the place of the findings, with ``reason`` in the case's
    language, and ``rule`` and ``until`` where something is kept. Rows under secret rules or orders are never
    among the findings. ``left_out``: what the caseworker writes of each collection that a source may not hand over.
    """

    key: str
    collections: tuple[CollectionFacts, ...] = ()
    findings: tuple[FindingFacts, ...] = ()
    override: str = ""
    reason: str = ""
    rule: str = ""
    until: date | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PurposeFacts:
    """The outcome for one purpose of an objection or a withdrawal: `stop`, `continue` or `none`.

    ``reason``: for `continue` under Article 21(1), the compelling grounds, in the case's language.
    """

    code: str
    verdict: str
    reason: str = ""
    effective_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class SearchedFacts:
    """What was searched for. ``value`` is already masked for print."""

    kind: str
    value: str


@dataclass(frozen=True, kw_only=True)
class ExtensionFacts:
    """A longer time to answer (Article 12(3)); ``reason`` is tied to this case, in its language."""

    new_due: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class IdentityFacts:
    """What is still needed to know who asks (Articles 11 and 12(6)).

    ``needed``: any of `code`, `eid`, `customer-number`, `mandate`, `visit`.
    """

    needed: tuple[str, ...]
    asked_on: date
    answer_by: date
    paused: bool = True


@dataclass(frozen=True, kw_only=True)
class ForwardedFacts:
    """The part for which another company answers (a processor's case), and to whom it was sent on."""

    company: str
    contact: str
    services: str = ""


@dataclass(frozen=True, kw_only=True)
class AbuseFacts:
    """Article 12(5): why the request is manifestly unfounded or excessive; with ``fee`` a price, else a refusal."""

    proof: str
    fee: str = ""


@dataclass(frozen=True, kw_only=True)
class CorrectionFacts:
    """Article 16: ``what`` was to be corrected. ``new_value`` empty: not corrected, for ``reason``."""

    category: str
    what: str
    new_value: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ReviewFacts:
    """Article 22(3): a person looked at the automated decision again. ``result``: changed, upheld, not-automated."""

    decision: str
    result: str
    reasons: str


@dataclass(frozen=True, kw_only=True)
class HandOverFacts:
    """A subscriber's name and address were handed ``to`` a rights holder (Ipred)."""

    on: date
    to: str
    court: str = ""
    court_case: str = ""


@dataclass(frozen=True, kw_only=True)
class ExecutionFacts:
    """What was done at one source, as the source confirmed it. ``kind``: erase, suppress, restrict, rectify."""

    kind: str
    category: str
    source_name: str
    name: str
    rows: int
    done_on: date
    kept: int = 0


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """A case at the moment its answer is written.

    ``right`` and ``outcome`` are the values of `cases.models.case.Right` and `Outcome`. ``recipients_actual``
    and ``recipients_informed`` hold recipient keys of the register; ``package_days``: how long the package lies there
    for fetching; ``acted_on``: the day a marketing stop, withdrawal or restriction took effect; ``stop_listed``:
    an erasure ends marketing for good; ``extended``: categories of which letters are silent besides those of the law.
    """

    reference: str
    register: Register
    right: str
    language: str
    person_name: str
    received_on: date
    answered_on: date
    due_on: date
    outcome: str
    address_lines: tuple[str, ...] = ()
    signed_by: str = ""
    categories: tuple[CategoryFacts, ...] = ()
    purposes: tuple[PurposeFacts, ...] = ()
    recipients_actual: tuple[str, ...] = ()
    recipients_informed: tuple[str, ...] = ()
    identifiers_searched: tuple[SearchedFacts, ...] = ()
    extension: ExtensionFacts | None = None
    identity: IdentityFacts | None = None
    forwarded: ForwardedFacts | None = None
    abuse: AbuseFacts | None = None
    corrections: tuple[CorrectionFacts, ...] = ()
    review: ReviewFacts | None = None
    hand_over: HandOverFacts | None = None
    executions: tuple[ExecutionFacts, ...] = ()
    acted_on: date | None = None
    stop_listed: bool = False
    extended: frozenset[str] = frozenset()
    package_days: int | None = None
