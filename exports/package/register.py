"""register.json: what Article 15(1)(a) to (h) and (2) GDPR lets the person know, for programs.

JSON-LD in terms of the Data Privacy Vocabulary of a W3C community group. Its shape:
exports/package/schemas/register-1.schema.json.
"""

from cases.registers.processing import LegalBasis, Purpose, Transfer
from cases.registers.register import Register
from cases.registers.texts import Text
from exports.letter.article15 import asked_bureau
from exports.letter.decided import looked_into
from exports.letter.facts import CaseFacts

VERSION = 1
CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
}
# Article 6(1) by the words of a register; a policy that states no basis has no term.
BASES = {
    "consent": "eu-gdpr:A6-1-a",
    "contract": "eu-gdpr:A6-1-b",
    "legal-obligation": "eu-gdpr:A6-1-c",
    "legitimate-interest": "eu-gdpr:A6-1-f",
}
# (e) and (f): withdrawal, access, rectification, erasure, restriction, portability, objection, decisions, complaint.
RIGHTS = ("A7-3", "A15", "A16", "A17", "A18", "A20", "A21", "A22", "A77")

Json = dict[str, object]


def register_of(facts: CaseFacts) -> Json | None:
    """For the categories that were found, in the letter's language; None where nothing was, or it is not asked for."""
    found = tuple(category.key for category in looked_into(facts))
    if facts.right != "access" or not found:
        return None
    register, language = facts.register, facts.language
    used = [one for one in register.purposes if set(found) & set(one.categories)]
    return {
        "@context": CONTEXT,
        "version": VERSION,
        "language": language,
        "reference": facts.reference,
        "dpv:hasDataController": _controller(register),
        "dpv:hasProcess": [_process(register, one, found, language) for one in used],
        "dpv:hasPersonalData": [_category(register, key, language) for key in found],
        "dpv:hasRecipient": [_recipient(register, key, language) for key in _actual(facts)],
        "dpv:hasRight": [{"@id": f"eu-gdpr:{article}"} for article in RIGHTS],
        "dpv:hasAuthority": [
            {"@type": "dpv:DataProtectionAuthority", **_filled(name=one.name.get(language), contact=one.web)}
            for one in register.authorities
        ],
    }


def _actual(facts: CaseFacts) -> list[str]:
    """(c): who got data of this person, each once, by the same keys that the letter names them by."""
    keys = (*facts.recipients_actual, *asked_bureau(facts))
    resolved = ((facts.register.resolve(key) or (key,))[0] for key in keys)
    return list(dict.fromkeys(resolved))


def _controller(register: Register) -> Json:
    its = register.controller
    about = _filled(name=its.legal_name, identifier=its.org_number, address=its.address, contact=its.email)
    officer = {"dpv:hasDataProtectionOfficer": {"dpv:hasContact": its.dpo}} if its.dpo else {}
    return {"@type": "dpv:DataController", **about, **officer}


def _process(register: Register, purpose: Purpose, found: tuple[str, ...], language: str) -> Json:
    """(a) what for and why, (b) which data, (c) to whom, (g) from where, (h) decided by whom, 15(2) and where."""
    keys = [key for key in found if key in purpose.categories]
    sources = {key: one for category in keys for key, one in register.sources_for(category)}
    able = {key for category in keys for key, _one in register.recipients_for(category)} & {
        *purpose.recipients
    }
    recipients = [key for key in register.recipients if key in able]
    return {
        "@type": "dpv:Process",
        "dpv:hasPurpose": {
            "@type": "dpv:Purpose",
            "dpv:hasIdentifier": purpose.code,
            "dct:title": purpose.name.get(language),
            "dct:description": purpose.description.get(language),
        },
        "dpv:hasLegalBasis": [
            _basis(one, language) for one in register.legal_bases(purpose) if not one.is_silent
        ],
        "dpv:hasPersonalData": [{"@id": _of_category(key)} for key in keys],
        "dpv:hasDataSource": [
            {"@type": "dpv:DataSource", "dpv:hasIdentifier": key, "dct:title": one.name.get(language)}
            for key, one in sources.items()
            if key in purpose.sources
        ],
        "dpv:hasRecipient": [_recipient(register, key, language) for key in recipients],
        **_decided(register, purpose, language),
    }


def _basis(legal: LegalBasis, language: str) -> Json:
    basis = legal.basis
    term = {"@id": BASES[basis.kind]} if basis.kind in BASES else {}
    said = {
        key: _in(text, language)
        for key, text in (("dct:source", basis.law), ("dct:description", basis.interest))
    }
    return {
        **term,
        "kind": basis.kind,
        "stated": legal.stated,
        **{key: one for key, one in said.items() if one},
    }


def _category(register: Register, key: str, language: str) -> Json:
    """(b) and (d)."""
    entry, kept = register.categories.get(key), register.retention(key)
    about = (
        {"dct:title": entry.name.get(language), "dct:description": entry.description.get(language)}
        if entry
        else {}
    )
    storage: Json = {}
    if kept:
        said: Json = {
            "@type": "dpv:StorageDuration",
            "dct:description": kept.text.get(language),
            "stated": kept.stated,
        }
        storage = {"dpv:hasStorageCondition": said}
    return {"@id": _of_category(key), "@type": "dpv:PersonalData", **about, **storage}


def _of_category(key: str) -> str:
    return f"#category-{key}"


def _recipient(register: Register, key: str, language: str) -> Json:
    """(c), and where it takes the data."""
    found = register.resolve(key)
    if found is None:
        return {"@type": "dpv:Recipient", "dct:title": key}
    name, company = found
    transfers = [_transfer(one, language) for one in register.transfers_for(name)]
    return {
        "@type": "dpv:Recipient",
        "dpv:hasIdentifier": name,
        "dct:title": register.recipient_name(name, language),
        "dct:description": company.description.get(language),
        **({"transfers": transfers} if transfers else {}),
    }


def _transfer(transfer: Transfer, language: str) -> Json:
    """15(2). Countries that are not said are left out; an empty list says that there are none."""
    countries = {} if transfer.countries is None else {"dpv:hasThirdCountry": list(transfer.countries)}
    return {**countries, "safeguard": transfer.safeguard, "dct:description": transfer.text.get(language)}


def _decided(register: Register, purpose: Purpose, language: str) -> Json:
    """(h), where a decision with legal or similar effect can be part of it."""
    if not purpose.automated:
        return {}
    told = register.automated(purpose)
    about: Json = {"@type": "dpv:AutomatedDecisionMaking", "dct:description": purpose.automated.get(language)}
    if told:
        involved = "dpv:HumanNotInvolved" if told.solely else "dpv:HumanInvolved"
        about |= {
            "dpv:hasHumanInvolvement": {"@id": involved},
            "logic": told.logic.get(language),
            "dpv:hasConsequence": told.consequences.get(language),
        }
    return {"dpv:hasContext": about}


def _filled(**fields: str | None) -> Json:
    terms = {"name": "dpv:hasName", "identifier": "dpv:hasIdentifier", "address": "dpv:hasAddress",
             "contact": "dpv:hasContact"}  # fmt: skip
    return {terms[name]: value for name, value in fields.items() if value}


def _in(text: Text | None, language: str) -> str:
    return text.get(language) if text else ""
