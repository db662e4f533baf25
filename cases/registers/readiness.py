"""What an operator still has to fill in before an access answer can go out (GDPR Art. 15(1) and 15(2))."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cases.registers.processing import Naming, Purpose, Recipient
from cases.registers.texts import LANGUAGES, Name, Text

if TYPE_CHECKING:
    from cases.registers.content import RegisterContent

What = Literal["category", "retention", "basis", "names", "transfer", "automated", "placeholder"]

# What a writer leaves in a text to fill in later: `[Partner A]`, `XXX`, `___`.
PLACEHOLDER = re.compile(r"\[[^\]]+\]|\bX{3,}\b|_{3,}|\bTODO\b|\bTBD\b")

# whoever asks under a law of the operator's own country gets no data abroad
_DOMESTIC = ("authority", "emergency", "rights-holder", "customer")


@dataclass(frozen=True)
class Missing:
    """One gap. `fill_in` is the key of register.toml to write, `blocks` whether the answer waits for it."""

    what: What
    about: str
    fill_in: str
    text: Text
    blocks: bool = True


def missing(register: "RegisterContent", categories: Iterable[str]) -> tuple[Missing, ...]:
    """The gaps that an access answer about exactly these categories would run into, each once."""
    found: dict[tuple[str, str], Missing] = {}
    for category in sorted(set(categories)):
        for gap in _gaps(register, category):
            found.setdefault((gap.what, gap.about), gap)
    return tuple(found.values())


def _gaps(register: "RegisterContent", category: str) -> Iterator[Missing]:
    if category not in register.categories:
        yield _gap("category", category, f"categories.{category}", category)
        return
    name = register.categories[category].name
    if register.retention(category) is None:
        blocks = register.settings.retention_gaps == "block"
        yield _gap("retention", category, f"set_by_operator.retention.{category}", name, blocks=blocks)
    for purpose in register.purposes_using(category):
        yield from _in_purpose(register, purpose, category)
    for key, recipient in register.recipients_for(category):
        yield from _about_recipient(register, key, recipient)
    for key, source in register.sources_for(category):
        yield from _unnamed(register, key, source.naming, source.name)
    for where, text in _said_about(register, category):
        if found := next(filter(None, (PLACEHOLDER.search(text.get(one)) for one in LANGUAGES)), None):
            yield _gap("placeholder", where, where, found.group())


def _said_about(register: "RegisterContent", category: str) -> Iterator[tuple[str, Text]]:
    """Every text that an answer about a category says, in the letter or its files, with the key to mend it at."""
    for where, text in _printed(register, category):
        if text is not None:
            yield where, text


def _printed(register: "RegisterContent", category: str) -> Iterator[tuple[str, Text | None]]:
    entry = register.categories[category]
    yield from ((f"categories.{category}", text) for text in (entry.name, entry.description))
    if retention := register.retention(category):
        where = "categories" if retention.stated else "set_by_operator.retention"
        yield f"{where}.{category}", retention.text
    for purpose in register.purposes_using(category):
        yield from _of_purpose(register, purpose)
    for key, recipient in register.recipients_for(category):
        told = (recipient.name, recipient.description, *register.members(key))
        yield from ((f"recipients.{key}", text) for text in told)
        for transfer in register.transfers_for(key):
            yield from ((f"transfers.{key}", text) for text in (transfer.text, transfer.copy_from))
    for key, source in register.sources_for(category):
        yield from ((f"sources.{key}", text) for text in (source.name, *register.members(key)))


def _of_purpose(register: "RegisterContent", purpose: Purpose) -> Iterator[tuple[str, Text | None]]:
    own = (purpose.name, purpose.description, purpose.automated, purpose.opt_out, purpose.special)
    bases = (basis.basis for basis in register.legal_bases(purpose))
    told = (text for basis in bases for text in (basis.part, basis.interest, basis.law))
    yield from ((f"purposes.{purpose.code}", text) for text in (*own, *told))
    if automated := register.automated(purpose):
        where = f"set_by_operator.automated.{purpose.code}"
        yield from ((where, text) for text in (automated.logic, automated.consequences))


def _in_purpose(register: "RegisterContent", purpose: Purpose, category: str) -> Iterator[Missing]:
    code = purpose.code
    if purpose.rests_on("none-stated") and code not in register.set_by_operator.bases:
        yield _gap("basis", code, f"set_by_operator.bases.{code}", purpose.name)
    if category == "credit" and purpose.automated and register.automated(purpose) is None:
        yield _gap("automated", code, f"set_by_operator.automated.{code}", purpose.name)


def _about_recipient(register: "RegisterContent", key: str, recipient: Recipient) -> Iterator[Missing]:
    yield from _unnamed(register, key, recipient.naming, recipient.name)
    said = any(transfer.countries is not None for transfer in register.transfers_for(key))
    if recipient.kind not in _DOMESTIC and not said:
        blocks = register.settings.transfer_gaps == "block"
        yield _gap("transfer", key, "set_by_operator.transfers", recipient.name, blocks=blocks)


def _unnamed(register: "RegisterContent", key: str, naming: Naming, name: Name) -> Iterator[Missing]:
    if naming == "by-operator" and not register.members(key):
        yield _gap("names", key, f"set_by_operator.names.{key}", name)


def _gap(what: What, about: str, fill_in: str, name: str | Text, *, blocks: bool = True) -> Missing:
    return Missing(what, about, fill_in, _MESSAGES[what].filled(name=name, key=fill_in), blocks)


_MESSAGES: dict[What, Text] = {
    "category": Text(
        sv="Registret nämner inte kategorin {name}. Lägg till {key} och ett ändamål som använder den.",
        da="Fortegnelsen nævner ikke kategorien {name}. Tilføj {key} og et formål, der bruger den.",
        en="The register does not mention the category {name}. Add {key} and a purpose that uses it.",
    ),
    "retention": Text(
        sv="Hur länge sparas {name}? Policyn säger det inte. Fyll i {key}.",
        da="Hvor længe gemmes {name}? Politikken siger det ikke. Udfyld {key}.",
        en="How long is this kept: {name}? The policy does not say. Fill in {key}.",
    ),
    "basis": Text(
        sv="Vilken rättslig grund har ändamålet {name}? Policyn anger ingen. Fyll i {key}.",
        da="Hvilket retsgrundlag har formålet {name}? Politikken angiver ikke noget. Udfyld {key}.",
        en="What is the legal basis of the purpose {name}? The policy states none. Fill in {key}.",
    ),
    "names": Text(
        sv="Vilka är {name}? Den som frågar har rätt till namnen. Fyll i {key}.",
        da="Hvem er {name}? Den, der spørger, har ret til navnene. Udfyld {key}.",
        en="Who are they: {name}? The person has a right to the names. Fill in {key}.",
    ),
    "transfer": Text(
        sv="Lämnar uppgifter EU och EES när de går till {name}? Policyn säger det inte. Fyll i {key}.",
        da="Forlader oplysninger EU og EØS, når de går til {name}? Politikken siger det ikke. Udfyld {key}.",
        en="Do data that go to {name} leave the EU and EEA? The policy does not say. Fill in {key}.",
    ),
    "placeholder": Text(
        sv="{name} är inte ifyllt än. Skriv det som ska stå i {key}.",
        da="{name} er ikke udfyldt endnu. Skriv det, der skal stå, i {key}.",
        en="{name} has not been filled in yet. Write what is to stand in {key}.",
    ),
    "automated": Text(
        sv="Hur avgörs {name}, och deltar en människa? Policyn säger det inte. Fyll i {key}.",
        da="Hvordan afgøres {name}, og deltager et menneske? Politikken siger det ikke. Udfyld {key}.",
        en="How is this decided, and does anyone take part: {name}? The policy does not say. Fill in {key}.",
    ),
}
