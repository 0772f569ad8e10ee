"""Results as files: one versioned document that opens again, and tables and graphs for other programs."""
