"""Studies: many prompts in some models, as one table; and what the paper claims, asked of it.

from strace_core import study
found = study.load_study("my-study")
study.claims(found)
"""

import lazy_loader

# As in strace_core itself: the stub beside this file lists the names; each is imported when first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
