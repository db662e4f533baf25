"""What a register states: its fields, and what is looked up in them.

Apart from `Register` itself, so that what checks and reads a register need not know how it is loaded and judged.
"""

from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from cases.registers.authorities import AUTHORITIES, Authority
from cases.registers.categories import Entries, WayKind
from cases.registers.processing import (
    CONSENT,
    Automated,
    Controller,
    LegalBasis,
    Mail,
    Note,
    Purpose,
    Recipient,
    Retention,
    SetByOperator,
    Source,
    Transfer,
)
from cases.registers.settings import Settings
from cases.registers.texts import Frozen, Language, Line, Sentences, Text, written
from cases.registers.vocabulary import FORMERLY
from cases.registers.ways import Way, leading_to

Colour = Annotated[str, written("#[0-9a-f]{6}", "#1d3f8f")]
CountryCode = Literal["SE", "DK"]


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("is not a time zone of the IANA list, such as Europe/Stockholm")
    return value


def _known_authority(value: str) -> str:
    if value not in AUTHORITIES:
        raise ValueError(f"unknown authority; known are {', '.join(AUTHORITIES)}")
    return value


Zone = Annotated[str, AfterValidator(_known_zone)]
AuthorityKey = Annotated[str, AfterValidator(_known_authority)]


class RegisterContent(Frozen):
    """One operator's record of processing (GDPR Art. 30), as far as answers to people need it."""

    slug: Annotated[str, written("[a-z0-9]+(-[a-z0-9]+)*", "a-name-se")]
    name: Line
    controller: Controller
    mail: Mail = Mail()
    country: CountryCode
    calendars: tuple[CountryCode, ...] = Field(min_length=1)
    time_zone: Zone
    languages: tuple[Language, ...] = Field(min_length=1)
    accent: Colour
    accent_dark: Colour
    authority: AuthorityKey
    lead_authority: AuthorityKey | None = None
    court: Sentences
    business_users: bool = False
    processor_for: Text | None = None  # what is done for business customers, who answer for it themselves
    estate: Sentences | None = None  # what the estate of somebody who died can ask, and where
    notes: tuple[Note, ...] = ()
    ways: dict[WayKind, Way] = {}
    categories: Entries
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    recipients: dict[str, Recipient] = {}
    sources: dict[str, Source] = Field(min_length=1)
    transfers: tuple[Transfer, ...] = ()
    set_by_operator: SetByOperator = SetByOperator()
    settings: Settings = Settings()

    @property
    def authorities(self) -> tuple[Authority, ...]:
        """Where the person complains, then the lead authority where that is another one (Art. 56, 77)."""
        keys = (self.authority, *([self.lead_authority] if self.lead_authority else []))
        return tuple(AUTHORITIES[key] for key in keys)

    def purpose(self, code: str) -> Purpose:
        """The purpose with this code; KeyError if there is none."""
        return {purpose.code: purpose for purpose in self.purposes}[code]

    def purposes_using(self, category: str) -> tuple[Purpose, ...]:
        """The purposes a data category is used for (Art. 15(1)(a))."""
        return tuple(purpose for purpose in self.purposes if category in purpose.categories)

    def channels(self) -> set[str]:
        """What sources can be told to stop: what the purposes name, and what consent carried within them."""
        return {CONSENT} | {channel for purpose in self.purposes if (channel := purpose.stopped_by())}

    def recipients_for(self, category: str) -> tuple[tuple[str, Recipient], ...]:
        """The (key, recipient) pairs that can get a data category (Art. 15(1)(c)), in register order."""
        named = {key for purpose in self.purposes_using(category) for key in purpose.recipients}
        return tuple(
            (key, recipient)
            for key, recipient in self.recipients.items()
            if key in named and (not recipient.receives or category in recipient.receives)
        )

    def sources_for(self, category: str) -> tuple[tuple[str, Source], ...]:
        """The (key, source) pairs a data category comes from (Art. 15(1)(g))."""
        return tuple((key, source) for key, source in self.sources.items() if category in source.categories)

    def transfers_for(self, recipient: str) -> tuple[Transfer, ...]:
        """What is said about third countries for one recipient (Art. 15(2)): the policy first, then the
        operator."""
        everything = (*self.transfers, *self.set_by_operator.transfers)
        return tuple(transfer for transfer in everything if recipient in transfer.recipients)

    def ways_to(self, category: str) -> tuple[tuple[WayKind, Way], ...]:
        """How somebody without an electronic identity can have a data category (Art. 12(2)), in register order."""
        entry = self.categories.get(category)
        return leading_to(self.ways, entry) if entry else ()

    def retention(self, category: str) -> Retention | None:
        """How long a category is kept (Art. 15(1)(d)); None if neither policy nor operator says."""
        entry = self.categories.get(category)
        if entry and entry.retention:
            return Retention(entry.retention, stated=True)
        text = self.set_by_operator.retention.get(category)
        return Retention(text, stated=False) if text else None

    def legal_bases(self, purpose: Purpose) -> tuple[LegalBasis, ...]:
        """The bases to print for a purpose: the policy's, and what the operator recorded where it states
        none."""
        recorded = self.set_by_operator.bases.get(purpose.code, ())
        return (
            *(LegalBasis(basis, stated=True) for basis in purpose.bases),
            *(LegalBasis(basis, stated=False) for basis in recorded),
        )

    def automated(self, purpose: Purpose) -> Automated | None:
        """What the operator says about the automated decision in a purpose (Art. 15(1)(h))."""
        return self.set_by_operator.automated.get(purpose.code)

    def members(self, key: str) -> tuple[Text, ...]:
        """The names the operator listed for a group of recipients or an unnamed source."""
        return self.set_by_operator.names.get(key, ())

    def recipient_name(self, key: str, language: str) -> str:
        """A company's name for printing, with what else it goes by: "Google (YouTube)", "X (formerly Twitter)"."""
        company = self.recipients[key]
        brands = [each.name.get(language) for each in self.recipients.values() if each.same_as == key]
        also = [brand for brand in brands if brand != company.former]
        if company.former and self.settings.former_names_shown:
            also.append(FORMERLY.filled(name=company.former).get(language))
        return f"{company.name.get(language)} ({', '.join(also)})" if also else company.name.get(language)

    def resolve(self, name: str) -> tuple[str, Recipient] | None:
        """The one company behind a recipient's key, name or alias, whatever the case: YouTube is Google."""
        wanted = name.casefold()
        for key, recipient in self.recipients.items():
            names = {key, recipient.name.sv, recipient.name.da, recipient.name.en, *recipient.aliases}
            if wanted in {each.casefold() for each in names}:
                company = recipient.same_as or key
                return company, self.recipients[company]
        return None
