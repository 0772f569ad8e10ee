"""The page of findings: the paper's claims, held against a study."""
