"""What the operator allows: settings, and the folders whose contents may be opened."""
