"""What a letter is written from: frozen values, filled by the answer stage from a frozen snapshot.

What a person reads comes in the case's language. Counts are of the open view; rows under secret rules are not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cases.registers.register import Register
from exports.letter.usage import Usage

IN_PACKAGE = frozenset({"give", "redact", "port"})


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
    ``columns``: what columns mean; ``codes``: what values of them mean. ``telling``: the columns that are worth most,
    in that order, ``naming``: those that only number or name the row; ``price`` is in ``currency``, a code or the
    column that holds one. ``usage``: what the rows add up to. ``covered``: how many values in them are masked because
    they tell of somebody else.
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
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    telling: tuple[str, ...] = ()
    naming: frozenset[str] = frozenset()
    price: str = ""
    currency: str = ""
    usage: Usage | None = None
    inline: tuple[Mapping[str, object], ...] | None = None
    covered: int = 0


@dataclass(frozen=True, kw_only=True)
class FindingFacts:
    """So many rows of a category got this verdict under this rule.

    ``until``: last day kept, None where the rule is open-ended. ``opens``: the day a delayed row may be told.
    ``by_hand``: no connector can erase them, so a person has to. ``by_itself``: kept under a rule that is looked at
    again when its time is up, by the schedule or by that person's task.
    """

    verdict: str
    rows: int
    rule: str = ""
    until: date | None = None
    opens: date | None = None
    by_hand: bool = False
    by_itself: bool = False


@dataclass(frozen=True, kw_only=True)
class CategoryFacts:
    """A data category of the case: where it was found, what the law makes of it, what was decided.

    ``override`` is the outcome a caseworker put in the place of the findings, with ``reason`` in the case's
    language, and ``rule`` and ``until`` where something is kept. Rows under secret rules or orders are never
    among the findings. ``ground``: by what of the law the caseworker refuses it, a `Decision.Ground`, and ``fee`` for
    which it is answered after all, "" for none. ``left_out``: what the caseworker writes of each collection that a
    source may not hand over.
    """

    key: str
    collections: tuple[CollectionFacts, ...] = ()
    findings: tuple[FindingFacts, ...] = ()
    override: str = ""
    reason: str = ""
    ground: str = ""
    fee: str = ""
    rule: str = ""
    until: date | None = None
    left_out: tuple[str, ...] = ()

    @property
    def covered(self) -> int:
        """How many values are masked in the rows that are given."""
        return sum(collection.covered for collection in self.collections)


@dataclass(frozen=True, kw_only=True)
class PurposeFacts:
    """The outcome for one purpose of an objection or a withdrawal: `stop`, `continue` or `none`.

    ``reason``: for `continue` under Article 21(1), the compelling grounds, in the case's language. ``reached``:
    whether there is a right to object to it. ``effective_on``: the day it stopped, where it has stopped already.
    """

    code: str
    verdict: str
    reason: str = ""
    effective_on: date | None = None
    reached: bool = True


@dataclass(frozen=True, kw_only=True)
class SearchedFacts:
    """What was searched for. ``value`` is already masked for print."""

    kind: str
    value: str


@dataclass(frozen=True, kw_only=True)
class UnsearchedFacts:
    """Where nobody could look, or not for all that is known; ``kinds``: what finds people there."""

    source_name: str
    name: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class StepUpFacts:
    """What waits for a stronger proof, by its categories' names, and what is done for it.

    ``faces``: by which electronic identities, by their names, on the ``page`` of the request. ``groups``: for whoever
    has none, categories and what the register says that leads to them.
    """

    page: str
    faces: tuple[str, ...]
    groups: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


@dataclass(frozen=True, kw_only=True)
class ExtensionFacts:
    """A longer time to answer (Article 12(3)); ``reason`` is tied to this case, in its language."""

    new_due: date
    reason: str


@dataclass(frozen=True, kw_only=True)
class LaterFacts:
    """The categories that another case answers, by its ``reference``, until when, and why they are not in this answer.

    ``due`` is None where that case was closed without an answer.
    """

    categories: tuple[str, ...]
    reference: str
    due: date | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class IdentityFacts:
    """What is still needed to know who asks (Articles 11 and 12(6)).

    ``needed``: any of `code`, `eid`, `customer-number`, `mandate`, `visit`. ``faces``: what the electronic identities
    are called; ``for_another``: somebody asks for another, under an ``authority`` of which kind they say, "" for none.
    """

    needed: tuple[str, ...]
    asked_on: date
    answer_by: date
    paused: bool = True
    faces: tuple[str, ...] = ()
    for_another: bool = False
    authority: str = ""


@dataclass(frozen=True, kw_only=True)
class ForwardedFacts:
    """The part for which another company answers (a processor's case), and to whom it was sent on.

    ``named``: ``company`` is a name, and no common noun like "Your employer". ``passed_on``: whether it is told;
    ``unasked``: it would be, had the person asked for that.
    """

    company: str
    contact: str
    named: bool = True
    passed_on: bool = True
    unasked: bool = False
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
    """What was done at one source, as the source confirmed it. ``kind``: erase, suppress, restrict, rectify.

    ``kept``: what an erasure leaves there. ``done_on`` is None where that is all, or where a person erased: then
    `HandFacts` tells of it. ``copies_until``: the source keeps earlier versions that hold what was erased, at least
    until that day.
    """

    kind: str
    category: str
    source_name: str
    name: str
    rows: int
    done_on: date | None = None
    kept: tuple[FindingFacts, ...] = ()
    copies_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class HandFacts:
    """What a person did because no system can. ``what``: in words; ``category`` and ``rows`` where it is about rows."""

    what: str
    done_on: date
    category: str = ""
    rows: int | None = None


@dataclass(frozen=True, kw_only=True)
class ToldFacts:
    """A recipient that was told, by the register's key or the record's name (Article 19)."""

    recipient: str
    on: date


@dataclass(frozen=True, kw_only=True)
class AuthorityFacts:
    """How far whoever asked may speak for the person. ``kind``: attorney, guardian, custody, estate, or "".

    ``answer_to``: asker, person or both. Without a first or last day it has no limit there. ``without_home``: what
    tells where the person lives is left out.
    """

    kind: str
    answer_to: str
    covers_from: date | None = None
    covers_until: date | None = None
    without_home: bool = False


@dataclass(frozen=True, kw_only=True)
class SentFacts:
    """Files that another provider took on a day, or did not take: then ``given_up_on`` is the day nobody tried longer.

    ``sha256``: of what was sent; ``receipt``: what the provider calls it, "" where it did not say.
    """

    receiver: str
    files: int
    sha256: str
    receipt: str = ""
    sent_on: date | None = None
    given_up_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class CaseFacts:
    """A case at the moment its answer is written.

    ``right`` and ``outcome`` are the values of `cases.models.case.Right` and `Outcome`. ``recipients_actual`` and
    ``recipients_informed`` hold recipient keys of the register; ``package_days``: how long the package lies there for
    fetching; ``files_sha256``: of the data files that go with the letter, "" without any; ``answer_sha256``: of the
    package that a receipt belongs to; ``send_to``: the name of another provider that is to get the files as well, and
    ``sent`` what became of it; ``stop_listed``: an erasure ends marketing for good; ``asked_by``: whoever asked
    for the person, and was checked that they may, "" where the person did, ``authority`` what was accepted then;
    ``holds_no_account``: the person uses a number, and somebody else has the account; ``extended``: categories of
    which letters are silent besides those of the law; ``later``: the part that another case answers, and ``earlier``
    the reference of the case of which this one is the rest, "" for none.

    What is still to be done is told with ``latest_on``, its last day. The rest are deeds, None without one:
    ``acted_on`` is the day a marketing stop or a withdrawal took effect, ``limited_on`` the day since which what is
    objected to is only stored, ``listed_on`` since when the person has been on the stop list, ``decided_on`` the day a
    person decided last, ``forwarded_on`` the day the request was passed on.
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
    # Of a deceased person's data: the last day on which the law applied, where there was one.
    law_until: date | None = None
    asked_by: str = ""
    # Whom they ask for, as they typed it, in a letter that goes to the asker alone.
    asked_for: str = ""
    authority: AuthorityFacts | None = None
    signed_by: str = ""
    categories: tuple[CategoryFacts, ...] = ()
    purposes: tuple[PurposeFacts, ...] = ()
    recipients_actual: tuple[str, ...] = ()
    recipients_informed: tuple[str, ...] = ()
    identifiers_searched: tuple[SearchedFacts, ...] = ()
    unsearched: tuple[UnsearchedFacts, ...] = ()
    # What was said to be the person's and led to no source, although other things did.
    led_nowhere: tuple[SearchedFacts, ...] = ()
    step_up: StepUpFacts | None = None
    extension: ExtensionFacts | None = None
    later: LaterFacts | None = None
    earlier: str = ""
    identity: IdentityFacts | None = None
    forwarded: ForwardedFacts | None = None
    abuse: AbuseFacts | None = None
    corrections: tuple[CorrectionFacts, ...] = ()
    review: ReviewFacts | None = None
    hand_over: HandOverFacts | None = None
    executions: tuple[ExecutionFacts, ...] = ()
    # Each category, and the name of its collection, where what is erased stays in earlier versions for a while.
    versioned: tuple[tuple[str, str], ...] = ()
    by_hand: tuple[HandFacts, ...] = ()
    told: tuple[ToldFacts, ...] = ()
    send_to: str = ""
    sent: SentFacts | None = None
    latest_on: date | None = None
    acted_on: date | None = None
    limited_on: date | None = None
    listed_on: date | None = None
    decided_on: date | None = None
    forwarded_on: date | None = None
    stop_listed: bool = False
    holds_no_account: bool = False
    extended: frozenset[str] = frozenset()
    package_days: int | None = None
    # Of how many rows of a collection an annex is printed at most.
    annex_rows: int = 50_000
    files_sha256: str = ""
    answer_sha256: str = ""
    # What the caseworker adds, by the place in the letter (`exports.letter.own_words`).
    own_words: Mapping[str, str] = field(default_factory=dict)

    @property
    def contract_is_anothers(self) -> bool:
        """Whether the contract behind the data is an employer's, or that of whoever has the account."""
        return self.register.business_users or self.holds_no_account

    @property
    def of_dead(self) -> str:
        """The name of who has died, where the letter speaks to whoever writes for the estate; else ""."""
        return self.person_name if self.authority and self.authority.kind == "estate" else ""

    @property
    def latest(self) -> date:
        """The last day for what is decided: the answer is handed over after it is done, and is due then."""
        return self.latest_on or self.due_on
