"""What the page says: captions, numbers, tables, tokens."""
