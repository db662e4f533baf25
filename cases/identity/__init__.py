"""Stages 2 and 3: who asks, how it is proven, and which identifiers are known to be the person's."""
