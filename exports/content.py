"""What a letter is made of and how to get one: facts in, one typed Document out. Pure."""

from exports.document import Document
from exports.facts import (
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
    IdentityFacts,
    Month,
    PurposeFacts,
    ReviewFacts,
    SearchedFacts,
)
from exports.letter import answer
from exports.matrix import Block, LetterProblem
from exports.notices import extension, identity, ipred_notice, lifting, receipt

__all__ = [
    "IN_PACKAGE", "AbuseFacts", "Block", "CaseFacts", "CategoryFacts", "CollectionFacts", "CorrectionFacts",
    "Document", "ExecutionFacts", "ExtensionFacts", "FindingFacts", "ForwardedFacts", "IdentityFacts",
    "LetterProblem", "Month", "PurposeFacts", "ReviewFacts", "SearchedFacts", "answer", "extension", "identity",
    "ipred_notice", "lifting", "receipt",
]  # fmt: skip
