"""Masks: which edges of a block are kept. The protocol that a mask follows, hard masks and soft masks."""
