"""The request while it is being filled in: in the session, sealed, so that it never lies readable at rest."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pyrage
from django.http import HttpRequest

from cases.models import Operator
from cases.models.case import Right, Standing
from cases.request.asked import Intake
from cases.sealed.vault import seal_for_operator, unseal_for_operator


@dataclass
class Draft:
    """The answers of each step so far. ``id`` becomes the submission's: sending twice is sending once."""

    id: UUID = field(default_factory=uuid4)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def for_another(self) -> bool:
        """Whether it is about somebody else than whoever fills it in."""
        return bool(self.steps.get("you", {}).get("standing") == Standing.PROXY)

    @property
    def answers(self) -> dict[str, Any]:
        """All answers by field name, of the pages that this request has.

        Who changes for whom they ask has answered the other pages too: one's own number is not the other's.
        """
        left_out = ("find",) if self.for_another else ("person", "asker")
        steps = (answers for key, answers in self.steps.items() if key not in left_out)
        return {name: value for step in steps for name, value in step.items()}

    def intake(self, operator: Operator, language: str) -> Intake:
        """The request as it stands, complete or not."""
        # `Intake` can't be made without these two.
        answers = {"name": "", "email": "", **self.answers}
        if not self.for_another:
            # Named, and then asked for themselves after all.
            answers.pop("died_on", None)
        if self.for_another or Right.PORTABILITY not in answers.get("rights", ()):
            # Chosen, and then asked for something else, or for somebody else.
            answers.pop("send_to", None)
        died = answers.get("died_on")
        answers["died_on"] = date.fromisoformat(str(died)) if died else None
        answers["rights"] = tuple(answers.get("rights", ()))
        answers["purposes"] = tuple(answers.get("purposes", ()))
        return Intake(id=self.id, operator=operator, language=language, **answers)


def _key(operator: Operator) -> str:
    return f"draft:{operator.pk}"


def open_draft(request: HttpRequest, operator: Operator) -> Draft:
    """The draft of this session; a new one if there is none, or it can no longer be unsealed."""
    try:
        content = json.loads(unseal_for_operator(base64.b64decode(request.session[_key(operator)])))
        return Draft(UUID(content["id"]), content["steps"])
    except (KeyError, ValueError, binascii.Error, pyrage.DecryptError):
        return Draft()


def keep_draft(request: HttpRequest, operator: Operator, draft: Draft) -> None:
    content = json.dumps({"id": str(draft.id), "steps": draft.steps}, default=str).encode()
    # A session is JSON, which has no bytes.
    request.session[_key(operator)] = base64.b64encode(seal_for_operator(content)).decode()


def discard_draft(request: HttpRequest, operator: Operator) -> None:
    request.session.pop(_key(operator), None)
