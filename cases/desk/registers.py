"""The register as a reader would want it, and its versions."""

from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from cases.casework.permissions import Permission, operators_for
from cases.desk.scope import DeskRequest, deny_unless, find_operator, staff
from cases.desk.wording import words
from cases.models import Operator, RegisterVersion
from cases.registers.processing import Purpose
from cases.registers.register import Register, parse_register
from cases.registers.settings import Settings, explain
from cases.registers.texts import Text
from cases.registers.vocabulary import BASES, PROOFS, RECIPIENT_KINDS, SOURCE_KINDS, WAYS


@dataclass(frozen=True)
class ShownSetting:
    name: str
    value: str
    text: str
    flag: str | None
    changed: bool


@dataclass(frozen=True)
class ShownPurpose:
    """A purpose in words: what, on which ground, with which data, from whom, to whom."""

    purpose: Purpose
    bases: list[tuple[str, str, bool]]
    categories: list[str]
    sources: list[str]
    recipients: list[str]


@staff
def registers(request: DeskRequest) -> HttpResponseBase:
    """The list; with a single operator its register at once."""
    operators = operators_for(request.user, Permission.SEE_SOURCES).select_related("register")
    deny_unless(operators.exists())
    if len(operators) == 1:
        return redirect("desk:register", operators[0].pk)
    return render(request, "desk/registers.html", {"operators": operators})


@staff
def register(request: DeskRequest, operator: str, sha256: str | None = None) -> HttpResponseBase:
    """One register: the version in force, or an older one by the beginning of its hash."""
    found = find_operator(request.user, operator, Permission.SEE_SOURCES)
    version = _version(found, sha256)
    read = parse_register(version.content, f"{operator}/register.toml")
    context = {
        "operator": found,
        "version": version,
        "in_force": version.pk == found.register_id,
        "versions": found.register_versions.all(),
        "register": read,
        "purposes": [_purpose(read, purpose) for purpose in read.purposes],
        "categories": _categories(read),
        "ways": [
            (WAYS[kind].get(words.language()), words.ASSURED[way.proves], way.text)
            for kind, way in read.ways.items()
        ],
        "recipients": [
            (recipient, RECIPIENT_KINDS[recipient.kind].get(words.language()), read.transfers_for(key))
            for key, recipient in read.recipients.items()
        ],
        "sources": [
            (source, SOURCE_KINDS[source.kind].get(words.language())) for source in read.sources.values()
        ],
        "settings": list(_settings(read.settings)),
        "missing": read.missing(read.categories),
        "contact": _contact(read),
    }
    return render(request, "desk/register.html", context)


def _contact(register: Register) -> list[tuple[str, bool]]:
    """The controller's address lines, and whether each still has to be filled in."""
    controller, labels = register.controller, words.CONTACT
    return [
        (f"{labels[field]}: {controller.shown(field, words.language())}", getattr(controller, field) is None)
        for field in labels
    ]


def _version(operator: Operator, sha256: str | None) -> RegisterVersion:
    if sha256 is None:
        return get_object_or_404(RegisterVersion, pk=operator.register_id)
    return get_object_or_404(operator.register_versions, sha256__startswith=sha256)


def _purpose(register: Register, purpose: Purpose) -> ShownPurpose:
    language = words.language()
    bases = [
        (BASES[each.basis.kind].get(language), _words(each.basis.part or each.basis.interest), each.stated)
        for each in register.legal_bases(purpose)
    ]
    return ShownPurpose(
        purpose=purpose,
        bases=bases,
        categories=[register.categories[key].name.get(language) for key in purpose.categories],
        sources=[register.sources[key].name.get(language) for key in purpose.sources],
        recipients=[register.recipients[key].name.get(language) for key in purpose.recipients],
    )


def _words(text: Text | None) -> str:
    return text.get(words.language()) if text else ""


def _categories(register: Register) -> list[tuple[object, str, object, list[str]]]:
    """Each category with its proof in words, how long it is kept, and the ways to it without electronic identity."""
    language = words.language()
    return [
        (
            entry,
            PROOFS[entry.proof].get(language),
            register.retention(key),
            [WAYS[kind].get(language) for kind, _way in register.ways_to(key)]
            if entry.proof != "low"
            else [],
        )
        for key, entry in register.categories.items()
    ]


def _settings(settings: Settings) -> list[ShownSetting]:
    language, shown = words.language(), []
    for key, value in settings:
        try:
            explained = explain(key)
        except KeyError:
            continue
        changed = value != type(settings).model_fields[key].default
        shown.append(
            ShownSetting(
                explained.name.get(language),
                _plain(value),
                explained.text.get(language),
                explained.flag,
                changed,
            )
        )
    return shown


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return words.yes_no(value)
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "–"
    return str(value)
