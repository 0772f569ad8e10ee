"""Which edges of a block are kept: what a mask must answer, hard masks, soft masks."""
