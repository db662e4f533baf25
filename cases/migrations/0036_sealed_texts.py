"""Words of the desk about a person are sealed, those that stand there as well; files of owners know if they were scanned."""

from django.db import migrations, models
from django.db.models import Q

from cases.migrations._sealed_texts import columns, plain_gone, seal_all
from cases.models.sealing.text import SealedText


def of_case(**more):
    return SealedText(under="case", **more)


TEXTS = {
    "abuse": {"proof": of_case(help_text="What shows it; the burden is the controller's")},
    "authority": {
        "checked": SealedText(),
        "child_heard": SealedText(blank=True, help_text="What the child wants, and how that is known"),
        "together": SealedText(
            blank=True, help_text="How it is known that the other custodian agrees"
        ),
    },
    "authorityrefusal": {"reason": of_case(help_text="In the language of the case, for the letter")},
    "case": {
        "opened_because": SealedText(
            blank=True, under="self", help_text="Why it is no longer protected, or for all again"
        )
    },
    "childheard": {"checked": of_case()},
    "clockevent": {
        "reason": of_case(blank=True),
        "doubt": of_case(
            blank=True, help_text="What is in doubt of who asks, or for whom; for the desk alone"
        ),
    },
    "correction": {"reason": of_case(blank=True)},
    "decision": {"reason": of_case(blank=True)},
    "formeraddress": {
        "reason": SealedText(blank=True, help_text="How the caseworker knows the new one")
    },
    "numberuse": {"reason": of_case()},
    "proof": {
        "checked": SealedText(
            blank=True, help_text="What a caseworker looked at, in words; no document's number"
        )
    },
    "proposedproof": {"checked": SealedText()},
    "restriction": {"lift_reason": of_case(blank=True)},
    "review": {"reasons": of_case()},
    "run": {
        "cursor": SealedText(null=True, default=None, under="case", use="collected"),
        "reason": of_case(blank=True, help_text="Why the case goes on though nobody could look here"),
    },
    "suppression": {"ended_reason": SealedText(blank=True)},
}
CONSTRAINTS = [
    ("abuse", ~Q(proof=""), "abuse_has_proof"),
    ("authority", ~Q(checked=""), "authority_says_what"),
    ("authority", Q(kind="custody") | Q(child_heard="", together=""), "authority_custody_alone_hears"),
    ("authorityrefusal", ~Q(reason=""), "authority_refusal_says_why"),
    ("childheard", ~Q(checked=""), "child_heard_says_what"),
    ("clockevent", ~Q(kind="extended", reason=""), "clock_extension_has_reason"),
    ("correction", ~Q(outcome="refused") | ~Q(reason=""), "correction_refused_has_reason"),
    ("decision", ~Q(status="overridden") | ~Q(reason=""), "decision_override_has_reason"),
    ("formeraddress", Q(by=None) ^ ~Q(reason=""), "address_by_staff_has_reason"),
    ("numberuse", ~Q(reason=""), "number_use_has_reason"),
    ("proof", ~Q(method="manual") | ~Q(evidence="") & ~Q(checked=""), "proof_manual_says_what"),
    ("proposedproof", ~Q(checked=""), "proposed_proof_says_what"),
    ("review", ~Q(reasons=""), "review_has_reasons"),
    (
        "run",
        Q(status="unsearched", rows=0) & ~Q(reason="") | ~Q(status="unsearched") & Q(reason=""),
        "run_unsearched_has_reason_and_no_rows",
    ),
    (
        "suppression",
        Q(ended_at=None, ended_by=None, ended_reason="")
        | (Q(ended_at__isnull=False, ended_by__isnull=False, sealed=b"") & ~Q(ended_reason="")),
        "suppression_ended_by_someone",
    ),
]


def note_questions_who_asks(apps, _schema_editor):
    """They had a code in the place of words."""
    asked = apps.get_model("cases", "ClockEvent").objects.filter(kind="paused", reason_plain="identity")
    asked.update(asks_who=True, reason_plain="")


class Migration(migrations.Migration):

    dependencies = [("cases", "0035_what_a_case_follows")]

    operations = [
        *(migrations.RemoveConstraint(model, name) for model, _condition, name in CONSTRAINTS),
        *columns(TEXTS),
        migrations.AddField(
            "clockevent",
            "asks_who",
            models.BooleanField(default=False, help_text="A pause until it is shown who asks, or for whom"),
        ),
        migrations.AddField(
            "handedfile",
            "scan",
            models.CharField(
                choices=[
                    ("not-scanned", "not scanned for viruses"),
                    ("clean", "scanned, nothing found"),
                    ("infected", "something harmful is in it"),
                ],
                default="not-scanned",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            "handedfile",
            models.CheckConstraint(
                condition=Q(scan__in=["not-scanned", "clean", "infected"]), name="handed_known_scan"
            ),
        ),
        migrations.RunPython(note_questions_who_asks),
        migrations.RunPython(seal_all("cases", TEXTS)),
        *plain_gone(TEXTS),
        *(
            migrations.AddConstraint(model, models.CheckConstraint(condition=condition, name=name))
            for model, condition, name in CONSTRAINTS
        ),
    ]
