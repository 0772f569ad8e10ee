"""What an operator allows: settings, and the folders that may be opened."""
