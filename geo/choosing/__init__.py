"""Choosing where new stations go: candidates, what each would reach, proposals with proof, what each brings."""
