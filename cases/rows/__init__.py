"""Gathered rows at rest: sealed pages, the marks the law looks at, signatures, row keys."""
