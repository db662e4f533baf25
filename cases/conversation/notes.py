"""What the desk writes down for itself. It tells of the person, who gets it if they ask what is held (Article 15)."""

from django.db import transaction

from cases.casework import audit
from cases.casework.permissions import Permission, require
from cases.casework.workflow import Refusal, lock
from cases.conversation.writing import written
from cases.models import Case, Note, User


@transaction.atomic
def note(case: Case, text: str, *, by: User) -> Note:
    """Also of a closed case, while its file is kept. Refusal message-empty, message-long, case-file-gone."""
    text = written(text)
    case = lock(case.pk)
    require(by, case.operator, Permission.WORK_CASES)
    if not case.file_sealed:
        raise Refusal("case-file-gone")
    made = Note.objects.create(case=case, text=text, by=by)
    audit.record(case, "note.written", by=by, note=made.pk)
    return made
