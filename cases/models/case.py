"""The case: stage (where on the line), outcome (set exactly when closed) and clock events, kept apart."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from .course.days import FIRST, NOT_CLOSED
from .operators import Operator, RegisterVersion, User
from .sealing.text import SealedText


class Right(models.TextChoices):
    ACCESS = "access", _("Access to your data")
    PORTABILITY = "portability", _("Your data to take elsewhere")
    ERASURE = "erasure", _("Erasure")
    OBJECTION = "objection", _("Objection to a use")
    MARKETING_OBJECTION = "marketing-objection", _("No more marketing")
    CONSENT_WITHDRAWAL = "consent-withdrawal", _("Withdrawal of consent")
    RECTIFICATION = "rectification", _("Correction")
    RESTRICTION = "restriction", _("Restriction")
    AUTOMATED_DECISION = "automated-decision", _("Review of an automated decision")


class Stage(models.TextChoices):
    VERIFICATION = "verification", _("Waiting for proof")
    MATCHING = "matching", _("Matching")
    COLLECTION = "collection", _("Collecting")
    HOLDS = "holds", _("Checking holds")
    DECISIONS = "decisions", _("Review")
    ANSWER = "answer", _("Preparing the answer")
    APPROVAL = "approval", _("Approval")
    EXECUTION = "execution", _("Carrying out")
    DELIVERY = "delivery", _("Delivery")
    CLOSED = "closed", _("Closed")


class Outcome(models.TextChoices):
    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Partly granted")
    REFUSED = "refused", _("Refused")
    NOTHING_HELD = "nothing-held", _("Nothing held")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    UNIDENTIFIED = "unidentified", _("Not identified")
    FORWARDED = "forwarded", _("Forwarded")
    MERGED = "merged", _("Merged")
    OUTSIDE = "outside", _("Outside the regulation")


class Standing(models.TextChoices):
    SELF = "self", _("I am or was a private customer")
    USER = "user", _("I use a subscription that someone else pays for")
    HOLDER = "holder", _("I pay for a subscription that someone else uses")
    PROXY = "proxy", _("I ask on behalf of someone else")


class Marked(models.TextChoices):
    """Who said that the person's identity is protected."""

    ASKER = "asker", _("the person who asks")
    STAFF = "staff", _("a caseworker")
    SOURCE = "source", _("a system")


class AuthorityKind(models.TextChoices):
    """By what right somebody speaks for another."""

    ATTORNEY = "attorney", _("A power of attorney")
    GUARDIAN = "guardian", _("Guardianship")
    CUSTODY = "custody", _("Custody of a child")
    ESTATE = "estate", _("The estate of somebody who has died")


class Channel(models.TextChoices):
    """The way on which a request reached the operator."""

    FORM = "form", _("our form")
    API = "api", _("an operator's own system")
    LETTER = "letter", _("a letter")
    PHONE = "phone", _("a phone call")
    SHOP = "shop", _("a visit to a shop")
    CHAT = "chat", _("a chat")
    SOCIAL = "social", _("social media")
    MAIL = "mail", _("an e-mail")


# Whoever came on one of these was met by a person, who writes the request down.
BY_HAND = (Channel.LETTER, Channel.PHONE, Channel.SHOP, Channel.CHAT, Channel.SOCIAL, Channel.MAIL)


