"""Stages 5 and 6, holds and decisions: the situation of a case, what the law makes of its rows, who decided what."""
