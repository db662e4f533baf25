"""What is kept, in one place per concept. Rules live in the stage modules; invariants stand here as constraints."""

from .access.sessions import Elsewhere, LostFactor, OpenSession
from .access.tokens import Scope, TokenScope, TokenUse
from .asking.drafts import Draft
from .asking.messages import Message, Note
from .audit import Anchoring, AuditEntry, AuditHead
from .case import Case, ClockEvent, Submission
from .collection import Chunk, Run
from .counted.figures import Figure
from .counted.reminders import Reminded
from .course.away import Absence
from .course.disputes import Dispute
from .course.erased import ErasedKeys
from .course.likeness import Likeness
from .course.parts import LaterPart
from .course.turns import Turn
from .decisions import Decision, Finding
from .evidence.authority import Authority, AuthorityRefusal
from .evidence.papers import Paper
from .execution import Action, LaterRows, ScheduledErasure, Suppression
from .identifiers import ClaimedIdentifier, Identifier
from .keys import KeyMark, Leftover, WrappedKey
from .mail import Bounce, Dispatch, ErrandRun, OutgoingMail, Standstill
from .operators import Membership, Operator, ProposedRole, RegisterVersion, Session, User
from .orders import MoneyClaim, Order, Task
from .person.children import ChildHeard
from .person.names import NameWord
from .person.numbers import NumberUse
from .person.staff import NamedStaff, Partial
from .proof import Attempt, FormerAddress, Knock, MailedCode, PostedCode, Proof, ProposedProof, TextMessage
from .rights import Abuse, Correction, RecipientNotice, Restriction, Review
from .sealing.signed import SignedReceipt, SigningKey
from .secrecy import OverRetained, RuleExtension, SaidErased, Secret
from .sources import HandedFile, OwnerRequest, SourceHealth, SourceRefusal

__all__ = [
    "Absence", "Abuse", "Action", "Anchoring", "Attempt", "AuditEntry", "AuditHead", "Authority",
    "AuthorityRefusal", "Bounce", "Case", "ChildHeard", "Chunk", "ClaimedIdentifier", "ClockEvent", "Correction",
    "Decision", "Dispatch", "Dispute", "Draft", "Elsewhere", "ErasedKeys", "ErrandRun", "Figure", "Finding",
    "FormerAddress", "HandedFile", "Identifier", "KeyMark", "Knock", "LaterPart", "LaterRows", "Leftover",
    "Likeness", "LostFactor", "MailedCode", "Membership", "Message", "MoneyClaim", "NameWord", "NamedStaff", "Note",
    "NumberUse", "OpenSession", "Operator", "Order", "OutgoingMail", "OverRetained", "OwnerRequest", "Paper",
    "Partial", "PostedCode", "Proof", "ProposedProof", "ProposedRole", "RecipientNotice", "RegisterVersion",
    "Reminded", "Restriction", "Review", "RuleExtension", "Run", "SaidErased", "ScheduledErasure", "Scope",
    "Secret", "Session", "SignedReceipt", "SigningKey", "SourceHealth", "SourceRefusal", "Standstill", "Submission",
    "Suppression", "Task", "TextMessage", "TokenScope", "TokenUse", "Turn", "User", "WrappedKey",
]  # fmt: skip
