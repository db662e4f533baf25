"""What a letter is made of and how to get one: facts in, one typed Document out. Pure."""

from exports.letter.document import Document
from exports.letter.facts import (
    IN_PACKAGE,
    AbuseFacts,
    CaseFacts,
    CategoryFacts,
    CollectionFacts,
    CorrectionFacts,
    ExecutionFacts,
    ExtensionFacts,
    FindingFacts,
    ForwardedFacts,
    HandFacts,
    IdentityFacts,
    Month,
    PurposeFacts,
    ReviewFacts,
    SearchedFacts,
    SentFacts,
    ToldFacts,
)
from exports.letter.letter import answer
from exports.letter.matrix import Block, LetterProblem
from exports.letter.small.authority import authority_refused
from exports.letter.small.letters import (
    deceased,
    extension,
    identity,
    interim,
    ipred_notice,
    lifting,
    posted_code,
    receipt,
    unidentified,
)

__all__ = [
    "IN_PACKAGE", "AbuseFacts", "Block", "CaseFacts", "CategoryFacts", "CollectionFacts", "CorrectionFacts",
    "Document", "ExecutionFacts", "ExtensionFacts", "FindingFacts", "ForwardedFacts", "HandFacts", "IdentityFacts",
    "LetterProblem", "Month", "PurposeFacts", "ReviewFacts", "SearchedFacts", "SentFacts", "ToldFacts", "answer",
    "authority_refused", "deceased", "extension", "identity", "interim", "ipred_notice", "lifting", "posted_code",
    "receipt", "unidentified",
]  # fmt: skip
