"""The panels of the explorer's page, one module each."""
