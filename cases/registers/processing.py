"""What a register says about the processing of personal data: purposes, bases, recipients, sources,
transfers."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from cases.registers.texts import Continuation, Frozen, Line, Name, Phrase, Sentences, Text, written
from cases.registers.vocabulary import TO_BE_SET

BasisKind = Literal["contract", "legal-obligation", "legitimate-interest", "consent", "none-stated"]
RecipientKind = Literal[
    "ad-partner",
    "credit-bureau",
    "content-provider",
    "group-company",
    "processor",
    "marketing-partner",
    "other-operator",
    "directory",
    "acquirer",
    "customer",
    "rights-holder",
    "emergency",
    "authority",
]
SourceKind = Literal["subject", "customer", "automatic", "third-party", "internal"]
Naming = Literal["named", "by-operator", "by-record"]
Country = Annotated[str, written("[A-Z]{2}", "SE")]
PurposeCode = Annotated[str, written("[A-Z][A-Z0-9]{1,5}-[A-Z][0-9]{2}", "AB-P01")]
# The channels that need no entry of their own: direct marketing, and what consent carried within purposes that go on.
MARKETING, CONSENT = "marketing", "consent"


class Basis(Frozen):
    """A legal basis of a purpose (GDPR Art. 6), as the policy states it. A split basis says which `part` of
    the purpose it carries and which categories it `covers` (none listed: all). `consent_of`: whose consent it
    is. Printed as "Part: basis, law. Interest." (`exports.letter.article15`)."""

    kind: BasisKind
    part: Phrase | None = None
    interest: Sentences | None = None
    law: Continuation | None = None
    covers: tuple[str, ...] = ()
    consent_of: Literal["person", "customer"] = "person"


class Purpose(Frozen):
    """What data are used for. `stated = false`: the operator's own entry for something its policy does not
    name. `consent_for`: categories used only with separate consent, which does not make consent a basis of
    the purpose. `automated`: an automated decision with legal or similar effect may be part of it (Art. 22).
    `channel`: what the sources are told when it has to stop; "marketing" where it is direct marketing.
    """

    code: PurposeCode
    name: Text
    description: Sentences
    bases: tuple[Basis, ...] = Field(min_length=1)
    categories: tuple[str, ...] = Field(min_length=1)
    sources: tuple[str, ...] = Field(min_length=1)
    recipients: tuple[str, ...] = ()
    direct_marketing: bool = False
    channel: Annotated[str, written("[a-z0-9]+(-[a-z0-9]+)*", "tv-ads")] | None = None
    consent_for: tuple[str, ...] = ()
    automated: Sentences | None = None
    opt_out: Sentences | None = None
    special: Sentences | None = None
    stated: bool = True

    def rests_on(self, kind: BasisKind) -> bool:
        """Whether any part of the purpose has this basis of its own."""
        return any(basis.kind == kind for basis in self.bases)

    def stopped_by(self) -> str:
        """The channel that stops it at the sources; empty where stopping it is a person's work."""
        return self.channel or (MARKETING if self.direct_marketing else "")

    def bases_for(self, category: str) -> tuple[Basis, ...]:
        """The bases that carry the use of one data category."""
        return tuple(basis for basis in self.bases if not basis.covers or category in basis.covers)

    def with_consent(self) -> tuple[str, ...]:
        """The categories whose use rests on consent."""
        return tuple(one for one in self.categories if any(b.kind == "consent" for b in self.bases_for(one)))


class Recipient(Frozen):
    """Who data may be disclosed to (Art. 15(1)(c)). `naming` tells where the name comes from: this entry
    itself, the operator (a group whose members must be listed), or the record of the single disclosure.
    `receives`: the categories it can get (none listed: all of the purposes it appears in). `same_as`: another
    entry's company."""

    name: Name
    aliases: tuple[str, ...] = ()
    kind: RecipientKind
    description: Text
    naming: Naming = "named"
    receives: tuple[str, ...] = ()
    country: Country | None = None
    own_controller: bool = False
    contact: str | None = None
    same_as: str | None = None
    former: str | None = None


class Source(Frozen):
    """Where data come from (Art. 15(1)(g)). `naming` as for recipients."""

    name: Name
    kind: SourceKind
    description: Text
    categories: tuple[str, ...] = Field(min_length=1)
    naming: Naming = "named"


class Transfer(Frozen):
    """Whether data leave the EU and the EEA with these recipients (Art. 15(2)). No `countries` in the list:
    they stay inside; the key left out: not stated. `copy_from`: how the person gets a copy of the safeguards.
    """

    recipients: tuple[str, ...] = Field(min_length=1)
    countries: tuple[Country, ...] | None = None
    safeguard: Literal[
        "none-needed", "adequacy", "standard-clauses", "binding-rules", "derogation", "several"
    ]
    text: Sentences
    copy_from: Sentences | None = None


class Automated(Frozen):
    """What Art. 15(1)(h) asks for about an automated decision. `solely`: no person takes part in it (Art.
    22)."""

    solely: bool
    logic: Sentences
    consequences: Sentences


class Note(Frozen):
    """Something a reader of the register should know that belongs to no single purpose."""

    key: str
    text: Text


class SetByOperator(Frozen):
    """What the operator filled in because its policy does not state it. Decisions never rest on these values;
    answers to the person print them."""

    retention: dict[str, Sentences] = {}
    bases: dict[str, tuple[Basis, ...]] = {}
    names: dict[str, tuple[Name, ...]] = {}
    transfers: tuple[Transfer, ...] = ()
    automated: dict[str, Automated] = {}


class Controller(Frozen):
    """Who answers for the data. What the facts do not give is None, and printed as "to be set by the
    operator"."""

    legal_name: Line
    org_number: str | None = None
    address: str | None = None
    email: str | None = None
    phone: str | None = None
    dpo: str | None = None

    def shown(self, field: str, language: str) -> str:
        """One field for printing, or the words that it still has to be filled in."""
        return getattr(self, field) or TO_BE_SET.get(language)

    def unset(self) -> tuple[str, ...]:
        """The fields that the operator still has to fill in before letters look right."""
        return tuple(field for field in type(self).model_fields if getattr(self, field) is None)


Address = Annotated[str, written(r"[^@\s<>,;]+@[^@\s<>,;]+", "privacy@example.com")]


class Mail(Frozen):
    """From which address the desk writes for this operator, and where answers go; else the desk's own, and the
    controller's."""

    sender: Address | None = None
    reply_to: Address | None = None


@dataclass(frozen=True)
class Retention:
    """How long a category is kept, and whether the policy states it or the operator set it."""

    text: Text
    stated: bool


@dataclass(frozen=True)
class LegalBasis:
    """A basis for printing, and whether the policy states it or the operator recorded it."""

    basis: Basis
    stated: bool

    @property
    def is_silent(self) -> bool:
        """Whether the policy leaves it to the operator, whose own basis stands beside it."""
        return self.basis.kind == "none-stated"
