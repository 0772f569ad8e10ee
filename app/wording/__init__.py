"""The text of the page: captions, names, numbers, tables, tokens."""
