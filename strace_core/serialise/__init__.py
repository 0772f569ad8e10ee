"""Results as files: a versioned format that loads again, and tables and graphs for other programs."""