class Submission(models.Model):
    """One filled-in form or API call. It may ask several rights: a case each, linked through here.

    ``sealed`` holds what the person typed (name, address of reply, free text) under the master key, and is
    emptied once all of its cases are over.
    """

    id = models.UUIDField(primary_key=True)
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="submissions")
    language = models.CharField(max_length=2)
    standing = models.CharField(max_length=10, choices=Standing, default=Standing.SELF)
    authority_kind = models.CharField(
        max_length=10,
        choices=AuthorityKind,
        blank=True,
        help_text="By what right they ask for somebody else, as they say; empty where nobody was asked that",
    )
    channel = models.CharField(max_length=20, default="form")
    sealed = models.BinaryField()
    mailbox_digest = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="Empty where they gave no e-mail address"
    )
    # Null and not empty: forms have none, and a unique constraint lets any number of nulls stand.
    idempotency_key = models.CharField(max_length=100, null=True)
    request_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Keyed hash of everything asked, to know it again"
    )
    reminded_at = models.DateTimeField(null=True)
    safe_contact = models.BooleanField(
        default=False, help_text="Mails may be read by another: none but codes that were asked for"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operator", "idempotency_key"], name="submission_idempotency_once"
            ),
            models.CheckConstraint(
                condition=Q(authority_kind="")
                | Q(standing="proxy", authority_kind__in=["attorney", "guardian", "custody", "estate"]),
                name="submission_authority_for_another",
            ),
            # The form and operators' systems prove a mailbox; who was met in another way may have none, and of what is
            # over none is known any more.
            models.CheckConstraint(
                condition=~Q(mailbox_digest="") | ~Q(channel__in=["form", "api"]) | Q(sealed=b""),
                name="submission_form_has_mailbox",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_mailed(self) -> bool:
        """Whether mails go out: they gave an address, and nobody else may read what comes there."""
        return bool(self.mailbox_digest) and not self.safe_contact


class Following(models.TextChoices):
    """Why a case follows one that was over: rows that came to light after an erasure, a stronger proof, an answer
    that can no longer be fetched, or one that lacked something. A rest alone follows one that goes on."""

    SECOND_PASS = "second-pass"  # noqa: S105 - no password
    ONCE_MORE = "once-more"
    ANEW = "anew"
    SUPPLEMENT = "supplement"
    REST = "rest"


class Case(models.Model):
    """One right asked by one person of one operator."""

    reference = models.CharField(max_length=14, unique=True)
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="cases")
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="cases")
    right = models.CharField(max_length=20, choices=Right)
    language = models.CharField(max_length=2)
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.VERIFICATION)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    received_at = models.DateTimeField(help_text="When it came into the desk")
    received_on = models.DateField(
        help_text="The operator's local date on which it was received, on whatever way: earlier than that, if by hand"
    )
    due_on = models.DateField()
    act_by = models.DateField(null=True, help_text="Objections to marketing, withdrawals, restriction")
    paused = models.BooleanField(
        default=False,
        help_text="The month stands still: until it runs again there is no day on which it is due",
    )
    register = models.ForeignKey(RegisterVersion, models.PROTECT, related_name="cases")
    assigned_to = models.ForeignKey(User, models.SET_NULL, null=True, related_name="cases")
    blocked_by = models.CharField(max_length=40, blank=True, help_text="Code of what stops the stage")
    blocked_why = models.CharField(
        max_length=300, blank=True, help_text="The fault behind it, if any: `code: detail`"
    )
    stage_since = models.DateTimeField(auto_now_add=True)
    kicked_at = models.DateTimeField(auto_now_add=True, help_text="When the stage's task was last sent")
    closed_at = models.DateTimeField(null=True)
    file_sealed = models.BinaryField(
        default=bytes, help_text="Name and reply address, under the case file's key"
    )
    contract_ended_on = models.DateField(
        null=True, help_text="Last day of the last contract, as the sources told when the rows were judged"
    )
    follows = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="followed_by",
        help_text="The case that was over, of which something is done in this one",
    )
    follows_as = models.CharField(max_length=11, choices=Following, blank=True)
    interim_at = models.DateTimeField(null=True, help_text="When the interim measure took effect")
    for_other = models.BooleanField(
        default=False, help_text="Whoever asks and proves it is not the person whose data it is about"
    )
    authority = models.ForeignKey(
        "Authority",
        models.PROTECT,
        null=True,
        related_name="cases",
        help_text="What was checked before anything was looked for, where somebody else asks",
    )
    proof_first = models.BooleanField(
        default=False,
        help_text="Came from where much comes from: nobody at the desk needs to look before it is proven",
    )
    number_shared = models.BooleanField(
        default=False, help_text="A source tells that somebody else uses a number of the person's"
    )
    users_unknown = models.BooleanField(
        default=False, help_text="A source that tells who uses a number may not be asked"
    )
    to_compare = models.BooleanField(
        default=False,
        help_text="What was gathered is still to be compared with every order, in each case alike",
    )
    named_only = models.BooleanField(default=False, help_text="Only the staff named for it know of it")
    opened_because = SealedText(
        blank=True, under="self", help_text="Why it is no longer protected, or for all again"
    )
    protected_by = models.CharField(
        max_length=10,
        choices=Marked,
        blank=True,
        help_text="The person's identity is protected, and who said so",
    )

    class Meta:
        ordering = ["due_on", "reference"]
        indexes = [
            models.Index(fields=["operator", "stage", "due_on"]),
            models.Index(fields=["id"], condition=Q(to_compare=True), name="case_to_compare"),
            # The queue's two orders: what is open, and everything.
            models.Index(FIRST, "reference", name="case_open_by_day", condition=NOT_CLOSED),
            models.Index(fields=["due_on", "reference"], name="case_by_day"),
            # What was refused, the newest first.
            models.Index(
                fields=["-closed_at"], condition=Q(outcome__in=["refused", "partly"]), name="case_refused"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["submission", "right"], name="case_one_per_right"),
            models.CheckConstraint(
                condition=Q(stage="closed") ^ Q(outcome=""), name="case_outcome_exactly_when_closed"
            ),
            models.CheckConstraint(
                condition=Q(stage="closed") ^ Q(closed_at=None), name="case_closed_at_exactly_when_closed"
            ),
            models.CheckConstraint(condition=Q(due_on__gt=F("received_on")), name="case_due_after_receipt"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="case_known_stage"),
            # Before the authority is checked nothing may be gathered, whatever the code believes.
            models.CheckConstraint(
                condition=Q(for_other=False)
                | Q(authority__isnull=False)
                | Q(stage__in=["verification", "matching", "closed"]),
                name="case_for_other_needs_authority",
            ),
            models.CheckConstraint(
                condition=Q(for_other=True) | Q(authority=None), name="case_authority_is_for_other"
            ),
            models.UniqueConstraint(fields=["follows", "follows_as"], name="case_follows_once_each_way"),
            models.CheckConstraint(
                condition=Q(follows=None) ^ ~Q(follows_as=""), name="case_follows_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(protected_by="") | Q(named_only=True), name="case_protected_is_for_named_staff"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("desk:case", args=[self.reference])

    @property
    def is_closed(self) -> bool:
        return self.stage == Stage.CLOSED

    @property
    def acts_by(self) -> date | None:
        """The last day for an interim measure that has not taken effect: no pause of the clock moves it."""
        return None if self.is_closed or self.interim_at else self.act_by

    @property
    def first_day(self) -> date | None:
        """What the desk sorts and counts by: the last day of whatever has to be done first; None while all waits."""
        days = [self.acts_by, None if self.paused else self.due_on]
        return min(filter(None, days), default=None)


class ClockEvent(models.Model):
    """What happened to the clock. The due date is computed from these and the register, never typed."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("Received")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        EXTENDED = "extended", _("Extended")
        WITHDRAWN = "withdrawn", _("Taken back by the person")
        ASKED_AGAIN = "asked-again", _("Asked for again")
        ANSWERED = "answered", _("Answered")

    class Ground(models.TextChoices):
        """Article 12(3) knows these two."""

        COMPLEXITY = "complexity", _("The request is complex")
        NUMBER = "number", _("The person has sent several requests")

    case = models.ForeignKey(Case, models.PROTECT, related_name="clock_events")
    kind = models.CharField(max_length=11, choices=Kind)
    on = models.DateField()
    reason = SealedText(blank=True, under="case")
    asks_who = models.BooleanField(default=False, help_text="A pause until it is shown who asks, or for whom")
    doubt = SealedText(
        blank=True, under="case", help_text="What is in doubt of who asks, or for whom; for the desk alone"
    )
    ground = models.CharField(
        max_length=10, choices=Ground, blank=True, help_text="What of the law an extension rests on"
    )
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(kind__in=["received", "extended", "answered"]),
                name="clock_event_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind="extended", reason=""), name="clock_extension_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"
