"""Words about a case's answer, and about a breach, are sealed, those that stand there as well."""

from django.db import migrations, models
from django.db.models import Q

from cases.migrations._sealed_texts import columns, plain_gone, seal_all
from cases.models.sealing.text import SealedText


def of_answer(**more):
    return SealedText(under="answer.case", **more)


TEXTS = {
    "answer": {"return_reason": SealedText(blank=True, under="case")},
    "breach": {
        "happened": of_answer(),
        "authority_reason": of_answer(blank=True, help_text="Why not, or why so late"),
        "person_reason": of_answer(blank=True, help_text="Why not (Article 34)"),
        "measures": of_answer(blank=True),
    },
}
CONSTRAINTS = [
    ("breach", ~Q(happened=""), "breach_says_what"),
    (
        "breach",
        Q(settled_at=None, settled_by=None)
        | Q(settled_at__isnull=False, settled_by__isnull=False)
        & (Q(authority_told_at__isnull=False) | ~Q(authority_reason=""))
        & (Q(person_told_at__isnull=False) | ~Q(person_reason=""))
        & ~Q(measures=""),
        "breach_settled_says_who_was_told_or_why_not",
    ),
]


class Migration(migrations.Migration):

    dependencies = [("cases", "0036_sealed_texts"), ("exports", "0007_full_orders")]

    operations = [
        *(migrations.RemoveConstraint(model, name) for model, _condition, name in CONSTRAINTS),
        *columns(TEXTS),
        migrations.RunPython(seal_all("exports", TEXTS)),
        *plain_gone(TEXTS),
        *(
            migrations.AddConstraint(model, models.CheckConstraint(condition=condition, name=name))
            for model, condition, name in CONSTRAINTS
        ),
    ]
