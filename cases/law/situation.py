"""What the law is applied to, as plain values: records, the person, claims, orders, the operator's settings.

What only cleared staff may know has types of its own. `Situation` has no room for a secret order and
`Record` refuses to be a secret record, so a computation that is handed these two cannot depend on what it
must not reveal.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from cases.registers.register import Register
from cases.registers.settings import Settings

Country = Literal["SE", "DK"]
DEFAULTS = Settings()
SECRET_KINDS = frozenset({("retained", "targeted"), ("kyc", "investigation"), ("disclosures", "authority")})
# Data categories that may hold rows of those kinds.
SECRET_CATEGORIES = frozenset(category for category, _kind in SECRET_KINDS)


class Right(StrEnum):
    ACCESS = "access"
    PORTABILITY = "portability"
    ERASURE = "erasure"
    OBJECTION = "objection"
    MARKETING_OBJECTION = "marketing-objection"
    CONSENT_WITHDRAWAL = "consent-withdrawal"
    RECTIFICATION = "rectification"
    RESTRICTION = "restriction"
    AUTOMATED_DECISION = "automated-decision"


class SubjectKind(StrEnum):
    CONSUMER = "consumer"
    BUSINESS_USER = "business-user"
    SOLE_TRADER = "sole-trader"


@dataclass(frozen=True)
class Row:
    """The signature of a stored row: everything a verdict may depend on, and nothing that identifies anybody.

    `at` is the day the law counts from: the event's end, the voucher's date, a consent's last use, the end
    of a relationship or service. `orders` are the ids of the orders that cover the row. `use`: whether a
    caseworker found that the asker gets what the number was used for then (`own`), or does not (`others`);
    empty where nobody did.
    """

    category: str
    kind: str = ""
    at: date | None = None
    claim: bool = False
    hidden_number: bool = False
    other_person: bool = False
    orders: frozenset[str] = frozenset()
    use: Literal["", "own", "others"] = ""


@dataclass(frozen=True)
class Record(Row):
    """A row that everybody who works on the case may see. Raises ValueError for a secret kind."""

    def __post_init__(self) -> None:
        if is_secret(self.category, self.kind):
            raise ValueError(f"{self.category}/{self.kind} is secret: use SecretRecord")


@dataclass(frozen=True)
class SecretRecord(Row):
    """A row whose very existence is secret. Raises ValueError for any other kind."""

    def __post_init__(self) -> None:
        if not is_secret(self.category, self.kind):
            raise ValueError(f"{self.category}/{self.kind} is not secret: use Record")


def is_secret(category: str, kind: str) -> bool:
    """Whether rows of this kind are hidden from staff without clearance."""
    return (category, kind) in SECRET_KINDS


@dataclass(frozen=True)
class Claim:
    """Money the operator claims. In Denmark `arose` is the day the payment fell due."""

    arose: date
    demanded: date | None = None
    recognised: date | None = None
    paid: date | None = None


@dataclass(frozen=True)
class IpredNotice:
    """Subscriber data were handed to a rights holder; the person must be told (upphovsrättslagen 53 f §)."""

    rule: ClassVar[str] = "SE-IPRED-NOTICE"
    id: str
    handed_over: date
    notice_sent: date | None = None


@dataclass(frozen=True)
class IpredPending:
    """A rights holder has applied for subscriber data (upphovsrättslagen 53 c-53 e §§)."""

    rule: ClassVar[str] = "SE-IPRED-PENDING"
    id: str
    served: date
    ended: date | None = None


@dataclass(frozen=True)
class Preservation:
    """A secret preservation order (RB 27:16, retsplejeloven § 786 a). The day of decision is not counted."""

    id: str
    rule: Literal["SE-LEK-ORDER", "DK-HASTE"]
    decided: date
    days: int
    extended: int = 0

    @property
    def last_day(self) -> date:
        return self.decided + timedelta(days=self.days + self.extended)


OpenOrder = IpredNotice | IpredPending


@dataclass(frozen=True)
class Controller:
    """The operator: where its customers are, and every country whose duties to keep data it must follow."""

    slug: str
    country: Country
    countries: tuple[Country, ...]


def controller_of(register: Register) -> Controller:
    """The operator of a register; without `hold_countries` only its own country's duties bind it."""
    countries = register.settings.hold_countries or (register.country,)
    return Controller(register.slug, register.country, countries)


@dataclass(frozen=True)
class Subject:
    """The person. Without `contract_end` a current customer."""

    kind: SubjectKind
    contract_end: date | None = None


@dataclass(frozen=True)
class Situation:
    """One request, as everybody who works on it may know it. `decided` is the day the verdicts are given.

    `number_shared`: somebody else than the account holder uses a number; what it was used for is perhaps not the
    asker's to have (Article 15(4)). `users_unknown`: whether somebody does is in a system that may not hand it over.
    `holds_no_account`: the asker is who uses it, and the account is another's. `withdrawn`: the purposes whose consent
    is taken back, none named: every consent.
    """

    controller: Controller
    right: Right
    received: date
    decided: date
    subject: Subject
    claims: tuple[Claim, ...] = ()
    orders: tuple[OpenOrder, ...] = ()
    settings: Settings = DEFAULTS
    number_shared: bool = False
    users_unknown: bool = False
    holds_no_account: bool = False
    withdrawn: frozenset[str] = frozenset()

    @property
    def is_consumer(self) -> bool:
        return self.subject.kind is SubjectKind.CONSUMER

    @property
    def is_current_customer(self) -> bool:
        """A contract that ends after the day of decision still runs."""
        return self.subject.contract_end is None or self.subject.contract_end > self.decided


@dataclass(frozen=True)
class ClearedSituation:
    """A situation together with what only cleared staff may know. Not a Situation, so it cannot pass for
    one."""

    ordinary: Situation
    secret_orders: tuple[Preservation, ...] = ()
