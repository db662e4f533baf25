"""What is kept, in one place per concept. Rules live in the stage modules; invariants stand here as constraints."""

from .audit import Anchoring, AuditEntry, AuditHead
from .case import Case, ClockEvent, Submission
from .collection import Chunk, Run
from .decisions import Decision, Finding
from .execution import Action, LaterRows, ScheduledErasure, Suppression
from .identifiers import ClaimedIdentifier, Identifier
from .keys import WrappedKey
from .mail import Dispatch, OutgoingMail, Standstill
from .operators import Membership, Operator, ProposedRole, RegisterVersion, Session, User
from .orders import MoneyClaim, Order, Task
from .proof import Attempt, Authority, Knock, MailedCode, Proof
from .rights import Abuse, Correction, RecipientNotice, Restriction, Review
from .secrecy import OverRetained, RuleExtension, SaidErased
from .sources import HandedFile, OwnerRequest, SourceHealth, SourceRefusal

__all__ = [
    "Abuse", "Action", "Anchoring", "Attempt", "AuditEntry", "AuditHead", "Authority", "Case", "Chunk",
    "ClaimedIdentifier", "ClockEvent", "Correction", "Decision", "Dispatch", "Finding", "HandedFile", "Identifier",
    "Knock", "LaterRows", "MailedCode", "Membership", "MoneyClaim", "Operator", "Order", "OutgoingMail",
    "OverRetained", "OwnerRequest", "Proof", "ProposedRole", "RecipientNotice", "RegisterVersion", "Restriction",
    "Review", "RuleExtension", "Run", "SaidErased", "ScheduledErasure", "Session", "SourceHealth", "SourceRefusal",
    "Standstill", "Submission", "Suppression", "Task", "User", "WrappedKey",
]  # fmt: skip
