"""Words about a person lie sealed in the database; every column that holds text in plain is listed, with the reason."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, migrations, models, transaction
from django.db.migrations.executor import MigrationExecutor

from cases.models import Authority, Case, Decision, User
from cases.models.keys import KeyUse
from cases.models.sealing.text import GONE, SealedText
from cases.sealed import vault
from tests.operators.placed import hand_in, move

pytestmark = pytest.mark.django_db
WORDS = "Anna flyttade till Lund med Bo."
NAME = "a name of the register, of a connector, or of a file that we give"
CODE = "a code, with a count or a day at most"
RECORD = "the record, which holds ids, codes, counts and keyed hashes"
STAFF = "a member of staff or a system, known to the desk by it"
LIBRARY = "a library's own"
READY = "of the operator, ready for its letters before anybody asked; of no person"
# Text that may be read in the database, by column or by table, and why it is nobody's.
PLAIN = {
    "cases.Action": NAME,
    "cases.Abuse.fee": "an amount",
    "cases.LaterPart.category": CODE,
    "cases.Attempt.door": CODE,
    "cases.AuditEntry": RECORD,
    "cases.AuditHead": RECORD,
    "cases.Case": CODE,
    "cases.Chunk.name": NAME,
    "cases.ClaimedIdentifier.kind": NAME,
    "cases.Correction": NAME,
    "cases.Decision": CODE,
    "cases.Dispatch.task": NAME,
    "cases.Dispute": "codes, and the number under which an authority or a court has it",
    "cases.Elsewhere": STAFF,
    "cases.Figure": CODE,
    "cases.Finding": CODE,
    "cases.HandedFile": NAME,
    "cases.Identifier": NAME,
    "cases.LaterRows": NAME,
    "cases.Membership": CODE,
    "cases.MoneyClaim": NAME,
    "cases.NumberUse.kind": NAME,
    "cases.OpenSession": STAFF,
    "cases.Operator": NAME,
    "cases.Order": "of no person, whose identifier is a keyed hash; the court's own number of it",
    "cases.OutgoingMail.kind": CODE,
    "cases.OverRetained": NAME,
    "cases.Draft.code_digest": RECORD,
    "cases.Paper": NAME,
    "cases.Proof": CODE,
    "cases.RecipientNotice": "a company that received data, and where it is written to",
    "cases.RegisterVersion.content": "the register",
    "cases.Restriction": NAME,
    "cases.Review.purpose": NAME,
    "cases.RuleExtension": NAME,
    "cases.Run": NAME,
    "cases.SaidErased": NAME,
    "cases.ErasedKeys": NAME,
    "cases.ScheduledErasure": NAME,
    "cases.ErrandRun": "of the desk: a task of the clock",
    "cases.KeyMark.setting": CODE,
    "cases.Leftover": NAME,
    "cases.Session": "sealed as a whole (`cases.sealed.sessions`)",
    "cases.SignedReceipt.statement": "what is signed: references, rights, a time, a salted hash",
    "cases.SigningKey.public": "the public half of a key",
    "cases.SourceHealth": NAME,
    "cases.SourceRefusal": NAME,
    "cases.Standstill": "of the desk: who released it and why, ids of cases",
    "cases.Submission": CODE,
    "cases.Suppression": NAME,
    "cases.Task": CODE,
    "cases.User": STAFF,
    "cases.WrappedKey.public": "the public half of a key",
    "exports.Annex.name": NAME,
    "exports.Answer": "names and hashes of files, counts, what the verdicts were computed from",
    "exports.CutFile": NAME,
    "exports.Download.who": CODE,
    "exports.MaskedText.source": NAME,
    "exports.MaskedText.collection": NAME,
    "exports.MaskedText.column": NAME,
    "exports.MaskedText.spans": "where in the text, never what stands there",
    "exports.StandardWords.name": READY,
    "exports.Transfer": "a company that takes data, the hash of what it took, why it did not",
    "exports.StandardWords.language": CODE,
    "exports.StandardWords.text": READY,
    "account.EmailAddress": STAFF,
    "account.EmailConfirmation": LIBRARY,
    "auth.Group": LIBRARY,
    "auth.Permission": LIBRARY,
    "contenttypes.ContentType": LIBRARY,
    "knox.AuthToken": "a hash of the token, and its beginning",
    "sessions.Session": "empty: the desk has a table of its own",
    "mfa.Authenticator": "its secrets are sealed (`cases.casework.members`)",
}
TEXT = (models.CharField, models.TextField, models.JSONField, models.GenericIPAddressField, models.FileField)


def texts() -> dict[str, bool]:
    """Every column that can hold words, by its full name; whether its values are a fixed set or hashes."""
    return {
        f"{model._meta.label}.{field.attname}": bool(field.choices) or field.max_length == 64
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, TEXT)
    }


def test_every_column_of_plain_text_is_known() -> None:
    def known(name: str) -> bool:
        return name in PLAIN or name.rpartition(".")[0] in PLAIN

    assert [name for name, closed in texts().items() if not closed and not known(name)] == []
    tables = {name.rpartition(".")[0] for name in texts()}
    assert [name for name in PLAIN if name not in texts() and name not in tables] == []


def test_no_table_that_is_listed_whole_holds_what_somebody_writes() -> None:
    """A `TextField` is made for words: each is listed by its own name, or its table is no part of a case."""
    free = {
        f"{model._meta.label}.{field.attname}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.TextField) and model._meta.app_label in {"cases", "exports"}
    }
    assert free == {
        "cases.RegisterVersion.content",
        "cases.Session.session_data",
        "cases.SignedReceipt.statement",
        "cases.Standstill.reason",
        "exports.StandardWords.text",
    }


def raw(instance: models.Model, column: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {instance._meta.db_table} WHERE id = %s", [instance.pk])
        return bytes(cursor.fetchone()[0])


def test_words_lie_sealed_under_the_key_of_the_case_and_end_with_it(review_case: Case) -> None:
    decision = review_case.decisions.all()[0]
    decision.reason = WORDS
    decision.save()
    sealed = raw(decision, "reason")
    assert sealed.startswith(b"age-encryption.org/v1")
    assert vault.unseal(review_case, KeyUse.FILE, sealed).decode() == WORDS
    again = Decision.objects.defer("reason").get(pk=decision.pk)
    assert again.reason == WORDS
    again.outcome = "give"
    again.save()
    assert raw(decision, "reason") == sealed, "what was not written is not sealed anew"
    again.refresh_from_db()
    again.save()
    assert raw(decision, "reason") == sealed
    vault.destroy(review_case, KeyUse.FILE)
    again.refresh_from_db()
    again.save()
    assert Decision.objects.get(pk=decision.pk).reason == GONE
    assert not Decision.objects.exclude(pk=decision.pk).get(subject="invoices").reason


def test_what_belongs_to_several_cases_lies_under_the_master_key(operator: object) -> None:
    checked = Authority.objects.create(checked=WORDS, by=User.objects.create())
    assert vault.unseal_for_operator(raw(checked, "checked")).decode() == WORDS
    Authority.objects.update(checked=GONE)
    checked.refresh_from_db()
    assert (checked.checked, checked.together) == (GONE, "")


def test_words_for_a_cases_key_are_never_written_without_the_case(review_case: Case) -> None:
    with pytest.raises(TypeError, match="sealed before they are written"), transaction.atomic():
        review_case.decisions.update(reason=WORDS)
    sealed = vault.seal(review_case, KeyUse.FILE, WORDS.encode())
    review_case.decisions.update(reason=sealed)
    assert {one.reason for one in review_case.decisions.all()} == {WORDS}
    review_case.decisions.update(reason="")
    assert not review_case.decisions.exclude(reason="").exists()


def test_every_sealed_column_is_one() -> None:
    sealed = {
        f"{model.__name__}.{field.attname}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedText)
    }
    assert len(sealed) == 33


def test_words_that_stood_in_plain_are_sealed_by_the_migration(review_case: Case) -> None:
    """The step itself, on the tables as they are in the midst of it: the old columns stand beside the new."""
    sealing = import_module("cases.migrations._sealed_texts")
    texts = import_module("cases.migrations.0036_sealed_texts").TEXTS
    chosen = {name: texts[name] for name in ("decision", "authority", "run")}
    state = MigrationExecutor(connection).loader.project_state(("cases", "0036_sealed_texts"))
    ended = move(hand_in(review_case.operator, email="b@example.com"), "verification")
    vault.destroy(ended, KeyUse.FILE)
    gone = Decision.objects.create(case=ended, subject="contact", proposed="give", outcome="give")
    with connection.schema_editor() as editor:
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for model, fields in chosen.items():
            for name, field in fields.items():
                old = models.TextField(null=field.null, default=None if field.null else "")
                step = migrations.AddField(model, f"{name}_plain", old)
                before = state.clone()
                step.state_forwards("cases", state)
                step.database_forwards("cases", editor, before, state)
        decisions = state.apps.get_model("cases", "Decision").objects.filter(case_id=review_case.pk)
        decisions.update(reason_plain=WORDS)
        state.apps.get_model("cases", "Run").objects.update(cursor_plain='["+46701740605"]')
        by = state.apps.get_model("cases", "User").objects.create(username="by")
        authority = state.apps.get_model("cases", "Authority").objects.create(
            checked_plain=WORDS, checked="-", by=by
        )
        state.apps.get_model("cases", "Decision").objects.filter(pk=gone.pk).update(reason_plain=GONE)
        sealing.seal_all("cases", chosen)(state.apps, editor)
    for decision in review_case.decisions.all():
        assert decision.reason == WORDS
        assert vault.unseal(review_case, KeyUse.FILE, raw(decision, "reason")).decode() == WORDS
    assert Authority.objects.get(pk=authority.pk).checked == WORDS
    assert {one.cursor for one in review_case.runs.all()} == {'["+46701740605"]'}
    assert Decision.objects.get(pk=gone.pk).reason == GONE
