"""Studies: trace many prompts in several models, keep the results as tables, and test the paper's claims on them.

A study is a folder that ``run_study`` fills and ``load_study`` reads. Each analysis takes a ``Study`` and returns one
table.

    from strace_core import study
    found = study.load_study("my-study")
    study.claims(found)
"""

import lazy_loader

# As in strace_core itself: the stub beside this file lists the names; each is imported when first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
