"""Readers: one file a kind of input; nothing is repaired here."""
