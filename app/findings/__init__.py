"""The Findings page, which tests the paper's claims on a study of many prompts. One module a section."""
